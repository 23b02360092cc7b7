"""What nginx answers itself carries the same headers as Django's own answer to the same address."""

import pytest

from newsroom.lib.header_policy import SECURITY_HEADERS
from tests.server.front import ask, put_media, static_address

pytestmark = pytest.mark.django_db(transaction=True)
# Of these each server has its own.
OWN = {"Server", "Date", "Connection", "Transfer-Encoding", "Etag", "Accept-Ranges", "Keep-Alive", "Content-Language"}
MEDIA = ["a.png", "a.JPG", "a.avif", "a.webp", "a.gif", "a.pdf", "a.docx", "a.html", "a.svg", "a.gz", "none"]


def shown(answer):
    """Quotation marks and the order of a policy's lines say nothing."""
    headers = {name: value.replace('"', "") for name, value in answer.headers.items() if name not in OWN}
    policy = sorted(headers.pop("Content-Security-Policy", "").split("; "))
    return answer.status, headers, policy, answer.body


@pytest.mark.parametrize("ending", ["css", "js", "svg", "woff2"])
@pytest.mark.parametrize("coding", ["", "gzip", "br, gzip"])
def test_it_serves_static_files_as_django_does(front, application, ending, coding):
    address = static_address(ending)
    ours, theirs = (ask(port, address, Accept_Encoding=coding) for port in (front.http, application.port))
    for answer in (ours, theirs):  # each packs what it has: nginx's brotli is a module that may not be there
        packed = answer.headers.pop("Content-Encoding", "")
        assert packed in coding
        answer.headers.pop("Content-Length")
        answer.headers.pop("Vary", None)
        answer.body = packed or answer.body
    ours.body = theirs.body if coding else ours.body
    assert shown(ours) == shown(theirs)


@pytest.mark.parametrize("name", MEDIA)
def test_it_serves_media_as_django_does(front, application, name):
    address = put_media(name)
    assert shown(front.ask(address)) == shown(ask(application.port, address))


def test_it_serves_nothing_hidden_and_no_folder(front):
    for name in (".hidden", "inner/.git/config", "inner/file.png"):
        put_media(name)
    for address in ("/media/.hidden", "/media/inner/.git/config", "/media/inner/", "/media/", "/static/", "/media/no"):
        answer = front.ask(address)
        assert answer.status == 404, address
        assert "There is nothing at this address" in answer.text
    assert front.ask("/media/inner/../../keys.json").status == 404


@pytest.mark.parametrize("address", ["/", "/uk/", "/livez/", "/nothing/", "/account/login/", "/admin/"])
def test_it_adds_nothing_to_what_the_application_says(front, application, address):
    ours, theirs = front.ask(address), ask(application.port, address)
    assert ours.status == theirs.status
    assert {n: v for n, v in ours.headers.items() if n in SECURITY_HEADERS} == {
        n: v for n, v in theirs.headers.items() if n in SECURITY_HEADERS
    }
    assert set(ours.headers) - OWN == set(theirs.headers) - OWN


def test_it_does_not_say_what_it_is(front):
    assert front.ask("/").headers["Server"] == "nginx"

"""What no browser sends is refused on a page, or read as what it most likely is; it never breaks anything."""

from io import BytesIO
from wsgiref.util import setup_testing_defaults

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address",
    ["/a%00b/", "/uk/%00/", "/newsletters/unsubscribe/%00/", "/2024/11/13/a%00/", "/search/?q=%00", "/admin/?q=a%00b"],
)
def test_it_refuses_a_nul_in_the_address(client, address):
    response = client.get(address)
    assert response.status_code == 400
    assert b"</html>" in response.content


@pytest.mark.parametrize("name", ["session", "csrftoken", "anything"])
def test_it_refuses_a_nul_in_a_cookie(client, name):
    assert client.get("/account/", headers={"Cookie": f'{name}="\\000aaaaaaaaaa"'}).status_code == 400


@pytest.fixture
def application(monkeypatch):
    """What the web server runs: the test client makes requests of its own kind."""
    monkeypatch.setenv("NEWSROOM_PROCESS", "web")
    from newsroom import wsgi

    return wsgi.application


def make_request(application, path, query="", body=b"", **headers):
    environ = {"PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "testserver", "CONTENT_LENGTH": len(body)}
    environ |= {"REQUEST_METHOD": "POST" if body else "GET", "wsgi.input": BytesIO(body), **headers}
    setup_testing_defaults(environ)
    return application.request_class(environ)


@pytest.mark.parametrize("encoding", ["base64", "rot13", "utf-16", "nonsense", "UTF-8"])
@pytest.mark.parametrize(
    ("path", "query"), [("/search/", "q=%D1%97"), ("/", "page=1"), ("/account/sign-in/", "next=/")]
)
def test_it_reads_an_address_whatever_encoding_is_claimed(application, path, query, encoding):
    request = make_request(application, path, query, CONTENT_TYPE=f"text/html; charset={encoding}")
    assert application.get_response(request).status_code == 200


@pytest.mark.parametrize("encoding", ["base64", "iso-8859-1", "utf-16"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", "name=ї"),
        ("multipart/form-data; boundary=x", '--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nї\r\n--x--'),
    ],
)
def test_it_reads_a_form_as_utf_8(application, kind, body, encoding):
    content_type = f"{kind}; charset={encoding}"
    assert make_request(application, "/", body=body.encode(), CONTENT_TYPE=content_type).POST["name"] == "ї"

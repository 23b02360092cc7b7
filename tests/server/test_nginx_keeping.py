"""Published pages are read on while the application is down; what is one person's is never kept."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from articles.publishing import unpublish
from members.accounts.thanking import set_display_name
from tests.articles import making
from tests.server.front import wait_until
from tests.sign_in import sign_in

LIST = reverse("members:thank-you")


def kept_files(nginx):
    return [path for path in (nginx.folder / "cache").rglob("*") if path.is_file()]


def test_a_story_is_read_on_when_the_application_is_dead(mortal):
    application, nginx = mortal
    address = making.story(headline="The ferry").get_absolute_url()
    before = nginx.ask(address)
    application.kill()
    after = nginx.ask(address)
    assert (after.status, after.body) == (200, before.body)
    assert "The ferry" in after.text
    assert after.headers["Content-Security-Policy"] == before.headers["Content-Security-Policy"]
    assert nginx.ask("/account/").status == 503


def test_both_codings_are_kept(mortal):
    application, nginx = mortal
    address = making.story().get_absolute_url()
    plain, packed = nginx.ask(address), nginx.ask(address, Accept_Encoding="gzip, br")
    assert packed.headers["Content-Encoding"] == "br"
    application.kill()
    assert nginx.ask(address).body == plain.body
    assert nginx.ask(address, Accept_Encoding="gzip, br").body == packed.body


def make_stale(nginx):
    """What nginx kept is past its time: the second word of its file says when that is (ngx_http_cache.h)."""
    for path in kept_files(nginx):
        content = bytearray(path.read_bytes())
        content[8:16] = (1).to_bytes(8, "little")
        path.write_bytes(content)
    nginx.process.terminate()
    nginx.process.wait()
    nginx.start()


def test_an_old_copy_serves_only_while_nobody_answers(mortal):
    application, nginx = mortal
    story = making.story(headline="The ferry")
    address = story.get_absolute_url()
    assert nginx.ask(address).status == 200
    unpublish(user=None, article=story, note="It was wrong.")
    make_stale(nginx)
    assert nginx.ask(address).status == 410
    application.kill()
    make_stale(nginx)
    after = nginx.ask(address)
    assert after.status == 410
    assert "It was wrong." in after.text


def test_a_copy_past_its_time_is_read_when_the_application_is_dead(mortal):
    application, nginx = mortal
    address = making.story(headline="The ferry").get_absolute_url()
    nginx.ask(address)
    application.kill()
    make_stale(nginx)
    assert "The ferry" in nginx.ask(address).text


def test_a_kept_story_comes_soon_when_the_application_hangs(mortal):
    """What is not kept is the resting page as soon; who writes, or asks Stripe by a page, is waited for longer."""
    application, nginx = mortal
    address = making.story(headline="The ferry").get_absolute_url()
    nginx.ask(address)
    make_stale(nginx)
    with ThreadPoolExecutor(5) as crowd:
        with application.frozen():
            began = time.monotonic()
            kept, unknown = crowd.submit(nginx.ask, address), crowd.submit(nginx.ask, "/about/")
            waiting = [
                crowd.submit(nginx.ask, "/stripe/webhook/", method="POST", body=b"{}"),
                crowd.submit(nginx.ask, "/account/sign-in/"),
                crowd.submit(nginx.ask, "/admin/"),
            ]
            assert (kept.result().status, unknown.result().status) == (200, 503)
            assert time.monotonic() - began < 10
            assert [one.done() for one in waiting] == [False] * 3
        assert "The ferry" in kept.result().text
        assert [one.result().status for one in waiting] == [400, 200, 302]


def test_a_form_that_is_sent_while_the_application_is_dead_gets_the_resting_page(mortal):
    application, nginx = mortal
    application.kill()
    sent = nginx.ask("/account/sign-in/", method="POST", body=b"email=a%40example.org")
    assert sent.status == 503 and "Part of the site is resting" in sent.text


def test_the_thank_you_list_is_not_kept_by_nginx_and_not_read_from_it_when_nobody_answers(mortal, make_patron):
    application, nginx = mortal
    patron = make_patron("thanked@example.org", display_name="Nadia of the Lighthouse")
    first = nginx.ask(LIST)
    assert "Nadia of the Lighthouse" in first.text and "X-Accel-Expires" not in first.headers
    assert first.headers["Cache-Control"].startswith("public, max-age=0")
    set_display_name(member=patron, name="")
    wait_until(lambda: "Nadia" not in nginx.ask(LIST).text)  # each process keeps its own copy for a second
    application.kill()
    assert nginx.ask(LIST).status == 503


@pytest.fixture
def cookie(member):
    client = Client()
    sign_in(client, member)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


@pytest.mark.django_db(transaction=True)
def test_it_keeps_nothing_private(front, cookie):
    cache.clear()
    known = len(kept_files(front))
    for address in ("/account/", "/account/newsletters/", "/fragment/me/", "/uk/fragment/me/", "/admin/", "/healthz/"):
        front.ask(address, Cookie=cookie)
    for address in ("/account/login/", "/preview/none/", "/nothing/", "/support/thanks/", "/topics/vote/"):
        front.ask(address)
    assert len(kept_files(front)) == known
    front.ask("/newsletters/", Cookie=cookie)
    assert len(kept_files(front)) == known + 1


@pytest.mark.django_db(transaction=True)
def test_a_signed_in_reader_leaves_the_page_that_all_get(front, cookie):
    cache.clear()
    address = making.story().get_absolute_url()
    mine, theirs = front.ask(address, Cookie=cookie), front.ask(address)
    assert mine.body == theirs.body
    assert "Set-Cookie" not in mine.headers

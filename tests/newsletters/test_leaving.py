"""Leaving by the address in a mail (RFC 8058): one click, no sign-in, never a dead end."""

import pytest
from django.conf import settings
from django.test import Client

from newsletters.models import Newsletter, Signup
from newsroom.lib.limits import UNSUBSCRIBE
from newsroom.lib.models import AuditEntry

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def signup(make_reader):
    return make_reader("reader@example.org")


def address(signup):
    return f"/newsletters/unsubscribe/{signup.token}/"


def test_it_only_asks_when_opened(signup):
    page = Client().get(address(signup))
    assert page.status_code == 200 and "The Briefing" in page.content.decode()
    signup.refresh_from_db()
    assert signup.state == "confirmed"
    assert "no-store" in page["Cache-Control"]


def test_it_leaves_with_one_click_and_says_so_twice(signup):
    mail_program = Client(enforce_csrf_checks=True)
    for _click in range(2):
        answer = mail_program.post(address(signup), ONE_CLICK, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 200 and "will not come any more" in answer.content.decode()
    signup.refresh_from_db()
    assert signup.state == "left" and signup.left_at
    assert AuditEntry.objects.filter(action="signup.left").count() == 1
    assert Client().get(address(signup)).status_code == 200


def test_it_undoes_a_click_too_many(signup):
    Client().post(address(signup), ONE_CLICK)
    answer = Client().post(address(signup), {"undo": "1"})
    assert "It will come again" in answer.content.decode()
    signup.refresh_from_db()
    assert (signup.state, signup.left_at) == ("confirmed", None)


def test_it_confirms_nobody_who_never_confirmed(make_reader):
    signup = make_reader("reader@example.org", state=Signup.State.PENDING)
    Client().post(address(signup), ONE_CLICK)
    Client().post(address(signup), {"undo": "1"})
    signup.refresh_from_db()
    assert signup.state == "left"


def test_it_speaks_the_newsletters_language(make_reader, db):
    ukrainian = Newsletter.objects.create(language="uk", slug="ohliad", name="Огляд")
    page = Client().get(address(make_reader("reader@example.org", of=ukrainian)))
    assert page["Content-Language"] == "uk" and '<html lang="uk">' in page.content.decode()


def test_it_knows_no_other_token(db):
    assert Client().get("/newsletters/unsubscribe/nobodys/").status_code == 404


def test_it_signs_nobody_in(signup):
    client = Client()
    client.post(address(signup), ONE_CLICK)
    assert settings.SESSION_COOKIE_NAME not in client.cookies


def test_it_is_limited_by_token_and_not_by_network(signup, make_reader):
    codes = [Client().post(address(signup), ONE_CLICK).status_code for _click in range(UNSUBSCRIBE.count + 1)]
    assert codes[-2:] == [200, 429]
    assert Client().post(address(make_reader("other@example.org")), ONE_CLICK).status_code == 200


def test_it_works_while_nothing_can_be_counted(signup, redis_down):
    assert Client().post(address(signup), ONE_CLICK).status_code == 200
    signup.refresh_from_db()
    assert signup.state == "left"

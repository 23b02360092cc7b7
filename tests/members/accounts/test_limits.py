"""The door's limits, and the door while Redis rests."""

from django.test import Client

from members.accounts.views import CODES, SIGN_IN
from newsroom.lib.requests import client_network


def test_it_refuses_too_many_codes_for_one_address(member, ask):
    for _code in range(CODES.count):
        assert ask(member.email, Client()).status_code == 302
    response = ask(member.email, Client())
    assert response.status_code == 429
    assert b"slower" in response.content


def test_it_refuses_too_many_requests_from_one_network(ask, db):
    statuses = [ask(f"reader-{number}@example.org", Client()).status_code for number in range(SIGN_IN.count + 1)]
    assert statuses[-2:] == [302, 429]


def test_it_lets_two_newcomers_sign_up_at_once(ask, other_browser, db):
    assert ask("first@example.org").status_code == 302
    assert ask("second@example.org", other_browser).status_code == 302


def test_it_counts_a_household_as_one(rf):
    one = rf.get("/", REMOTE_ADDR="2001:db8:1:2:aaaa::1")
    other = rf.get("/", REMOTE_ADDR="2001:db8:1:2:bbbb::2")
    assert client_network(one) == client_network(other) == "2001:db8:1:2::/64"
    assert client_network(rf.get("/", REMOTE_ADDR="192.0.2.7")) == "192.0.2.7"


def test_it_waits_with_a_clear_page_while_redis_rests(ask, member, settings):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    response = ask(member.email)
    assert response.status_code == 503
    assert b"resting" in response.content

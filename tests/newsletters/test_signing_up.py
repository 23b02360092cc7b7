"""Signing up on a public page: proof of consent, one answer for everybody, and nothing before the owner confirms."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from members.accounts.models import Member
from newsletters.addresses import suppress
from newsletters.models import Newsletter, Signup, Suppression
from newsroom.lib.limits import CONFIRM, SIGN_UP
from newsroom.lib.models import Letter

PAGE = "/newsletters/briefing/"


def ask(address, page=PAGE, headers=None, **data):
    return Client().post(page, {"email": address, **data}, headers={"Sec-Fetch-Site": "same-origin"} | (headers or {}))


def confirm_link():
    return re.search(r"https?://[^/]+(/\S*newsletters/confirm/\S+/)", Letter.objects.latest("pk").text)[1]


def test_it_notes_a_wish_that_is_not_yet_a_sign_up(newsletter):
    ask("New@Example.org", headers={"Referer": "http://testserver/2024/11/13/ferries/"})
    signup = Signup.objects.get()
    assert (signup.state, signup.member.email, signup.member.proved_at) == ("pending", "new@example.org", None)
    assert signup.source == "/2024/11/13/ferries/" and len(signup.network_hash) == 64


@pytest.mark.parametrize("referer", ["http://[", "http://elsewhere.example.com/a/", ""])
def test_it_names_the_forms_own_page_when_the_referer_names_none_of_ours(newsletter, referer):
    ask("new@example.org", headers={"Referer": referer})
    assert Signup.objects.get().source == PAGE


def test_it_answers_all_addresses_alike(newsletter, make_reader):
    make_reader("known@example.org")
    suppress("blocked@example.org", Suppression.Reason.COMPLAINT)
    answers = {
        (answer.status_code, answer["Location"], answer.content)
        for answer in map(ask, ["known@example.org", "new@example.org", "blocked@example.org"])
    }
    assert len(answers) == 1
    assert Client().get("/newsletters/asked/").status_code == 200


def test_it_confirms_on_the_button_and_not_on_the_link(newsletter):
    ask("new@example.org")
    page = Client().get(confirm_link())
    assert page.status_code == 200 and Signup.objects.get().state == "pending"
    assert "no-store" in page["Cache-Control"] and page["Referrer-Policy"] == "same-origin"
    assert "The Briefing" in Client().post(confirm_link()).content.decode()
    signup = Signup.objects.get()
    assert signup.state == "confirmed" and signup.confirmed_at and signup.member.proved_at


def test_it_confirms_twice_as_once(newsletter):
    ask("new@example.org")
    Client().post(confirm_link())
    first = Signup.objects.get().confirmed_at
    assert Client().post(confirm_link()).status_code == 200
    assert Signup.objects.get().confirmed_at == first


def test_it_does_not_bring_back_by_an_old_link_who_left(newsletter):
    ask("new@example.org")
    Client().post(confirm_link())
    Signup.objects.update(state=Signup.State.LEFT)
    answer = Client().post(confirm_link())
    assert answer.status_code == 410 and "Please sign up again" in answer.content.decode()
    assert Signup.objects.get().state == "left"


def test_it_limits_the_presses_of_one_links_button(newsletter):
    ask("new@example.org")
    assert {Client().post(confirm_link()).status_code for _ in range(CONFIRM.count)} == {200}
    assert Client().post(confirm_link()).status_code == 429
    assert Client().get(confirm_link()).status_code == 200


@pytest.mark.parametrize("token", ["nonsense", "eyJtZW1iZXIiOjF9:1abc:xyz"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_it_says_that_a_link_is_too_old(db, token, method):
    assert getattr(Client(), method)(f"/newsletters/confirm/{token}/").status_code == 410


def test_it_writes_once_a_day_for_one_wish(newsletter):
    for _attempt in range(3):
        ask("new@example.org")
    assert Letter.objects.count() == 1


def test_it_writes_again_to_who_left_and_comes_back(newsletter):
    ask("new@example.org")
    Client().post(confirm_link())
    Signup.objects.update(state=Signup.State.LEFT)
    ask("new@example.org")
    assert Letter.objects.count() == 2 and Signup.objects.get().state == "pending"
    Client().post(confirm_link())
    assert Signup.objects.get().state == "confirmed"


def test_who_asks_again_on_another_day_has_as_long_to_confirm_as_at_first(newsletter):
    ask("new@example.org")
    then = timezone.now() - timedelta(days=29)
    Signup.objects.update(asked_at=then)
    ask("new@example.org", headers={"Referer": "http://testserver/2024/11/13/ferries/"})
    signup = Signup.objects.get()
    assert signup.asked_at > timezone.now() - timedelta(minutes=1) and signup.source == "/2024/11/13/ferries/"
    now = signup.asked_at
    ask("new@example.org")  # the same day
    assert Signup.objects.get().asked_at == now and Letter.objects.count() == 2


def test_it_leaves_a_confirmed_sign_up_as_it_is(newsletter, make_reader):
    make_reader("known@example.org")
    ask("known@example.org")
    assert Signup.objects.get().state == "confirmed" and Member.objects.count() == 1


def test_it_writes_to_no_suppressed_address(newsletter):
    suppress("blocked@example.org", Suppression.Reason.ERASED)
    ask("Blocked@example.org")
    assert not Letter.objects.exists() and not Signup.objects.exists()


def test_it_shows_the_form_again_with_what_was_typed(newsletter):
    answer = ask("nonsense")
    assert answer.status_code == 422
    assert 'value="nonsense"' in answer.content.decode() and "does not look like" in answer.content.decode()


def test_it_takes_forms_of_our_own_pages_only(newsletter):
    answer = ask("new@example.org", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403 and not Signup.objects.exists()


def test_it_is_limited(newsletter):
    codes = [ask(f"new{number}@example.org").status_code for number in range(SIGN_UP.count + 1)]
    assert codes[-2:] == [302, 429]


def test_it_asks_for_several_at_once(newsletter):
    other = Newsletter.objects.create(language="en", slug="weekend", name="The Weekend")
    answer = ask("new@example.org", page="/newsletters/", newsletters=[newsletter.pk, other.pk])
    assert answer.status_code == 302 and Signup.objects.count() == 2 and Letter.objects.count() == 1


def test_it_asks_which_one(newsletter):
    answer = ask("new@example.org", page="/newsletters/")
    assert answer.status_code == 422 and "tick at least one" in answer.content.decode()


def test_it_keeps_what_was_ticked_when_the_address_is_wrong(newsletter):
    answer = ask("nonsense", page="/newsletters/", newsletters=[newsletter.pk])
    assert answer.status_code == 422 and " checked" in answer.content.decode()


def test_it_writes_in_the_language_of_the_page(db):
    Newsletter.objects.create(language="uk", slug="ohliad", name="Огляд")
    ask("new@example.org", page="/uk/newsletters/ohliad/")
    letter = Letter.objects.get()
    assert letter.language == "uk" and "Огляд" in letter.text and "/uk/newsletters/confirm/" in letter.text
    assert Member.objects.get().language == "uk"

"""One door for known and unknown addresses."""

import re
import time

import pytest
from allauth.account.models import EmailAddress

from members.accounts.addresses import admit_address
from members.accounts.models import Member
from newsroom.lib.models import Letter

DOOR = "/account/sign-in/"
CODE = "/account/sign-in/code/"


def signed_in(client):
    return "_auth_user_id" in client.session


def without_tokens(response):
    return re.sub(rb'csrfmiddlewaretoken" value="[^"]+"', b"", response.content)


def test_it_signs_a_known_member_in(client, member, ask, enter, codes):
    assert ask(member.email).headers["Location"] == CODE
    response = enter(codes(member.email)[0])
    assert response.headers["Location"] == "/account/"
    assert client.session["_auth_user_id"] == str(member.pk)


def test_it_makes_a_member_of_an_unknown_address_and_proves_it_by_the_code(client, ask, enter, codes):
    ask("New.Reader@Example.org")
    newcomer = Member.objects.get(email="new.reader@example.org")
    assert newcomer.proved_at is None
    enter(codes("new.reader@example.org")[0])
    newcomer.refresh_from_db()
    assert signed_in(client) and newcomer.proved_at
    assert EmailAddress.objects.get(user=newcomer).verified


def test_it_answers_known_and_unknown_addresses_alike(member, ask, client, other_browser):
    known, unknown = ask(member.email), ask("stranger.to@example.org", other_browser)
    assert known.status_code == unknown.status_code == 302
    assert known.content == unknown.content
    for answer in (known, unknown):
        del answer.headers["Expires"]  # the second in which it was asked
    assert dict(known.headers) == dict(unknown.headers)
    pages = [without_tokens(browser.get(CODE)) for browser in (client, other_browser)]
    assert pages[0].replace(b"member@", b"stranger.to@") == pages[1]


def test_it_sends_known_and_unknown_addresses_the_same_mail(member, ask, other_browser):
    ask(member.email)
    ask("stranger.to@example.org", other_browser)
    first, second = Letter.objects.order_by("pk")
    secrets = re.compile(r"^\d{6}$|(?<=/link/)[\w-]+", re.MULTILINE)
    assert secrets.sub("", first.text) == secrets.sub("", second.text)
    assert (first.subject, first.is_urgent, first.kind) == (second.subject, True, second.kind)


def test_it_takes_about_as_long_for_either(member, ask):
    """A newcomer costs two inserts more; the mail, which both get, costs several times that."""
    ask(member.email)
    began = time.perf_counter()
    ask(member.email)
    known = time.perf_counter() - began
    began = time.perf_counter()
    ask("stranger.to@example.org")
    assert time.perf_counter() - began < known * 3 + 0.05


def test_it_writes_in_the_language_of_the_path(ask, codes, other_browser):
    response = ask("reader@example.org", path="/uk/account/sign-in/")
    assert response.headers["Location"] == "/uk/account/sign-in/code/"
    assert Letter.objects.get().language == "uk"
    assert Member.objects.get(email="reader@example.org").language == "uk"


def test_it_keeps_no_code_in_the_subject_and_lets_the_letter_expire(ask, codes):
    ask("reader@example.org")
    letter = Letter.objects.get()
    assert codes("reader@example.org")[0] not in letter.subject
    assert 590 < (letter.expires_at - letter.created_at).total_seconds() <= 601


@pytest.mark.parametrize("target", ["/topics/", "/uk/account/"])
def test_it_goes_on_to_where_the_reader_was_going(member, ask, enter, codes, target):
    response = ask(member.email, next=target)
    assert response.headers["Location"].startswith(CODE + "?next=")
    assert enter(codes(member.email)[0], next=target).headers["Location"] == target


def test_it_never_sends_a_reader_to_another_site(member, ask, enter, codes):
    assert ask(member.email, next="https://evil.example/").headers["Location"] == CODE
    assert enter(codes(member.email)[0], next="//evil.example/").headers["Location"] == "/account/"


def test_it_says_what_is_wrong_with_an_address(client, ask, db):
    response = ask("not an address")
    assert response.status_code == 422
    assert b"not an address" in response.content
    assert not Member.objects.exists()


def test_it_sends_nothing_to_a_closed_account_and_does_not_say_so(member, ask, other_browser):
    Member.objects.filter(pk=member.pk).update(is_active=False)
    closed, other = ask(member.email), ask("someone@example.org", other_browser)
    assert (closed.status_code, closed.content) == (other.status_code, other.content)
    assert Letter.objects.filter(to_email=member.email).count() == 0


def test_it_makes_one_member_of_an_address_written_in_two_ways(db):
    first = admit_address(email="Reader@Example.org", language="en")
    assert admit_address(email=" reader@example.ORG ", language="uk") == first
    assert EmailAddress.objects.filter(user=first).count() == 1


@pytest.mark.parametrize("email", ["member@example.org", "stranger.to@example.org", "closed@example.org"])
def test_it_leads_whoever_comes_back_to_the_code_under_way(client, member, make_member, ask, email):
    make_member("closed@example.org", is_active=False)
    ask(email, next="/topics/")
    assert client.get(DOOR).headers["Location"] == CODE + "?next=%2Ftopics%2F"
    assert client.get(DOOR + "?next=/support/").headers["Location"] == CODE + "?next=%2Fsupport%2F"


def test_it_lets_whoever_waits_for_a_code_try_another_address(client, member, ask, enter, codes):
    ask(member.email)
    assert b"?other=1" in client.get(CODE).content
    assert client.get(DOOR + "?other=1").status_code == 200
    ask("someone@example.org")
    enter(codes("someone@example.org")[0])
    assert client.session["_auth_user_id"] == str(Member.objects.get(email="someone@example.org").pk)


def test_it_forgets_a_code_under_way_that_is_too_old(client, member, ask):
    ask(member.email)
    session = client.session
    session["account_login"]["state"]["stages"]["login_by_code"]["data"]["at"] -= 601
    session.save()
    assert client.get(DOOR).status_code == 200


def test_it_sends_whoever_is_signed_in_on(member_client):
    assert member_client.get(DOOR + "?next=/topics/").headers["Location"] == "/topics/"


def test_it_is_never_stored(client, db):
    assert "no-store" in client.get(DOOR).headers["Cache-Control"]


def test_it_logs_no_address(ask, enter, codes, capfd, caplog):
    ask("quiet.reader@example.org")
    enter(codes("quiet.reader@example.org")[0])
    output = capfd.readouterr()
    assert "quiet.reader" not in output.out + output.err + caplog.text

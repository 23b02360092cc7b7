"""The six digits: three tries, ten minutes, one use, one browser."""

import time

import pytest
from allauth.account.models import EmailAddress

from members.accounts.models import Member, SignInLink
from newsroom.lib.models import Letter
from tests.members.accounts.test_door import CODE, DOOR, signed_in

WRONG = "000000"


@pytest.fixture
def code(member, ask, codes):
    ask(member.email)
    return codes(member.email)[0]


def test_it_is_six_digits(code):
    assert len(code) == 6 and code.isdigit()


def test_it_is_taken_with_spaces_as_people_copy_it(client, code, enter):
    enter(f" {code[:3]} {code[3:]} ")
    assert signed_in(client)


def test_it_can_be_mistyped_and_typed_again(client, code, enter):
    response = enter(WRONG)
    assert response.status_code == 200 and not signed_in(client)
    enter(code)
    assert signed_in(client)


def test_it_is_worth_nothing_after_three_wrong_tries(client, code, enter):
    for _try in range(3):
        response = enter(WRONG)
    assert response.headers["Location"] == DOOR
    enter(code)
    assert not signed_in(client)


def test_it_is_worth_nothing_after_ten_minutes(client, code, enter):
    session = client.session
    stash = session["account_login"]
    stash["state"]["stages"]["login_by_code"]["data"]["at"] = time.time() - 601
    session["account_login"] = stash
    session.save()
    assert enter(code).headers["Location"] == DOOR
    assert b"ten minutes" in client.get(DOOR).content
    assert not signed_in(client)


def test_it_is_worth_nothing_in_another_browser(code, enter, other_browser):
    assert enter(code, other_browser).headers["Location"] == DOOR
    assert not signed_in(other_browser)


def test_it_works_once(client, code, enter, other_browser):
    enter(code)
    client.post("/account/sign-out/")
    enter(code)
    assert not signed_in(client)


def test_it_gives_way_to_a_newer_one(client, member, code, ask, enter, codes):
    ask(member.email)
    newer = codes(member.email)[0]
    enter(newer)
    assert signed_in(client)
    assert Letter.objects.count() == 2


def test_it_can_be_sent_once_more(client, member, code, codes, enter):
    client.post(CODE, {"action": "resend"})
    newer = codes(member.email)[0]
    assert len(codes(member.email)) == 2
    enter(newer)
    assert signed_in(client)


@pytest.mark.parametrize("is_somebody_elses", [False, True])
def test_it_opens_no_account_that_has_moved_to_another_address(
    client, member, code, ask, codes, enter, other_browser, is_somebody_elses
):
    """Whoever reads the address before asked for a code in time, and has it sent once more when it is theirs."""
    old = member.email
    Member.objects.filter(pk=member.pk).update(email="right@example.org")
    EmailAddress.objects.filter(user=member).delete()
    SignInLink.objects.filter(member=member).delete()
    if is_somebody_elses:
        ask(old, other_browser)
    assert client.post(CODE, {"action": "resend"}).headers["Location"] == DOOR
    for each in codes(old):
        enter(each)
    assert not signed_in(client)


def test_it_spends_only_its_own_members_link(client, member, stranger, code, enter):
    SignInLink.objects.update(member=stranger)
    enter(code)
    assert not signed_in(client)


def test_it_cannot_be_guessed_by_outrunning_the_count(client, code, enter):
    """Parallel requests each read a session without wrong tries; the count in Redis is one for all."""
    session = client.session
    untouched = dict(session.items())
    statuses = []
    for _try in range(7):
        session.update(untouched)
        session.save()
        statuses.append(enter(WRONG).status_code)
    assert statuses[-1] == 429


def test_it_leaves_a_session_of_an_hour_until_it_is_entered(client, code, enter):
    assert client.session.get_expiry_age() <= 3600
    enter(code)
    assert client.session.get_expiry_age() > 86_400

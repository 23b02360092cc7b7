"""Forgetting a member: by a fresh code, at Stripe first, once, with what tax law needs left behind."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.accounts.addresses import admit_address, find_member
from members.accounts.correcting import ADDRESS_ASKED
from members.accounts.models import Member, SignedInBrowser
from members.patronage.client import stripe_api
from members.patronage.leaving import ERASURE_ASKED
from members.patronage.models import Checkout, Gift, MemberNote, Payment, StripeCustomer, Subscription, SupportChange
from members.voting.models import Ballot, Round, Topic
from newsletters.addresses import is_suppressed, suppress
from newsletters.models import Newsletter, Signup, Suppression
from newsroom.lib.audit import record
from newsroom.lib.models import AuditEntry, Letter, Outbox
from newsroom.site.erasing import ERASE, erase_member
from newsroom.site.followups import follow_up
from tests.members.patronage.conftest import _quiet_sandbox, begin, bought, prices, sandbox  # noqa: F401

pytestmark = pytest.mark.django_db
ERASE_PAGE, EMAIL = reverse("account-erase"), "member@example.org"


def ask_code(client):
    client.post(ERASE_PAGE, {"send": "1"})
    return re.search(r"\b\d{6}\b", Letter.objects.filter(kind="members/erase_code").latest("id").text).group()


def ask(client, **data):
    return client.post(ERASE_PAGE, {"code": ask_code(client), **data})


def carry_out():
    follow_up(Outbox.objects.get(kind=ERASE).pk)
    return Outbox.objects.get(kind=ERASE).state


def wrong(code):
    return f"{(int(code) + 1) % 10**6:06}"


def test_it_wants_a_fresh_code(member, member_client):
    code = ask_code(member_client)
    answer = member_client.post(ERASE_PAGE, {"code": wrong(code)})
    assert answer.status_code == 422 and "wrong or too old" in answer.content.decode()
    assert member_client.post(ERASE_PAGE, {"code": ""}).status_code == 422
    assert not Outbox.objects.exists() and Member.objects.get(pk=member.pk).is_active


@pytest.mark.parametrize("box", [{}, {"suppress": "on"}])
def test_it_keeps_the_wish_for_silence_after_a_wrong_code(member, member_client, box):
    code = ask_code(member_client)
    for typed in (wrong(code), ""):
        page = member_client.post(ERASE_PAGE, {"code": typed, **box}).content.decode()
        assert ('name="suppress" checked' in page) == bool(box)


def test_it_takes_no_code_that_is_too_old(member, member_client):
    code = ask_code(member_client)
    session = member_client.session
    session["erase_code"] = {**session["erase_code"], "at": timezone.now().timestamp() - 601}
    session.save()
    assert member_client.post(ERASE_PAGE, {"code": code}).status_code == 422 and not Outbox.objects.exists()


def test_it_takes_no_code_of_another_session(member, member_client, stranger_client):
    code = ask_code(member_client)
    ask_code(stranger_client)
    assert stranger_client.post(ERASE_PAGE, {"code": code}).status_code == 422 and not Outbox.objects.exists()


def test_it_lets_nobody_guess(member, member_client):
    code = ask_code(member_client)
    codes = [member_client.post(ERASE_PAGE, {"code": wrong(code)}).status_code for _try in range(6)]
    assert codes == [422] * 5 + [429] and member_client.post(ERASE_PAGE, {"code": code}).status_code == 429
    cache.clear()


def test_it_asks_whoever_is_not_signed_in_to_sign_in():
    assert Client().get(ERASE_PAGE).status_code == Client().post(ERASE_PAGE).status_code == 302


def test_it_erases_no_staff(publisher_client, publisher):
    answer = publisher_client.post(ERASE_PAGE, {"send": "1"})
    assert answer.status_code == 422 and "You work here" in answer.content.decode()
    assert not Letter.objects.exists()


def test_it_closes_the_account_at_once(member, member_client):
    other = Client()
    other.force_login(member, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = ask(member_client)
    assert answer["Location"] == reverse("account-erased")
    assert other.get(reverse("account")).status_code == member_client.get(reverse("account")).status_code == 302
    assert "signed out everywhere" in member_client.get(answer["Location"]).content.decode()
    assert admit_address(email=EMAIL, language="en") is None


def test_it_takes_along_what_staff_noted_about_the_person(member, member_client, manager):
    MemberNote.objects.create(member=member, text="Called about the receipt.", written_by=manager)
    ask(member_client)
    assert carry_out() == "done"
    assert not MemberNote.objects.exists()


def test_it_blanks_the_person_and_keeps_the_row(member, member_client):
    Member.objects.filter(pk=member.pk).update(display_name="Nadia", time_zone="Europe/Kyiv")
    EmailAddress.objects.create(user=member, email=EMAIL, verified=True, primary=True)
    ask(member_client)
    assert carry_out() == Outbox.State.DONE
    row = Member.objects.get(pk=member.pk)
    assert (row.email, row.name, row.display_name, row.time_zone, row.is_active) == (None, "", "", "", False)
    assert row.erased_at is not None and find_member(EMAIL) is None and not EmailAddress.objects.exists()


def test_it_leaves_no_trace_of_the_address_in_any_letter_or_audit(member, member_client, manager):
    record(ADDRESS_ASKED, actor=manager, target=member, why="Free Member wrote from another address.")
    changed = {"content_type": ContentType.objects.get_for_model(Member), "object_id": str(member.pk)}
    LogEntry.objects.create(user=manager, action_flag=CHANGE, object_repr="Free Member", **changed)
    ask(member_client)
    carry_out()
    assert "Free Member" not in str(list(AuditEntry.objects.values("details")) + list(LogEntry.objects.values()))
    assert not Letter.objects.filter(to_email=EMAIL).exists() and not Letter.objects.filter(text__contains=EMAIL)
    labels = AuditEntry.objects.values_list("actor_label", "target_label")
    assert not any("Free Member" in text or EMAIL in text for pair in labels for text in pair)


def test_it_leaves_no_session(member, member_client):
    member_client.get(reverse("account"))
    assert Session.objects.exists() and SignedInBrowser.objects.exists()
    ask(member_client)
    carry_out()
    assert not SignedInBrowser.objects.exists()
    assert not [row for row in Session.objects.all() if row.get_decoded().get("_auth_user_id") == str(member.pk)]


def test_it_ends_newsletters_and_keeps_ballots_and_topics_without_the_person(member, member_client):
    letter = Newsletter.objects.create(slug="daily", name="The Daily")
    signup = Signup.objects.create(
        newsletter=letter, member=member, state="confirmed", confirmed_at=timezone.now(), source="/x/",
        network_hash="hash",
    )  # fmt: skip
    topic = Topic.objects.create(slug="fog-horn", suggested_by=member)
    now = timezone.now()
    vote_round = Round.objects.create(number=1, opens_at=now, closes_at=now + timezone.timedelta(days=9))
    Ballot.objects.create(round=vote_round, member=member, allowance=3)
    ask(member_client)
    carry_out()
    signup.refresh_from_db(), topic.refresh_from_db()
    assert (signup.state, signup.source, signup.network_hash) == ("left", "", "")
    assert topic.suggested_by is None and Ballot.objects.count() == 1


def test_it_keeps_a_suppression_and_adds_one_only_when_asked(member, member_client, stranger_client):
    suppress(EMAIL, Suppression.Reason.COMPLAINT)
    ask(member_client)
    carry_out()
    assert is_suppressed(EMAIL) and Suppression.objects.get().reason == "complaint"
    ask(stranger_client, suppress="on")
    assert is_suppressed("stranger@example.org")


def test_it_ends_the_support_at_stripe_first_and_keeps_the_payment(member, member_client, bought):  # noqa: F811
    bought("month", member=member)
    subscription, customer = Subscription.objects.get(), StripeCustomer.objects.get()
    ask(member_client)
    assert carry_out() == Outbox.State.DONE
    assert stripe_api().subscriptions.retrieve(subscription.stripe_id).status == "canceled"
    assert stripe_api().customers.retrieve(customer.stripe_id).deleted
    assert Payment.objects.get().amount == 500 and Payment.objects.get().member.email is None
    assert SupportChange.objects.get().state == "done"


def test_it_erases_nothing_while_stripe_does_not_answer(member, member_client, bought, sandbox, monkeypatch):  # noqa: F811
    monkeypatch.setattr("members.patronage.client.RETRIES", 0)
    bought("month", member=member)
    subscription = Subscription.objects.get()
    ask(member_client)
    sandbox.control("faults", kind="cut", method="DELETE", path=f"/v1/subscriptions/{subscription.stripe_id}", count=3)
    with pytest.raises(Exception, match="does not answer"):
        carry_out()
    assert Outbox.objects.get(kind=ERASE).state == Outbox.State.WAITING
    assert Member.objects.get(pk=member.pk).email == EMAIL
    sandbox.control("faults", count=0)
    erase_member(member_id=member.pk)
    erase_member(member_id=member.pk)
    assert stripe_api().subscriptions.retrieve(subscription.stripe_id).status == "canceled"
    assert AuditEntry.objects.filter(action="member.erased").count() == 1
    assert AuditEntry.objects.get(action=ERASURE_ASKED).target_id == str(member.pk)


def test_it_closes_a_checkout_that_is_open(member, member_client, begin):  # noqa: F811
    row = begin("month", member=member)
    ask(member_client)
    carry_out()
    assert stripe_api().checkout.sessions.retrieve(row.stripe_id).status == "expired"


@pytest.mark.parametrize("state", ["open", "expired"])
def test_it_forgets_what_was_typed_for_a_gift_that_was_not_paid(member, tier, state):
    """What can still be paid keeps whom it is for: it would be nobody's otherwise."""
    row = Checkout.objects.create(
        member=member, frequency="once", amount=1500, currency="eur", language="en", state=state
    )
    gift = Gift.objects.create(
        checkout=row, tier=tier, months=3, recipient_email="friend@example.org", giver_name="Me", message="Dear"
    )
    erase_member(member_id=member.pk)
    gift.refresh_from_db()
    assert (gift.giver_name, gift.message) == ("", "")
    assert gift.recipient_email == ("friend@example.org" if state == "open" else "")


def test_a_new_sign_in_with_the_address_begins_a_new_account(member, member_client):
    ask(member_client)
    carry_out()
    new = admit_address(email=EMAIL, language="en")
    assert new is not None and new.pk != member.pk

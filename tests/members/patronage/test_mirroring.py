"""Answers that come late, disputes, and what stands at Stripe without us."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from members.accounts.models import Member
from members.patronage import rights
from members.patronage.errors import Foreign
from members.patronage.fetching import Fetched, fetch_session, fetch_subscription
from members.patronage.mirroring import mirror_checkout_session, mirror_subscription
from members.patronage.models import Dispute, Payment, Period, StripeCustomer, Subscription
from members.patronage.payers import Payer, find_or_add_member
from members.patronage.reversals import DISPUTED, mirror_dispute
from newsroom.lib.models import AuditEntry, Letter

pytestmark = pytest.mark.django_db


def dispute(payment, status):
    data = {
        "id": "dp_1", "amount": payment.amount, "currency": "eur", "status": status, "reason": "fraudulent",
        "payment_intent": payment.payment_intent_id, "evidence_details": {"due_by": 1900000000}, "created": 1800000000,
        "livemode": False,
    }  # fmt: skip
    return Fetched(data, timezone.now())


def test_it_lets_the_answer_asked_for_later_win(bought):
    bought("month")
    row = Subscription.objects.get()
    fetched = fetch_subscription(row.stripe_id)
    late = Fetched({**fetched.data, "status": "past_due"}, fetched.asked_at - timedelta(minutes=1))
    mirror_subscription(late)
    assert Subscription.objects.get().status == "active"
    mirror_subscription(Fetched({**fetched.data, "status": "past_due"}, timezone.now()))
    assert Subscription.objects.get().status == "past_due"


def test_it_takes_the_rights_with_a_lost_dispute_and_gives_them_back(bought):
    bought("month")
    payment = Payment.objects.get()
    mirror_dispute(dispute(payment, "needs_response"))
    assert rights.is_patron(payment.member)
    mirror_dispute(dispute(payment, "lost"))
    assert not rights.is_patron(payment.member) and Period.objects.get().revoked_why == DISPUTED
    mirror_dispute(dispute(payment, "won"))
    assert rights.is_patron(payment.member) and Dispute.objects.get().evidence_due_at


def test_it_tells_who_looks_after_patrons_of_a_dispute_once_with_its_deadline(bought, manager, publisher, writer):
    bought("month")
    for status in ("needs_response", "needs_response", "under_review", "lost"):
        mirror_dispute(dispute(Payment.objects.get(), status))
    letters = Letter.objects.filter(kind="members/dispute")
    assert {letter.member for letter in letters} == {manager, publisher} and letters.count() == 2
    assert "€5" in letters[0].text and "17 March 2030" in letters[0].text
    assert "/admin/members/dispute/" in letters[0].text


def test_it_tells_nobody_of_a_dispute_that_is_over_when_it_is_first_seen(bought, manager):
    bought("month")
    mirror_dispute(dispute(Payment.objects.get(), "lost"))
    assert not Letter.objects.filter(kind="members/dispute").exists()


def test_it_gives_nothing_for_a_session_that_is_complete_and_unpaid(begin, sandbox):
    row = begin("month")
    fetched = fetch_session(row.stripe_id)
    details = {"email": "slow-bank@example.org", "name": None}
    data = {**fetched.data, "status": "complete", "payment_status": "unpaid", "customer_details": details}
    mirror_checkout_session(Fetched(data, timezone.now()))
    assert not Period.objects.exists() and not Payment.objects.exists() and not Letter.objects.exists()


def test_it_leaves_a_subscription_that_nobody_here_sold():
    data = {"id": "sub_1", "metadata": {"newsroom": "other.example"}, "customer": "cus_other", "livemode": False}
    with pytest.raises(Foreign):
        mirror_subscription(Fetched(data, timezone.now()))
    assert not StripeCustomer.objects.exists()


def test_it_follows_a_merged_member(support, member, make_member):
    into = make_member("into@example.org")
    Member.objects.filter(pk=member.pk).update(merged_into=into)
    support("month", member=None, email="into@example.org")
    assert Period.objects.get().member == into


def test_it_follows_the_customer_of_a_merged_member(bought, member, make_member):
    """Over two merges: what renews from now on is the last one's."""
    bought("month", member=member)
    between, into = make_member("between@example.org"), make_member("into@example.org")
    Member.objects.filter(pk=member.pk).update(merged_into=between)
    Member.objects.filter(pk=between.pk).update(merged_into=into)
    mirror_subscription(fetch_subscription(Subscription.objects.get().stripe_id))
    assert Subscription.objects.get().member == StripeCustomer.objects.get().member == into
    payer = Payer(customer_id=StripeCustomer.objects.get().stripe_id)
    StripeCustomer.objects.update(member=member)
    assert find_or_add_member(payer) == into


def test_it_ends_with_two_members_merged_into_each_other(member, make_member):
    other = make_member("other@example.org")
    Member.objects.filter(pk=member.pk).update(merged_into=other)
    Member.objects.filter(pk=other.pk).update(merged_into=member)
    assert find_or_add_member(Payer(email=member.email)) == other


def test_it_writes_no_letters_about_what_is_long_past(begin, sandbox, monkeypatch):
    monkeypatch.setattr("members.patronage.granting.LETTERS_WITHIN", timedelta(seconds=-10))
    row = begin("month")
    sandbox.pay(row.stripe_id)
    mirror_checkout_session(fetch_session(row.stripe_id))
    assert Period.objects.count() == 1 and not Letter.objects.exists()


def test_it_keeps_addresses_out_of_the_audit(bought):
    bought("month")
    bought("once", 900)
    entries = AuditEntry.objects.filter(actor_label="stripe")
    assert entries.filter(action="period.granted").count() == 1
    assert not any("@" in f"{entry.target_label}{entry.details}" for entry in entries)


def test_it_writes_all_or_nothing(begin, sandbox, monkeypatch):
    row = begin("month")
    sandbox.pay(row.stripe_id)
    fetched = fetch_session(row.stripe_id)

    def fail(**given):
        raise OSError("no space left")

    monkeypatch.setattr("members.patronage.granting.write_letter", lambda *a, **k: fail())
    with pytest.raises(OSError), transaction.atomic():
        mirror_checkout_session(fetched)
    assert not Period.objects.exists() and not Subscription.objects.exists()

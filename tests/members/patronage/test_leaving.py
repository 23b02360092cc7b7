"""Forgetting a member at Stripe: whatever was paid at the last moment ends too, and nothing stands in the way."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.patronage import carrying_out, tasks
from members.patronage.client import stripe_api
from members.patronage.errors import StripeRefused
from members.patronage.leaving import ERASURE_ASKED
from members.patronage.models import Checkout, Payment, Period, StripeCustomer, Subscription, SupportChange
from newsroom.lib.audit import record
from newsroom.lib.models import AuditEntry, Hold
from newsroom.site.erasing import erase_member
from tests.members.patronage.conftest import receive
from tests.members.patronage.life import let_debit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_no_fault_left")]


def at_stripe():
    """Of each subscription in the mirror, as Stripe has it."""
    ids = Subscription.objects.values_list("stripe_id", flat=True)
    return [stripe_api().subscriptions.retrieve(stripe_id).status for stripe_id in ids]


def erased(member):
    erase_member(member_id=member.pk)
    member.refresh_from_db()
    return member


def test_it_ends_what_was_paid_after_the_erasure_was_asked(begin, sandbox, member):
    row = begin("month", member=member)
    sandbox.pay(row.stripe_id)
    erased(member)
    row.refresh_from_db()
    assert row.state == Checkout.State.PAID and Payment.objects.get().amount == 500
    assert at_stripe() == ["canceled"] and SupportChange.objects.get().state == "done"
    assert stripe_api().customers.retrieve(StripeCustomer.objects.get().stripe_id).deleted
    receive(sandbox.events())
    assert list(Subscription.objects.values_list("status", flat=True)) == ["canceled"]


def test_it_ends_what_was_paid_while_the_name_went(begin, sandbox, member):
    """The event comes when the row has no name any more: the mark of the checkout leads to it all the same."""
    row = begin("month", member=member)
    member.erased_at, member.email, member.is_active = timezone.now(), None, False
    member.save()
    sandbox.pay(row.stripe_id)
    receive(sandbox.events())
    assert at_stripe() == ["active"]
    for _sweep in range(2):
        tasks.sweep_erased()
    assert at_stripe() == ["canceled"] and SupportChange.objects.count() == 1


def test_what_a_bank_pays_after_the_erasure_goes_back_but_for_single_gifts(begin, sandbox, member):
    """Support ended with the account, and its page said that nothing more is taken; what was given once is given."""
    for frequency in ("month", "once"):
        row = let_debit(begin(frequency, 900, member=member))
        sandbox.pay(row.stripe_id, card="DE89370400440532013000")
    receive(sandbox.events())
    erased(member)
    type(member).objects.update(erased_at=timezone.now() - timedelta(minutes=1))  # the bank takes days
    for charge in stripe_api().charges.list({"limit": 2}).data:
        sandbox.control(f"charges/{charge.id}/settle")
    receive(sandbox.events())
    for _sweep in range(2):
        tasks.sweep_erased()
    gift, support = Payment.objects.order_by("kind")
    assert (gift.kind, gift.amount, gift.refunded) == ("donation", 900, 0)
    assert (support.kind, support.amount, support.refunded) == ("renewal", 900, 900)
    assert len(stripe_api().refunds.list({"payment_intent": support.payment_intent_id}).data) == 1
    assert not Period.objects.filter(revoked_at=None).exists()


@pytest.fixture
def leaving(bought, member):
    """Gave before, and asked to be erased a minute ago."""
    bought("month", member=member)
    record(ERASURE_ASKED, actor=member, target=member)
    AuditEntry.objects.update(at=timezone.now() - timedelta(minutes=1))
    type(member).objects.update(is_active=False)
    return member


def test_what_is_paid_from_the_same_address_since_it_was_asked_ends_and_goes_back(leaving, begin, sandbox):
    sandbox.pay(begin("month", 900).stripe_id, leaving.email)
    receive(sandbox.events())
    Payment.objects.filter(amount=500).update(paid_at=timezone.now() - timedelta(hours=1))
    erased(leaving)
    for _sweep in range(2):
        tasks.sweep_erased()
    before, since = Payment.objects.filter(member=leaving).order_by("amount")
    assert (before.amount, before.refunded, since.amount, since.refunded) == (500, 0, 900, 900)
    assert at_stripe() == ["canceled", "canceled"]


def test_what_we_hear_of_when_the_name_is_gone_is_the_support_of_somebody_new(leaving, begin, sandbox):
    """Who gave from that address can still be reached there, change it and end it."""
    row, email = begin("month", 900), leaving.email
    sandbox.pay(row.stripe_id, email)
    erased(leaving)
    receive(sandbox.events())
    tasks.sweep_erased()
    payment = Payment.objects.get(amount=900)
    assert payment.member.email == email and payment.member != leaving and payment.refunded == 0
    assert payment.subscription.status == "active"


def test_the_sweep_leaves_alone_whoever_is_not_erased(bought, member):
    bought("month", member=member)
    tasks.sweep_erased()
    assert at_stripe() == ["active"] and not SupportChange.objects.exists()


def test_the_sweep_asks_once_a_day_for_what_stripe_refuses(bought, member, monkeypatch):
    bought("month", member=member)
    type(member).objects.update(erased_at=timezone.now())

    def refuse(change, options):
        raise StripeRefused("No.")

    with monkeypatch.context() as patch:
        patch.setitem(carrying_out.CALLS, "cancel", refuse)
        for _sweep in range(3):
            tasks.sweep_erased()
    assert SupportChange.objects.get().state == "failed" and at_stripe() == ["active"]
    SupportChange.objects.update(finished_at=timezone.now() - timedelta(days=1, minutes=1))
    tasks.sweep_erased()
    assert at_stripe() == ["canceled"]


def test_the_sweep_waits_while_the_newsroom_is_on_hold(bought, member):
    bought("month", member=member)
    type(member).objects.update(erased_at=timezone.now())
    Hold.objects.create(pk=1, reason="restored")
    tasks.sweep_erased()
    assert not SupportChange.objects.exists()


def test_it_goes_on_where_stripe_knows_a_checkout_no_more(begin, member):
    row = begin("month", member=member)
    Checkout.objects.update(stripe_id="cs_test_gone")
    erased(member)
    row.refresh_from_db()
    assert member.erased_at and row.state == Checkout.State.EXPIRED and "resource_missing" in row.error


def test_it_goes_on_where_stripe_knows_a_subscription_no_more(bought, member):
    bought("month", member=member)
    Subscription.objects.update(stripe_id="sub_gone")
    erased(member)
    assert member.erased_at and Subscription.objects.get().status == "canceled"
    assert SupportChange.objects.get().state == "done"


def test_what_is_of_the_other_mode_stands_in_no_erasure_s_way(bought, member):
    bought("month", member=member)
    Subscription.objects.update(livemode=True, stripe_id="sub_live")
    StripeCustomer.objects.update(livemode=True)
    erased(member)
    assert member.erased_at and Subscription.objects.get().status == "active" and not SupportChange.objects.exists()


def test_a_change_of_the_other_mode_stands_in_no_erasure_s_way(bought, member):
    bought("month", member=member)
    row = Subscription.objects.get()
    row.changes.create(member=member, kind="pause", state="asked", asked_at=timezone.now())
    Subscription.objects.update(livemode=True, stripe_id="sub_live")
    erased(member)
    tasks.sweep_erased()
    assert member.erased_at and row.changes.get().state == "asked"

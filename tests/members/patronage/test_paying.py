"""The loop's third step: paid at Stripe, received as events, and what it brings."""

import pytest

from members.accounts.models import Member
from members.patronage import rights
from members.patronage.models import Checkout, Donation, Payment, Period, StripeEvent, Subscription
from members.patronage.reversals import REFUNDED
from newsroom.lib.models import Letter
from tests.members.patronage.conftest import receive, states

pytestmark = pytest.mark.django_db


def reader():
    return Member.objects.get(email="reader@example.org")


def test_it_makes_a_monthly_payer_a_patron(support):
    row = support("month")
    period = Period.objects.get(member=reader())
    assert row.state == Checkout.State.PAID and row.member == reader()
    assert 27 <= (period.ends_at - period.starts_at).days <= 31
    assert rights.is_patron(reader()) and rights.votes_allowance(reader()) == 3


def test_it_makes_a_yearly_payer_a_patron_for_a_year(support):
    support("year", 5000)
    period = Period.objects.get(member=reader())
    assert (period.ends_at - period.starts_at).days in (365, 366)


def test_it_thanks_whoever_gives_once_and_gives_no_rights(support):
    support("once", 1500)
    donation = Donation.objects.get()
    assert (donation.amount, donation.member) == (1500, reader())
    assert not Period.objects.exists() and not rights.is_patron(reader())
    assert set(Letter.objects.values_list("kind", flat=True)) == {"members/thanks", "members/receipt"}


def test_it_welcomes_a_first_patron_and_sends_a_receipt(support):
    support("month")
    assert set(Letter.objects.values_list("kind", flat=True)) == {"members/patron_welcome", "members/receipt"}
    assert Letter.objects.get(kind="members/receipt").is_urgent
    assert "€5" in Letter.objects.get(kind="members/receipt").subject


def test_it_adds_an_unproved_member_for_a_new_address(support):
    support("month")
    assert reader().proved_at is None and not reader().has_usable_password()


def test_it_finds_the_member_by_the_address_in_any_case(support, make_member):
    known = make_member("reader@example.org", name="Kept")
    support("month", email="Reader@Example.org")
    assert Period.objects.get().member == known
    assert Member.objects.get(pk=known.pk).name == "Kept"


def test_it_trusts_who_was_signed_in_before_the_address(support, member):
    support("month", member=member)
    assert Period.objects.get().member == member


def test_it_brings_one_period_per_renewal(support, sandbox):
    support("month")
    sandbox.control(f"subscriptions/{Subscription.objects.get().stripe_id}/renew")
    receive(sandbox.events())
    first, second = Period.objects.order_by("starts_at")
    assert first.ends_at == second.starts_at
    assert Letter.objects.filter(kind="members/receipt").count() == 2
    assert Letter.objects.filter(kind="members/patron_welcome").count() == 1


def test_it_gives_days_of_grace_when_a_renewal_fails(support, sandbox):
    support("month")
    due = Period.objects.get().ends_at
    sandbox.control(f"subscriptions/{Subscription.objects.get().stripe_id}/renew", failed=1)
    receive(sandbox.events())
    assert (Period.objects.get().ends_at - due).days == 14
    assert Subscription.objects.get().status == "past_due"
    assert Payment.objects.filter(paid_at=None).count() == 1


def test_it_gives_nothing_for_a_declined_card(begin, sandbox):
    row = begin("month")
    with pytest.raises(OSError):
        sandbox.pay(row.stripe_id, card="4000000000000002")
    receive(sandbox.events())
    assert not Period.objects.exists() and not Payment.objects.exists()


def test_it_does_the_same_once_however_often_it_is_delivered(support, begin, sandbox):
    row = begin("month")
    sandbox.pay(row.stripe_id)
    events = sandbox.events()
    for _round in range(3):
        receive(events)
    receive(events + events)
    assert (Period.objects.count(), Payment.objects.count(), Subscription.objects.count()) == (1, 1, 1)
    assert Letter.objects.filter(kind="members/receipt").count() == 1
    assert StripeEvent.objects.count() == len(events)


@pytest.mark.parametrize("order", [1, -1])
def test_it_takes_events_in_any_order_one_by_one(begin, sandbox, order):
    row = begin("month")
    sandbox.pay(row.stripe_id)
    for event in sandbox.events()[::order]:
        receive([event])
    assert rights.is_patron(reader()) and Payment.objects.count() == 1
    assert not StripeEvent.objects.filter(state="failed").exists()


def test_it_takes_the_rights_back_with_a_full_refund(support, sandbox):
    from members.patronage.client import stripe_api

    support("month")
    intent = Payment.objects.get().payment_intent_id
    part = stripe_api().refunds.create({"payment_intent": intent, "amount": 100})
    receive(sandbox.events())
    assert rights.is_patron(reader()) and part.status == "succeeded"
    stripe_api().refunds.create({"payment_intent": intent})
    receive(sandbox.events())
    assert not rights.is_patron(reader())
    assert Period.objects.get().revoked_why == REFUNDED and Payment.objects.get().refunded == 500


def test_it_finds_the_payment_behind_a_refund_that_comes_first(begin, sandbox):
    from members.patronage.client import stripe_api

    row = begin("month")
    paid = sandbox.pay(row.stripe_id)
    invoice = stripe_api().invoices.retrieve(paid["invoice"], {"expand": ["payments"]})
    stripe_api().refunds.create({"payment_intent": invoice.payments.data[0].payment.payment_intent})
    receive([event for event in sandbox.events() if event["type"] == "refund.created"])
    assert Payment.objects.get().refunded == 500 and not rights.is_patron(reader())


def test_it_mirrors_the_end_of_a_subscription(support, sandbox):
    from members.patronage.client import stripe_api

    support("month")
    stripe_api().subscriptions.cancel(Subscription.objects.get().stripe_id)
    receive(sandbox.events())
    row = Subscription.objects.get()
    assert row.status == "canceled" and row.ended_at and not row.is_running
    assert rights.is_patron(reader())  # what was paid for runs on
    assert states()["customer.subscription.deleted"] == "done"

"""Events of older and newer API versions name the same object; what we write down is the object as it is now. The
shapes are written by hand after the changelog of Stripe's API; all ids are made up or the sandbox's own."""

from datetime import timedelta

import pytest
from django.conf import settings as django_settings

from members.accounts.models import Member
from members.patronage import fetching, mirroring
from members.patronage.client import stripe_api
from members.patronage.errors import Foreign
from members.patronage.fetching import Fetched, fetch_subscription
from members.patronage.models import Payment, Period, StripeCustomer, StripeEvent, Subscription
from members.patronage.reversals import mirror_refund
from newsroom.lib.models import Letter
from tests.members.patronage.conftest import deliver, receive, work
from tests.members.patronage.life import let_debit

pytestmark = pytest.mark.django_db

OLD_INVOICE = {"subscription": "sub_made_up", "charge": "ch_made_up", "payment_intent": "pi_made_up", "paid": True}
MIDDLE_INVOICE = {"subscription": "sub_made_up", "subscription_details": {"metadata": {}}, "payment_intent": None}
NEW_INVOICE = {"parent": {"type": "subscription_details", "subscription_details": {"subscription": "sub_made_up"}}}
OLD_SUBSCRIPTION = {"current_period_start": 1, "current_period_end": 2, "plan": {"id": "plan_1"}, "items": {"data": []}}
NEW_SUBSCRIPTION = {"items": {"data": [{"current_period_start": 1, "current_period_end": 2}]}}


def event(kind, version, body, number=1):
    return {
        "id": f"evt_{version}_{number}", "object": "event", "type": kind, "api_version": version, "livemode": False,
        "created": 1, "data": {"object": body},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("version", "shape"),
    [
        ("2015-10-16", OLD_INVOICE),
        ("2019-05-16", {**OLD_INVOICE, "billing": "charge_automatically", "date": 1}),
        ("2022-11-15", OLD_INVOICE),
        ("2024-06-20", MIDDLE_INVOICE),
        ("2025-03-31.basil", NEW_INVOICE),
        ("2026-10-28.endive", {**NEW_INVOICE, "something_new": [{"deep": {"er": 1}}]}),
    ],
)
def test_an_invoice_of_any_age_ends_in_the_same_state(begin, sandbox, version, shape):
    paid = sandbox.pay(begin("month").stripe_id)
    body = {"id": paid["invoice"], "object": "invoice", "status": "draft", "amount_paid": 1, **shape}
    receive([event("invoice.payment_succeeded", version, body)])
    assert StripeEvent.objects.get().object_id == paid["invoice"] and StripeEvent.objects.get().state == "done"
    payment, period = Payment.objects.get(), Period.objects.get()
    assert (payment.stripe_id, payment.status, payment.amount) == (paid["invoice"], "paid", 500)
    assert payment.subscription.status == "active" and period.ends_at == payment.subscription.current_period_end


@pytest.mark.parametrize(
    ("version", "shape"), [("2020-08-27", OLD_SUBSCRIPTION), ("2026-10-28.endive", NEW_SUBSCRIPTION)]
)
def test_a_subscription_of_any_age_has_the_end_that_stripe_says_now(begin, sandbox, version, shape):
    paid = sandbox.pay(begin("month").stripe_id)
    body = {"id": paid["subscription"], "object": "subscription", "status": "canceled", **shape}
    receive([event("customer.subscription.updated", version, body)])
    row = Subscription.objects.get()
    now = stripe_api().subscriptions.retrieve(row.stripe_id)
    end = now["items"]["data"][0]["current_period_end"]
    assert (row.status, row.current_period_end) == (now.status, fetching.moment(end))


@pytest.mark.parametrize("version", ["2022-08-01", "2026-10-28.endive"])
def test_a_refund_inside_the_charge_or_not_is_found(support, sandbox, version):
    support("month")
    refund = stripe_api().refunds.create({"payment_intent": Payment.objects.get().payment_intent_id})
    body = {"id": refund.charge, "object": "charge", **({"refunds": {"data": []}} if version < "2022-11" else {})}
    receive([event("charge.refunded", version, body)])
    assert Payment.objects.get().refunded == 500 and Period.objects.get().revoked_at


def test_a_debit_on_its_way_gives_nothing_until_it_is_paid(begin, sandbox):
    row = let_debit(begin("once", 900))
    sandbox.pay(row.stripe_id, card="DE89370400440532013000")
    receive(sandbox.events())
    row.refresh_from_db()
    assert row.state == "open" and not Letter.objects.exists() and Payment.objects.get().paid_at is None
    charge = stripe_api().payment_intents.retrieve(Payment.objects.get().payment_intent_id).latest_charge
    sandbox.control(f"charges/{charge}/settle")
    receive(sandbox.events())
    row.refresh_from_db()
    assert row.state == "paid" and Payment.objects.get().paid_at and Letter.objects.count() == 2


def test_a_first_debit_gives_no_rights_until_it_is_paid(begin, sandbox):
    sandbox.pay(let_debit(begin("month")).stripe_id, card="DE89370400440532013000")
    receive(sandbox.events())
    assert Subscription.objects.get().status == "active" and not Period.objects.exists()
    charge = stripe_api().charges.list({"limit": 1}).data[0].id
    sandbox.control(f"charges/{charge}/settle")
    receive(sandbox.events())
    assert Period.objects.get().member == Member.objects.get(email="reader@example.org")


@pytest.mark.parametrize("kind", ["customer.tax_id.created", "v2.core.thing", "", "invoice.something_of_2031"])
def test_an_unknown_type_is_kept_and_ignored(kind):
    deliver(event(kind, "2031-01-01", {"id": "in_1"}))
    work()
    assert StripeEvent.objects.get().state == "ignored" and not Payment.objects.exists()


def test_another_shops_subscription_of_our_own_customer_is_foreign(support, sandbox):
    support("month")
    customer = StripeCustomer.objects.get().stripe_id
    price = {"currency": "eur", "unit_amount": 900, "recurring": {"interval": "month"}, "product_data": {"name": "Tea"}}
    session = stripe_api().checkout.sessions.create(
        {
            "mode": "subscription", "customer": customer, "success_url": "https://example.org/",
            "line_items": [{"price_data": price, "quantity": 1}],
        }
    )  # fmt: skip
    sandbox.pay(session.id)
    before = set(StripeEvent.objects.values_list("pk", flat=True))
    receive(sandbox.events())
    new = StripeEvent.objects.exclude(pk__in=before).exclude(state="ignored")
    wanted = new.filter(type__regex="^(checkout|customer.subscription|invoice)")
    assert set(wanted.values_list("state", flat=True)) == {"foreign"}
    assert (Subscription.objects.count(), Payment.objects.count(), Period.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("is_live", [True, False])
def test_the_other_modes_events_touch_nothing(settings, is_live):
    settings.STRIPE_LIVEMODE = is_live
    deliver({**event("invoice.paid", "2026-10-28.endive", {"id": "in_1"}), "livemode": not is_live})
    work()
    assert StripeEvent.objects.get().state == "ignored"


def test_the_other_modes_objects_are_refused_too(begin, sandbox, settings):
    """An endpoint that was set up in the wrong mode, or an object that a person looked up."""
    paid = sandbox.pay(begin("month").stripe_id)
    settings.STRIPE_LIVEMODE = True
    with pytest.raises(Foreign):
        mirroring.mirror_subscription(fetch_subscription(paid["subscription"]))
    with pytest.raises(Foreign):
        mirroring.mirror_invoice(fetching.fetch_invoice(paid["invoice"]))
    assert not Subscription.objects.exists() and not StripeCustomer.objects.exists() and not Member.objects.exists()


def test_a_worker_whose_clock_runs_ahead_has_not_the_last_word(bought, monkeypatch):
    """Moments of asking come from the database's clock; one that lies ahead, from a clock set back, says nothing."""
    bought("month")
    row = Subscription.objects.get()
    Subscription.objects.update(fetched_at=row.fetched_at + timedelta(hours=9))
    fetched = fetch_subscription(row.stripe_id)
    mirroring.mirror_subscription(Fetched({**fetched.data, "status": "past_due"}, fetched.asked_at))
    assert Subscription.objects.get().status == "past_due"
    monkeypatch.setattr("django.utils.timezone.now", lambda: row.fetched_at + timedelta(days=2))
    assert abs(fetch_subscription(row.stripe_id).asked_at - row.fetched_at) < timedelta(minutes=5)


def test_a_refund_that_fails_gives_nothing_back_after_a_lost_dispute(support, sandbox):
    support("month")
    payment = Payment.objects.get()
    refund = stripe_api().refunds.create({"payment_intent": payment.payment_intent_id})
    receive(sandbox.events())
    dispute = {
        "id": "dp_made_up", "amount": 500, "currency": "eur", "status": "lost", "reason": "fraudulent", "created": 1,
        "payment_intent": payment.payment_intent_id, "livemode": django_settings.STRIPE_LIVEMODE,
    }  # fmt: skip
    mirroring_of_dispute(dispute)
    sandbox.control(f"refunds/{refund.id}/fail")
    mirror_refund(fetching.fetch_refund(refund.id))
    assert Period.objects.get().revoked_why == "disputed" and Payment.objects.get().refunded == 0


def mirroring_of_dispute(data):
    from members.patronage.reversals import mirror_dispute

    mirror_dispute(Fetched(data, fetching.shared_clock()))

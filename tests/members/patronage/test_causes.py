"""Every change of a patron's state is linked to the event that caused it: a life at the sandbox, event by event."""

import pytest

from members.patronage.client import stripe_api
from members.patronage.models import Payment, Period, StripeEvent, Subscription
from members.patronage.redeeming import take_gift
from newsroom.lib.models import AuditEntry
from tests.members.patronage.conftest import deliver, work
from tests.members.patronage.gifts import FRIEND, give, letters, token_in

pytestmark = pytest.mark.django_db

STANDING = ("status", "amount", "interval", "tier", "cancel_at_period_end", "is_collecting")
RIGHTS = ("pk", "tier", "starts_at", "ends_at", "grace_from", "revoked_at", "revoked_why")


def state_of():
    """By what it is of: how support stands, and what rights there are."""
    return {
        "subscription": list(Subscription.objects.values_list(*STANDING)),
        "period": list(Period.objects.order_by("pk").values_list(*RIGHTS)),
    }


@pytest.fixture
def live(sandbox):
    """Brings what happened at Stripe, one event after the other; each that changed something has said so under its own
    name. Answers what was said."""

    def come():
        said = []
        for event in sandbox.events():
            before, known = state_of(), AuditEntry.objects.count()
            assert deliver(event).status_code == 200
            work()
            new = AuditEntry.objects.order_by("id")[known:]
            assert {entry.request_id for entry in new} <= {event["id"]}
            after = state_of()
            for what in after:
                told = [entry.action for entry in new if entry.action.startswith(f"{what}.")]
                assert told or before[what] == after[what], (event["type"], before[what], after[what])
            said += [entry.action for entry in new]
        assert not StripeEvent.objects.exclude(state__in=("done", "ignored")).exists()
        return said

    return come


def test_each_step_of_a_life_names_its_event(begin, sandbox, live):
    sandbox.pay(begin("month").stripe_id)
    assert {"subscription.started", "period.granted"} <= set(live())
    row = Subscription.objects.get()
    here = f"subscriptions/{row.stripe_id}"
    sandbox.control(f"{here}/renew", failed=1)
    assert {"subscription.changed", "period.grace"} <= set(live())
    owed = stripe_api().subscriptions.retrieve(row.stripe_id).latest_invoice
    sandbox.control(f"invoices/{owed}/pay")
    assert {"subscription.changed", "period.granted"} <= set(live())
    paid = Payment.objects.get(stripe_id=owed)
    refund = stripe_api().refunds.create({"payment_intent": paid.payment_intent_id})
    assert "period.revoked" in live()
    sandbox.control(f"refunds/{refund.id}/fail")
    assert "period.restored" in live()
    charge = stripe_api().payment_intents.retrieve(paid.payment_intent_id).latest_charge
    dispute = sandbox.control(f"charges/{charge}/dispute")["id"]
    sandbox.control(f"disputes/{dispute}/end", outcome="lost")
    assert "period.revoked" in live()


def test_each_change_at_stripe_s_dashboard_names_its_event(begin, sandbox, live):
    sandbox.pay(begin("month").stripe_id)
    live()
    key = Subscription.objects.get().stripe_id
    update = stripe_api().subscriptions.update
    item = stripe_api().subscriptions.retrieve(key)["items"].data[0]
    dearer = {
        "currency": "eur", "unit_amount": 900, "product": item.price.product, "recurring": {"interval": "month"},
    }  # fmt: skip
    update(key, {"items": [{"id": item.id, "price_data": dearer}], "proration_behavior": "always_invoice"})
    assert {"subscription.terms", "period.granted"} <= set(live())
    for rests in ({"behavior": "void"}, ""):
        update(key, {"pause_collection": rests})
        assert "subscription.collecting" in live()
    for is_ending in (True, False):
        update(key, {"cancel_at_period_end": is_ending})
        assert "subscription.changed" in live()
    stripe_api().subscriptions.pause(key, {"bill_for": {"unused_time_from": {"type": "none"}}})
    assert "subscription.changed" in live()
    stripe_api().subscriptions.cancel(key)
    assert "subscription.changed" in live()


def test_the_days_of_grace_do_not_go_without_a_word(begin, sandbox, live):
    """Support that owes is ended at Stripe's dashboard, or its collecting put aside: the rights end sooner."""
    sandbox.pay(begin("month").stripe_id)
    key = stripe_api().subscriptions.list({"limit": 1}).data[0].id
    sandbox.control(f"subscriptions/{key}/renew", failed=1)
    assert "period.grace" in live()
    for rests, said in (({"behavior": "void"}, "period.grace_over"), ("", "period.grace")):
        stripe_api().subscriptions.update(key, {"pause_collection": rests})
        assert said in live()
    stripe_api().subscriptions.cancel(key)
    assert "period.grace_over" in live() and not Period.objects.get().is_grace


def test_a_gift_whose_time_moves_on_names_the_payment_that_moved_it(begin, sandbox, live, make_member):
    friend = make_member(FRIEND)
    give(sandbox)
    take_gift(member=friend, token=token_in(letters().get()))
    sandbox.pay(begin("month").stripe_id, FRIEND)
    assert "period.moved" in live()

"""Workers that take the same credit at the same moment, on real transactions: Stripe is asked for it once."""

import contextlib
import threading

import pytest

from members.patronage import credit_taking
from members.patronage.client import stripe_api
from members.patronage.errors import StripeResting
from members.patronage.models import CreditTaking, Subscription
from newsroom.lib import outbox
from newsroom.lib.models import AuditEntry
from newsroom.site.followups import follow_up
from tests.members.patronage.conftest import deliver, receive, work
from tests.members.patronage.crediting import change_a_year_to_months
from tests.members.patronage.test_together import at_once, drain

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_no_fault_left")]
CREDITS = "/v1/customers/*/balance_transactions"


@pytest.fixture
def owed(support, sandbox, member):
    """A year of €50 that was changed to months, and its money given back: €45 of credit are to be taken."""
    payment = change_a_year_to_months(support, sandbox, member)
    stripe_api().refunds.create({"payment_intent": payment.payment_intent_id})
    receive(sandbox.events())
    return Subscription.objects.get()


def moved(subscription):
    """What was booked to the balance at Stripe by hand or by us, newest first, and what stands there."""
    customers = stripe_api().customers
    customer_id = subscription.customer.stripe_id
    booked = customers.balance_transactions.list(customer_id, {"limit": 100}).data
    amounts = [one.amount for one in booked if one.type == "adjustment"]
    return amounts, customers.retrieve(customer_id).balance


def take(subscription):
    """A worker whose question meets the other's is tried again, as a follow-up is."""
    with contextlib.suppress(StripeResting):
        credit_taking.take_credit(subscription_id=subscription.pk)


def check_taken_once(subscription):
    assert moved(subscription) == ([4500], 0)
    row = CreditTaking.objects.get()
    assert (row.amount, row.state, row.refusals) == (4500, "done", 0)
    assert AuditEntry.objects.filter(action="support.credit_taken").count() == 1


def test_eight_workers_take_it_once(owed):
    all_ready = threading.Barrier(8)
    at_once(*[lambda: (all_ready.wait(60), take(owed))] * 8)
    take(owed)
    check_taken_once(owed)


def test_it_is_taken_once_where_two_began_before_either_had_written(owed, monkeypatch):
    """Both have the balance of before; the second waits for the first one's row."""
    both_know, ask = threading.Barrier(2), credit_taking.ask

    def ask_together(question):
        found = ask(question)
        if found.data["object"] == "customer":
            both_know.wait(60)
        return found

    monkeypatch.setattr(credit_taking, "ask", ask_together)
    at_once(lambda: take(owed), lambda: take(owed))
    monkeypatch.undo()
    take(owed)
    check_taken_once(owed)


def test_two_cannot_reckon_at_once(owed, monkeypatch):
    """Who waits for the row's lock reckons after the other has written; both would take all of it else."""
    reckoned, reckon = threading.Barrier(2), credit_taking.due_credit

    def reckon_and_wait(subscription):
        due = reckon(subscription)
        with contextlib.suppress(threading.BrokenBarrierError):
            reckoned.wait(1)
        return due

    monkeypatch.setattr(credit_taking, "due_credit", reckon_and_wait)
    at_once(lambda: take(owed), lambda: take(owed))
    check_taken_once(owed)


def test_who_finds_the_key_in_use_does_not_ask_under_another(owed, sandbox, monkeypatch):
    """Stripe takes its time over the first one's question; the second one comes, and comes again."""
    sandbox.control("faults", kind="slow", path=CREDITS, method="POST", delay_ms=4000, count=1)
    is_asking, make = threading.Event(), credit_taking._make
    monkeypatch.setattr(credit_taking, "_make", lambda row, number: is_asking.set() or make(row, number))
    at_once(lambda: take(owed), lambda: is_asking.wait(60) and (take(owed), take(owed)))
    check_taken_once(owed)


def test_a_taking_and_a_bill_wait_for_nobody_in_a_circle(owed, sandbox):
    """The bill is paid from the credit before or after; in the end there is neither credit nor debt."""
    sandbox.control(f"subscriptions/{owed.stripe_id}/renew")
    for event in sandbox.events():
        deliver(event)
    at_once(lambda: take(owed), *[lambda seed=seed: drain(seed) for seed in range(2)])
    work()
    for pk in list(outbox.open_rows()):
        follow_up(pk)
    assert moved(owed)[1] == 0 and not CreditTaking.objects.exclude(state="done").exists()


def test_a_refund_sent_back_while_it_is_taken_is_put_back_once(owed, sandbox):
    refund = stripe_api().refunds.list({"limit": 1}).data[0]
    sandbox.control(f"refunds/{refund.id}/fail")
    for event in sandbox.events():
        deliver(event)
    at_once(lambda: take(owed), lambda: take(owed), lambda: drain(1))
    work()
    rows = list(outbox.open_rows())
    at_once(*[lambda: [follow_up(pk) for pk in rows]] * 2)
    take(owed)
    amounts, left = moved(owed)
    assert left == -4500 and amounts in ([], [-4500, 4500])
    assert list(CreditTaking.objects.order_by("-pk").values_list("amount", flat=True)) == amounts

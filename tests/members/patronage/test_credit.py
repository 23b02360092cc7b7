"""A year that became months: the credit that is left at Stripe, and the rights that it pays for, go with its money."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from members.patronage import changing, checkout, credit_taking, refunding, rights
from members.patronage.client import stripe_api
from members.patronage.credit import due_credit, funds_of, leaving_change
from members.patronage.errors import StripeRefused, StripeResting
from members.patronage.models import Checkout, CreditTaking, Payment, Period, Price, Subscription
from members.patronage.refunding import KEY_LASTS
from newsroom.lib import outbox
from newsroom.lib.models import AuditEntry
from newsroom.lib.money import Money
from newsroom.site.followups import follow_up
from tests.members.patronage.conftest import receive
from tests.members.patronage.crediting import change_a_year_to_months

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_no_fault_left")]
CREDITS = "/v1/customers/*/balance_transactions"


@pytest.fixture
def year(support, sandbox, member):
    return change_a_year_to_months(support, sandbox, member)


@pytest.fixture
def give_back(year, manager, sandbox):
    def make(amount=5000):
        row = refunding.ask_refund(
            user=manager, payment=year, amount=amount, reason="requested_by_customer", key=uuid4()
        )
        refunding.carry_out_refund(row)
        receive(sandbox.events())
        return row

    return make


@pytest.fixture
def unanswered(year, give_back, sandbox):
    """All went back, and Stripe failed in this way when the credit was to be taken; by now it is well again."""

    def make(kind):
        give_back()
        sandbox.control("faults", kind=kind, path=CREDITS, method="POST", count=9)
        with pytest.raises(StripeResting):
            credit_taking.take_credit(subscription_id=year.subscription_id)
        sandbox.control("faults", count=0)

    return make


def follow_up_all():
    for pk in list(outbox.open_rows()):
        follow_up(pk)


def spend(payment, amount):
    """As a bill of another support of the same customer does."""
    customer, moved = payment.subscription.customer.stripe_id, {"amount": amount, "currency": payment.currency}
    stripe_api().customers.balance_transactions.create(customer, moved)


def bill(year, *, days, amount=0, **given):
    """Of the same support, so many days from now, paid for the month that begins then."""
    day = timezone.now() + timedelta(days=days)
    payment = Payment.objects.create(
        subscription=year.subscription, member=year.member, kind="renewal", status="paid", amount=amount,
        currency="eur", stripe_id=f"in_{days}", created_at=day, fetched_at=day, **given,
    )  # fmt: skip
    period = {"tier": year.subscription.tier, "cause": Period.Cause.INVOICE, "member": year.member}
    Period.objects.create(payment=payment, starts_at=day, ends_at=day + timedelta(days=30), **period)
    return payment


def balance():
    return stripe_api().customers.retrieve(Subscription.objects.get().customer.stripe_id).balance


def test_it_knows_what_each_bill_moved_on_the_balance(year):
    changes = Payment.objects.order_by("created_at", "pk").values_list("amount", "balance_change")
    assert set(changes) == {(5000, 0), (0, -4500)}
    assert balance() == -4500 and due_credit(year.subscription) == 0


def test_credit_goes_with_the_money_that_it_came_of(year, give_back):
    give_back()
    follow_up_all()
    assert balance() == 0
    row = CreditTaking.objects.get()
    assert (row.amount, row.state) == (4500, "done") and row.transaction_id.startswith("cbtxn_")


def test_and_so_do_the_rights_that_it_paid_for(year, give_back):
    assert Period.objects.filter(payment__amount=0, revoked_at=None).exists()
    give_back()
    assert not rights.is_patron(year.member)
    assert set(Period.objects.values_list("revoked_why", flat=True)) == {"refunded"}


def test_of_a_part_it_leaves_what_is_still_paid_for(year, give_back):
    give_back(1000)
    follow_up_all()
    assert balance() == -4000 and rights.is_patron(year.member)


def test_it_is_taken_once(year, give_back):
    give_back(2000)
    for _time in range(2):
        credit_taking.take_credit(subscription_id=year.subscription_id)
        follow_up_all()
    assert balance() == -3000 and due_credit(year.subscription) == 0
    give_back(3000)
    follow_up_all()
    assert balance() == 0 and CreditTaking.objects.count() == 2


def test_what_was_spent_meanwhile_is_not_taken(year, give_back):
    bill(year, days=31, balance_change=500)
    give_back(1000)
    assert due_credit(year.subscription) == 500
    give_back(4000)
    assert due_credit(year.subscription) == 4000


def test_only_money_whose_time_ran_on_became_credit(year):
    """Not that of a month that was over, nor what was paid afterwards."""
    bill(year, days=-40, amount=500)
    bill(year, days=31, amount=100, balance_change=400)
    last = bill(year, days=62, balance_change=500)
    assert list(funds_of(last)) == list(funds_of(leaving_change(year.subscription))) == [year]


def test_what_was_taken_before_another_change_is_counted(year, give_back):
    give_back(1000)
    follow_up_all()
    bill(year, days=1, balance_change=-300)
    give_back(4000)
    assert due_credit(year.subscription) == 4500 - 500 + 300


def test_it_never_makes_a_debt_of_credit_that_is_not_there(year, give_back):
    spend(year, 4400)
    give_back()
    follow_up_all()
    assert balance() == 0 and CreditTaking.objects.get().amount == 100


def test_a_refund_that_the_bank_sends_back_brings_both_again(year, give_back, sandbox):
    row = give_back()
    follow_up_all()
    sandbox.control(f"refunds/{row.refund_id}/fail")
    receive(sandbox.events())
    follow_up_all()
    assert balance() == -4500 and rights.is_patron(year.member)
    assert sorted(CreditTaking.objects.values_list("amount", flat=True)) == [-4500, 4500]


@pytest.mark.parametrize("kind", ["error_after", "cut_after", "error_kept", "error", "cut", "rate_limit"])
def test_it_is_done_once_whatever_stripe_answered(year, unanswered, kind):
    unanswered(kind)
    assert CreditTaking.objects.get().state == "new"
    credit_taking.take_credit(subscription_id=year.subscription_id)
    assert balance() == 0 and CreditTaking.objects.get().state == "done"


def test_what_was_done_a_day_ago_without_an_answer_is_found(year, unanswered):
    unanswered("cut_after")
    CreditTaking.objects.update(created_at=timezone.now() - KEY_LASTS - timedelta(hours=1))
    credit_taking.take_credit(subscription_id=year.subscription_id)
    assert balance() == 0 and CreditTaking.objects.get().state == "done"


def test_a_refund_that_came_and_went_unseen_hides_no_later_one(year, give_back, sandbox):
    """The worker comes when nothing is due any more; then as much is due as before."""
    sandbox.control(f"refunds/{give_back().refund_id}/fail")
    receive(sandbox.events())
    follow_up_all()
    assert balance() == -4500 and not CreditTaking.objects.exists()
    give_back()
    follow_up_all()
    assert balance() == 0


def test_more_that_goes_back_while_some_is_being_taken_is_taken_too(year, give_back, monkeypatch):
    """Its worker finds the first one's row, and both have done their part before either looks again."""
    make = credit_taking._make

    def make_and_be_late(row, number):
        made = make(row, number)
        monkeypatch.setattr(credit_taking, "_make", make)
        give_back(4000)
        follow_up_all()
        return made

    monkeypatch.setattr(credit_taking, "_make", make_and_be_late)
    give_back(1000)
    follow_up_all()
    assert balance() == 0 and due_credit(year.subscription) == 0
    assert sorted(CreditTaking.objects.values_list("amount", "state")) == [(500, "done"), (4000, "done")]


def test_what_another_bill_spent_while_it_was_on_its_way_is_put_back(year, unanswered):
    unanswered("cut")
    spend(year, 500)
    credit_taking.take_credit(subscription_id=year.subscription_id)
    assert balance() == 0 and sorted(CreditTaking.objects.values_list("amount", flat=True)) == [-500, 4500]


def test_and_so_is_what_its_own_bill_spent_once(year, unanswered, sandbox):
    unanswered("cut")
    sandbox.control(f"subscriptions/{year.subscription.stripe_id}/renew")
    credit_taking.take_credit(subscription_id=year.subscription_id)
    receive(sandbox.events())
    follow_up_all()
    assert balance() == 0 and due_credit(year.subscription) == 0
    assert sorted(CreditTaking.objects.values_list("amount", "state")) == [(-500, "done"), (4500, "done")]


def test_nothing_is_taken_of_a_customer_that_stripe_has_forgotten(year, give_back):
    give_back()
    stripe_api().customers.delete(year.subscription.customer.stripe_id)
    credit_taking.take_credit(subscription_id=year.subscription_id)
    assert not CreditTaking.objects.exists()


def test_what_stripe_refuses_is_begun_anew(year, give_back, sandbox):
    give_back()
    sandbox.control("faults", kind="error", status=400, path=CREDITS, method="POST", count=1)
    with pytest.raises(StripeRefused):
        credit_taking.take_credit(subscription_id=year.subscription_id)
    row = CreditTaking.objects.get()
    assert row.state == "failed" and row.error and row.finished_at and due_credit(year.subscription) == 4500
    follow_up_all()
    assert balance() == 0 and sorted(CreditTaking.objects.values_list("state", flat=True)) == ["done", "failed"]


def test_nothing_is_asked_where_one_key_ends_and_the_next_begins(year, unanswered):
    """What was asked at the last moment may not stand in the list yet."""
    unanswered("cut_after")
    CreditTaking.objects.update(created_at=timezone.now() - KEY_LASTS - timedelta(minutes=5))
    with pytest.raises(StripeResting):
        credit_taking.take_credit(subscription_id=year.subscription_id)
    assert CreditTaking.objects.get().state == "new"


def test_what_was_never_done_is_asked_for_a_day_later_under_another_key(year, unanswered):
    """Whoever heard that Stripe had failed ended before it was noted, and Stripe may still know the old key."""
    unanswered("error_kept")
    CreditTaking.objects.update(refusals=0, created_at=timezone.now() - KEY_LASTS - timedelta(hours=1))
    credit_taking.take_credit(subscription_id=year.subscription_id)
    assert balance() == 0 and CreditTaking.objects.get().state == "done"


def test_a_row_that_another_worker_began_meanwhile_is_carried_out(year, give_back, monkeypatch):
    ask = credit_taking.ask

    def ask_and_be_late(question):
        found = ask(question)
        if not CreditTaking.objects.exists():
            CreditTaking.objects.create(subscription=year.subscription, amount=500, currency="eur")
        return found

    give_back()
    monkeypatch.setattr(credit_taking, "ask", ask_and_be_late)
    credit_taking.take_credit(subscription_id=year.subscription_id)
    assert balance() == 0
    assert sorted(CreditTaking.objects.values_list("amount", "state")) == [(500, "done"), (4000, "done")]


def test_the_trail_says_what_was_taken_and_put_back(year, give_back, sandbox):
    row = give_back(1000)
    follow_up_all()
    sandbox.control(f"refunds/{row.refund_id}/fail")
    receive(sandbox.events())
    follow_up_all()
    told = AuditEntry.objects.filter(action__startswith="support.credit_", target_id=str(year.subscription_id))
    said = [(entry.action, entry.details["amount"]) for entry in told.order_by("pk")]
    assert said == [("support.credit_taken", 500), ("support.credit_put_back", 500)]


def test_it_goes_with_money_that_a_bank_took(year, sandbox):
    intent = stripe_api().payment_intents.retrieve(year.payment_intent_id)
    dispute = sandbox.control(f"charges/{intent.latest_charge}/dispute")["id"]
    receive(sandbox.events())
    follow_up_all()
    assert balance() == -4500
    sandbox.control(f"disputes/{dispute}/end", outcome="lost")
    receive(sandbox.events())
    follow_up_all()
    assert balance() == 0


def test_in_the_currency_that_it_is_in(year, prices, sandbox, make_member):
    for interval, amount in (("month", 800), ("year", 8000)):
        Price.objects.create(tier=prices, amount=amount, currency="jpy", interval=interval)
    other = make_member("yen@example.org")
    checkout.open_checkout(member=other, frequency="year", money=Money(8000, "jpy"), language="en")
    sandbox.pay(Checkout.objects.latest("id").stripe_id, other.email)
    receive(sandbox.events())
    change = changing.propose_change(member=other, money=Money(800, "jpy"), interval="month")
    changing.confirm_change(change=change)
    receive(sandbox.events())
    paid = Payment.objects.get(member=other, amount=8000)
    stripe_api().refunds.create({"payment_intent": paid.payment_intent_id})
    receive(sandbox.events())
    follow_up_all()
    row = CreditTaking.objects.get()
    assert (row.amount, row.currency, row.state) == (7200, "jpy", "done")
    assert stripe_api().customers.retrieve(paid.subscription.customer.stripe_id).balance == 0


def test_a_code_that_leaves_nothing_to_pay_is_no_credit(support, member):
    support("month", member=member, email=member.email)
    payment = Payment.objects.get()
    assert payment.balance_change == 0 and due_credit(payment.subscription) == 0

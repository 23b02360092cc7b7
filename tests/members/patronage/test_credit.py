"""A year that became months: the credit that is left at Stripe, and the rights that it pays for, go with its money."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from members.patronage import changing, credit_taking, refunding, rights
from members.patronage.client import stripe_api
from members.patronage.credit import due_credit
from members.patronage.errors import StripeResting
from members.patronage.models import CreditTaking, Payment, Period, Subscription
from members.patronage.refunding import KEY_LASTS
from newsroom.lib import outbox
from newsroom.lib.money import Money
from newsroom.site.followups import follow_up
from tests.members.patronage.conftest import receive

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_no_fault_left")]
CREDITS = "/v1/customers/*/balance_transactions"


@pytest.fixture
def year(support, sandbox, member):
    """The payment of a year of €50 that was changed at once to €5 a month: €45 are left."""
    support("year", 5000, member=member, email=member.email)
    change = changing.propose_change(member=member, money=Money(500, "eur"), interval="month")
    changing.confirm_change(change=change)
    receive(sandbox.events())
    return Payment.objects.get(amount=5000)


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


def follow_up_all():
    for pk in list(outbox.open_rows()):
        follow_up(pk)


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
    Payment.objects.create(
        subscription=year.subscription, member=year.member, kind="renewal", status="paid", amount=0, currency="eur",
        balance_change=500, stripe_id="in_spent", created_at=timezone.now() + timedelta(days=31),
        fetched_at=timezone.now(),
    )  # fmt: skip
    give_back(1000)
    assert due_credit(year.subscription) == 500
    give_back(4000)
    assert due_credit(year.subscription) == 4000


def test_it_never_makes_a_debt_of_credit_that_is_not_there(year, give_back):
    customer = year.subscription.customer.stripe_id
    stripe_api().customers.balance_transactions.create(customer, {"amount": 4400, "currency": "eur"})
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


@pytest.mark.parametrize("kind", ["error_after", "cut_after", "error_kept"])
def test_it_is_done_once_whatever_stripe_answered(year, give_back, sandbox, kind):
    give_back()
    sandbox.control("faults", kind=kind, path=CREDITS, method="POST", count=9)
    with pytest.raises(StripeResting):
        credit_taking.take_credit(subscription_id=year.subscription_id)
    sandbox.control("faults", count=0)
    assert CreditTaking.objects.get().state == "new"
    credit_taking.take_credit(subscription_id=year.subscription_id)
    assert balance() == 0 and CreditTaking.objects.get().state == "done"


def test_what_was_done_a_day_ago_without_an_answer_is_found(year, give_back, sandbox):
    give_back()
    sandbox.control("faults", kind="cut_after", path=CREDITS, method="POST", count=9)
    with pytest.raises(StripeResting):
        credit_taking.take_credit(subscription_id=year.subscription_id)
    sandbox.control("faults", count=0)
    CreditTaking.objects.update(created_at=timezone.now() - KEY_LASTS - timedelta(hours=1))
    credit_taking.take_credit(subscription_id=year.subscription_id)
    assert balance() == 0 and CreditTaking.objects.get().state == "done"


def test_nothing_is_taken_of_a_customer_that_stripe_has_forgotten(year, give_back):
    give_back()
    stripe_api().customers.delete(year.subscription.customer.stripe_id)
    credit_taking.take_credit(subscription_id=year.subscription_id)
    assert not CreditTaking.objects.exists()


def test_a_code_that_leaves_nothing_to_pay_is_no_credit(support, member):
    support("month", member=member, email=member.email)
    payment = Payment.objects.get()
    assert payment.balance_change == 0 and due_credit(payment.subscription) == 0

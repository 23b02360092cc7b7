"""A debit that is under way when its payer withdraws, or ends a second support: the bank pays days after the click, and
what it pays goes back."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from members.patronage import declarations, doubles, refunding, repairing
from members.patronage.client import stripe_api
from members.patronage.models import Declaration, DeclaredEffect, Double, Gift, Payment, Period, Refund, Subscription
from members.patronage.rights import is_patron
from newsroom.lib.models import Letter
from tests.members.patronage.conftest import OUR_PAGE, receive
from tests.members.patronage.declaring import WITHDRAW, declare, mailed_link, page_of, press, receipts
from tests.members.patronage.gifts import begin_gift
from tests.members.patronage.life import let_debit

pytestmark = pytest.mark.django_db
READER, ACCOUNT = "reader@example.org", "DE89370400440532013000"
CONDITION = "Should your bank still pay"


@pytest.fixture
def under_way(begin, sandbox):
    """Given from a bank account; the bank has not answered."""

    def make(row=None, frequency="month", amount=500):
        row = let_debit(row or begin(frequency, amount))
        sandbox.pay(row.stripe_id, READER, card=ACCOUNT)
        receive(sandbox.events())

    return make


@pytest.fixture
def settle(sandbox):
    """The bank's answer, days later."""

    def make(**given):
        charge = stripe_api().charges.list({"limit": 1}).data[0].id
        sandbox.control(f"charges/{charge}/settle", **given)
        receive(sandbox.events())

    return make


@pytest.fixture
def answer(settle, sandbox):
    """And then the clock's sweeps."""

    def make(**given):
        settle(**given)
        sweep()
        receive(sandbox.events())

    return make


def sweep():
    long_ago = timezone.now() - timedelta(minutes=5)
    DeclaredEffect.objects.update(checked_at=long_ago)
    declarations.sweep_declarations()
    refunding.sweep_refunds()
    repairing.sweep_repairs()


def withdraw():
    """The page before the click, and the one after it."""
    declare(WITHDRAW, READER)
    return page_of(mailed_link()), press(mailed_link()).content.decode()


def kinds():
    return set(Letter.objects.exclude(kind="members/declaration_confirm").values_list("kind", flat=True))


def test_support_that_was_withdrawn_from_gives_back_what_the_bank_pays_later(under_way, answer):
    under_way()
    before, after = withdraw()
    assert "€5 a month ends at once" in before and f"{CONDITION} €5, it goes back" in before
    assert "Banks take some days for a debit" in after and f"{CONDITION} €5" in receipts().get().text
    sweep()
    assert Declaration.objects.get().state == "confirmed" and not Refund.objects.exists()
    answer()
    payment = Payment.objects.get()
    assert (payment.amount, payment.refunded) == (500, 500) and Declaration.objects.get().state == "done"
    assert Subscription.objects.get().status == "canceled" and not is_patron(payment.member)
    assert Period.objects.get().revoked_why == "refunded"
    assert kinds() == {"members/declaration_receipt", "members/receipt"}  # nobody is welcomed who has withdrawn
    assert "€5 goes back" in page_of(mailed_link())


def test_a_single_gift_goes_back_when_the_bank_has_paid_it(under_way, answer):
    under_way(frequency="once", amount=900)
    before, _after = withdraw()
    assert f"{CONDITION} €9" in before and "no contract" not in before
    answer()
    sweep()
    assert [refund.amount for refund in Refund.objects.all()] == [900] and Declaration.objects.get().state == "done"
    assert kinds() == {"members/declaration_receipt", "members/receipt"}


def test_nothing_goes_back_when_the_bank_refuses(under_way, answer):
    under_way(frequency="once", amount=900)
    withdraw()
    answer(failed=1)
    assert Declaration.objects.get().state == "done" and not Refund.objects.exists()
    assert "Your bank did not pay €9, so nothing has to go back." in page_of(mailed_link())


def test_a_bill_that_stays_open_is_waited_for_a_month_and_no_longer(under_way, answer):
    under_way()
    withdraw()
    answer(failed=1)
    assert Payment.objects.get().status == "open" and Declaration.objects.get().state == "confirmed"
    Declaration.objects.update(made_at=timezone.now() - timedelta(days=31))
    sweep()
    assert Declaration.objects.get().state == "done" and not Refund.objects.exists()


def test_a_gift_for_somebody_else_is_not_handed_over_by_who_has_withdrawn(prices, under_way, answer):
    _address, gift = begin_gift()
    under_way(row=gift.checkout)
    before, _after = withdraw()
    assert CONDITION in before
    answer()
    assert Gift.objects.get().state == "withdrawn" and Payment.objects.get().refunded == gift.checkout.amount
    assert "members/gift" not in kinds()


def test_a_debit_under_way_is_promised_once(under_way):
    under_way()
    declare(WITHDRAW, READER)
    first = mailed_link()
    declare(WITHDRAW, READER)
    second = mailed_link()
    press(first)
    assert press(second).status_code == 409 and DeclaredEffect.objects.filter(kind="refund").count() == 1


@pytest.fixture
def twice(support, under_way):
    """The second one is paid by debit, on its way."""
    support("month", email=READER)
    under_way()
    return Double.objects.get()


def repair(pair):
    path = doubles.repair_address(pair, "en").partition("://")[2].partition("/")[2]
    return Client(**OUR_PAGE).post(f"/{path}", {"repair": "1"}).content.decode()


def test_a_second_support_that_was_ended_gives_back_what_the_bank_pays_later(twice, answer):
    assert f"{CONDITION} €5 for it, it goes back." in repair(twice)
    twice.refresh_from_db()
    assert twice.state == "repaired" and not Refund.objects.exists()
    assert CONDITION in Letter.objects.get(kind="members/double_repaired").text
    answer()
    sweep()
    late = Payment.objects.get(subscription=twice.second)
    assert late.refunded == late.amount == 500 and late.refund_requests.count() == 1
    assert Payment.objects.get(subscription=twice.first).refunded == 0
    assert Period.objects.get(payment=late).revoked_why == "refunded" and is_patron(twice.first.member)


def test_what_the_desk_gave_back_of_it_is_left_to_the_desk(twice, settle, manager):
    repair(twice)
    settle()
    late = Payment.objects.get(subscription=twice.second)
    refunding.carry_out_refund(
        refunding.ask_refund(user=manager, payment=late, amount=200, reason="requested_by_customer", key=twice.key)
    )
    sweep()
    assert Payment.objects.get(pk=late.pk).refunded == 200

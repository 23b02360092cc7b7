"""Withdrawing within 14 days: all that was paid goes back and support ends; later it can be ended."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from members.patronage import carrying_out, declarations, refunding
from members.patronage.client import stripe_api
from members.patronage.models import (
    Declaration,
    DeclaredEffect,
    Payment,
    Refund,
    RefundRequest,
    Subscription,
    SupportChange,
)
from members.patronage.rights import is_patron
from members.patronage.withdrawing import is_in_time, last_day
from tests.members.patronage.conftest import receive
from tests.members.patronage.declaring import WITHDRAW, declare, mailed_link, page_of, press, receipts
from tests.members.patronage.test_together import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_no_fault_left")]
READER = "reader@example.org"


@pytest.fixture
def subscription(bought):
    bought("month")
    return Subscription.objects.get()


def at_stripe(subscription):
    return stripe_api().subscriptions.retrieve(subscription.stripe_id)


def refunds_at_stripe():
    intent = Payment.objects.get().payment_intent_id
    return stripe_api().refunds.list({"payment_intent": intent}).data


def make_old(days):
    """As if all had been paid so long ago."""
    past = timezone.now() - timedelta(days=days)
    Payment.objects.update(paid_at=past)


@pytest.mark.parametrize(
    ("concluded", "last"),
    [
        ("2026-06-01T10:00", "2026-06-15"),  # a Monday: the day itself is not counted
        ("2026-06-05T10:00", "2026-06-19"),
        ("2026-06-06T10:00", "2026-06-22"),  # the 14th day is a Saturday: Monday counts
        ("2026-06-07T10:00", "2026-06-22"),  # a Sunday
    ],
)
def test_the_last_day_counts_whole_and_is_a_working_day(concluded, last):
    moment = datetime.fromisoformat(concluded).replace(tzinfo=UTC)
    assert last_day(moment).isoformat() == last


def test_the_day_is_the_newsrooms(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    concluded = datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert is_in_time(concluded, datetime(2026, 6, 15, 21, 59, tzinfo=UTC))  # 23:59 in Berlin
    assert not is_in_time(concluded, datetime(2026, 6, 15, 22, 0, tzinfo=UTC))


def test_it_gives_all_back_and_ends_at_once(subscription, sandbox):
    declare(WITHDRAW, READER)
    page = page_of(mailed_link())
    assert "€5 a month ends at once" in page and "€5 goes back" in page and "Confirm withdrawal" in page
    assert not refunds_at_stripe()
    shown = press(mailed_link()).content.decode()
    assert "I withdraw from the contract" in shown and shown.count("It is done.") == 2
    assert at_stripe(subscription).status == "canceled"
    assert [refund.amount for refund in refunds_at_stripe()] == [500]
    letter = receipts().get()
    assert "€5 goes back" in letter.text and "ends at once" in letter.text and READER in letter.text
    receive(sandbox.events())
    row = Declaration.objects.get()
    assert row.state == "done" and not is_patron(row.member) and Payment.objects.get().refunded == 500


def test_it_gives_a_single_gift_back(bought):
    bought("once", 700)
    declare(WITHDRAW, Payment.objects.get().number)
    assert "€7 goes back" in page_of(mailed_link())
    press(mailed_link())
    assert Refund.objects.get().amount == 700 and not SupportChange.objects.exists()


def test_after_14_days_it_says_so_and_offers_the_end(subscription):
    make_old(days=17)
    declare(WITHDRAW, READER)
    page = page_of(mailed_link())
    assert "the 14 days for a withdrawal were over on" in page and "You can end it instead" in page
    assert press(mailed_link()).status_code == 409 and not refunds_at_stripe()
    done = press(mailed_link(), **{"as": "end"}).content.decode()
    assert "so you chose to end it instead" in done and "ends on" in done
    found = at_stripe(subscription)
    assert found.status == "active" and found.cancel_at_period_end and not refunds_at_stripe()
    assert Declaration.objects.get().carried_as == "end" and "so you chose to end it" in receipts().get().text


def test_the_form_counts_and_not_the_click(subscription):
    declare(WITHDRAW, READER)
    Payment.objects.update(paid_at=timezone.now() - timedelta(days=17))
    Declaration.objects.update(made_at=timezone.now() - timedelta(days=5))
    press(mailed_link())
    assert [refund.amount for refund in refunds_at_stripe()] == [500]


def test_it_tells_a_donor_that_it_is_too_late(bought):
    bought("once", 700)
    make_old(days=17)
    declare(WITHDRAW, READER)
    page = page_of(mailed_link())
    assert "You gave €7 on" in page and "were over on" in page and "<button" not in page


def test_it_tells_a_member_without_a_contract(member):
    declare(WITHDRAW, member.email)
    assert "no contract belongs to this address" in page_of(mailed_link())


def test_what_went_back_already_does_not_go_twice(subscription, manager):
    row = refunding.ask_refund(
        user=manager, payment=Payment.objects.get(), amount=200, reason="requested_by_customer", key=uuid4(),
    )  # fmt: skip
    refunding.carry_out_refund(row)
    declare(WITHDRAW, READER)
    assert "€3 goes back" in page_of(mailed_link())
    press(mailed_link())
    assert sorted(refund.amount for refund in refunds_at_stripe()) == [200, 300]


def test_two_declarations_give_back_once(subscription):
    declare(WITHDRAW, READER)
    first = mailed_link()
    declare(WITHDRAW, READER)
    second = mailed_link()
    press(first)
    assert press(second).status_code == 409
    assert len(refunds_at_stripe()) == RefundRequest.objects.count() == receipts().count() == 1


def test_stripe_silent_stays_asked_and_is_swept(subscription, sandbox):
    sandbox.control("faults", kind="cut_after", path="/v1/refunds", method="POST", count=9)
    declare(WITHDRAW, READER)
    page = press(mailed_link()).content.decode()
    assert "wait for its answer" in page and "€5 goes back" in receipts().get().text
    assert at_stripe(subscription).status == "canceled"  # what is answered goes on
    sandbox.control("faults", count=0)
    long_ago = timezone.now() - timedelta(minutes=5)
    RefundRequest.objects.update(created_at=long_ago)
    DeclaredEffect.objects.update(checked_at=long_ago)
    refunding.sweep_refunds()
    declarations.sweep_declarations()
    assert Declaration.objects.get().state == "done"
    assert (len(refunds_at_stripe()), receipts().count()) == (1, 1)


def test_an_unknown_refund_waits_for_a_person(subscription, manager, sandbox):
    sandbox.control("faults", kind="cut_after", path="/v1/refunds", method="POST", count=9)
    declare(WITHDRAW, READER)
    press(mailed_link())
    RefundRequest.objects.update(state="unknown")
    DeclaredEffect.objects.update(checked_at=timezone.now() - timedelta(minutes=5))
    declarations.sweep_declarations()
    row = Declaration.objects.get()
    assert row.state == "failed"
    with pytest.raises(declarations.PatronageError, match="look at Stripe"):
        declarations.retry_declaration(user=manager, declaration=row)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_give_back_once(bought):
    bought("month")
    declare(WITHDRAW, READER)
    link = mailed_link()
    at_once(*[lambda: press(link)] * 4)
    long_ago = timezone.now() - timedelta(minutes=5)
    DeclaredEffect.objects.update(checked_at=long_ago)
    SupportChange.objects.update(checked_at=long_ago)
    carrying_out.sweep_changes()
    declarations.sweep_declarations()
    assert Declaration.objects.get().state == "done"
    assert (len(refunds_at_stripe()), RefundRequest.objects.count()) == (1, 1)
    assert (SupportChange.objects.count(), receipts().count()) == (1, 1)


def test_a_stranger_finds_nothing_behind_a_guessed_link():
    for answer in (Client().get("/support/declaration/guessed/"), Client().post("/support/declaration/guessed/")):
        assert answer.status_code == 404

"""Another amount or interval: shown first, made once, by its owner alone, and right whatever Stripe's answer was."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.patronage import carrying_out, changing
from members.patronage.client import stripe_api
from members.patronage.models import Payment, Period, Price, Subscription, SupportChange, Tier
from newsroom.lib.models import AuditEntry
from newsroom.lib.money import Money
from tests.members.patronage.conftest import receive
from tests.sign_in import sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_no_fault_left")]
CHANGE = reverse("members:change-support")
State = SupportChange.State
MORE = {"frequency": "month", "amount_month": "1000"}
YEARLY = {"frequency": "year", "amount_year": "5000"}


@pytest.fixture
def patronage(support, sandbox, member):
    """The member gives €5 a month."""
    support("month", member=member, email=member.email)
    return Subscription.objects.get()


@pytest.fixture
def beacon(db):
    tier = Tier.objects.create(key="beacon", name="Beacon", position=2, votes_per_round=9)
    Price.objects.create(tier=tier, amount=1000, currency="eur", interval="month")
    return tier


def at_stripe(subscription):
    item = stripe_api().subscriptions.retrieve(subscription.stripe_id)["items"].data[0]
    return item.price.unit_amount, item.price.recurring.interval


def invoices_of(subscription):
    return stripe_api().invoices.list({"subscription": subscription.stripe_id}).data


def latest_amount():
    return Payment.objects.order_by("created_at", "pk").last().amount  # Stripe's times are whole seconds


def shown(client, **data):
    answer = client.post(CHANGE, data)
    assert answer.status_code == 303, answer.content.decode()
    return answer["Location"]


def make_stale(change):
    """As if it had been asked for a while ago."""
    SupportChange.objects.filter(pk=change.pk).update(checked_at=timezone.now() - timedelta(minutes=5))


def test_it_shows_what_is_charged_before_it_is_charged(patronage, member_client):
    page = member_client.get(shown(member_client, **MORE)).content.decode()
    assert "€10 a month instead?" in page and "Change it and pay €5" in page
    assert at_stripe(patronage) == (500, "month") and len(invoices_of(patronage)) == 1
    assert SupportChange.objects.get().state == State.SHOWN


def test_it_charges_what_was_shown_and_gives_the_higher_tier(patronage, beacon, member, member_client, sandbox):
    address = shown(member_client, **MORE)
    due = SupportChange.objects.get().due_now
    page = member_client.post(address, follow=True).content.decode()
    assert "Your support is changed" in page and "You give €10 a month." in page
    receive(sandbox.events())
    assert at_stripe(patronage) == (1000, "month")
    assert latest_amount() == due and 0 < due <= 500
    assert Period.objects.running().filter(member=member, tier=beacon).exists()
    patronage.refresh_from_db()
    assert (patronage.amount, patronage.tier) == (1000, beacon)


@pytest.mark.parametrize("first_back", ["what began", "what was added"])
def test_each_payment_of_a_period_takes_back_what_it_brought(
    patronage, prices, beacon, member, member_client, sandbox, first_back
):
    """What was added for the dearer tier stays while its money does, whatever became of what began the period."""
    began = Payment.objects.get()
    member_client.post(shown(member_client, **MORE))
    receive(sandbox.events())
    added = Payment.objects.exclude(pk=began.pk).get()
    order = [began, added] if first_back == "what began" else [added, began]
    for payment in order:
        stripe_api().refunds.create({"payment_intent": payment.payment_intent_id})
        receive(sandbox.events())
        left = Period.objects.running().filter(member=member)
        tiers = [] if payment == order[1] else [beacon if payment == began else prices]
        assert [period.tier for period in left] == tiers


def test_it_takes_nothing_for_less_and_begins_with_the_next_payment(patronage, prices, member_client, sandbox):
    Price.objects.create(tier=Tier.objects.create(key="cup", name="Cup"), amount=300, currency="eur", interval="month")
    page = member_client.get(address := shown(member_client, frequency="month", amount_month="300")).content.decode()
    assert "The new amount begins with the next payment" in page and "nothing" in page
    member_client.post(address)
    assert at_stripe(patronage) == (300, "month") and len(invoices_of(patronage)) == 1
    sandbox.control(f"subscriptions/{patronage.stripe_id}/renew")
    assert {invoice.amount_paid for invoice in invoices_of(patronage)} == {500, 300}


def test_it_counts_the_month_that_was_paid_towards_the_year(patronage, member_client, sandbox):
    address = shown(member_client, **YEARLY)
    change = SupportChange.objects.get()
    assert 4400 < change.due_now <= 5000 and change.next_at > timezone.now() + timedelta(days=360)
    member_client.post(address)
    receive(sandbox.events())
    assert at_stripe(patronage) == (5000, "year")
    assert latest_amount() == change.due_now
    assert Period.objects.latest("ends_at").ends_at > timezone.now() + timedelta(days=360)


def test_it_keeps_what_is_left_of_a_year_for_later_months(support, member, member_client, sandbox):
    support("year", 5000, member=member, email=member.email)
    page = member_client.get(address := shown(member_client, **{**MORE, "amount_month": "500"})).content.decode()
    assert "Left over for later payments" in page and SupportChange.objects.get().credit > 4000
    member_client.post(address)
    receive(sandbox.events())
    assert Payment.objects.count() == 2 and latest_amount() == 0


def test_it_leaves_the_old_price_to_others(patronage, bought, stranger, member_client):
    bought("month", member=stranger)
    other = Subscription.objects.get(member=stranger)
    member_client.post(shown(member_client, **MORE))
    assert at_stripe(other) == (500, "month") and at_stripe(patronage) == (1000, "month")


def test_it_makes_a_change_once_however_often_it_is_confirmed(patronage, member_client):
    address = shown(member_client, **MORE)
    for _click in range(3):
        assert member_client.post(address).status_code == 302
    assert len(invoices_of(patronage)) == 2
    assert AuditEntry.objects.filter(action="support.terms_done").count() == 1


@pytest.mark.django_db(transaction=True)
def test_it_makes_a_change_once_for_eight_clicks_at_once(patronage, member, member_client):
    address = shown(member_client, **MORE)
    start = threading.Barrier(8)
    codes = []

    def click():
        client = Client()
        sign_in(client, member)
        start.wait()
        codes.append(client.post(address).status_code)
        connection.close()

    threads = [threading.Thread(target=click) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [302] * 8 and len(invoices_of(patronage)) == 2 and at_stripe(patronage) == (1000, "month")


@pytest.mark.parametrize("kind", ["error_after", "error", "cut_after", "cut", "error_kept", "rate_limit"])
def test_it_ends_right_whatever_stripe_answered(patronage, member_client, sandbox, monkeypatch, kind):
    monkeypatch.setattr("members.patronage.client.RETRIES", 0)
    address = shown(member_client, **MORE)
    sandbox.control("faults", kind=kind, method="POST", path=f"/v1/subscriptions/{patronage.stripe_id}", count=3)
    page = member_client.post(address, follow=True).content.decode()
    change = SupportChange.objects.get()
    assert change.state == State.ASKED and "Your wish is written down" in page and "wait for its answer" in page
    sandbox.control("faults", count=0)
    for _sweep in range(2):
        make_stale(change)
        carrying_out.sweep_changes()
    change.refresh_from_db()
    assert change.state == State.DONE and at_stripe(patronage) == (1000, "month")
    assert len(invoices_of(patronage)) == 2


def test_it_keeps_its_key_while_the_first_request_is_at_work(patronage, member_client, sandbox, monkeypatch):
    """Under another one it could be done twice."""
    monkeypatch.setattr("members.patronage.client.RETRIES", 0)
    address = shown(member_client, **MORE)
    path = f"/v1/subscriptions/{patronage.stripe_id}"
    sandbox.control("faults", kind="error", status=409, method="POST", path=path, count=3)
    assert "Your wish is written down" in member_client.post(address, follow=True).content.decode()
    change = SupportChange.objects.get()
    assert (change.state, change.refusals) == (State.ASKED, 0)


def test_it_gives_up_what_costs_money_and_was_not_done_for_hours(patronage, member_client, sandbox):
    change = changing.propose_change(member=patronage.member, money=Money(1000, "eur"), interval="month")
    long_ago = timezone.now() - timedelta(hours=3)
    SupportChange.objects.filter(pk=change.pk).update(state=State.ASKED, asked_at=long_ago, checked_at=long_ago)
    carrying_out.sweep_changes()
    change.refresh_from_db()
    assert change.state == State.FAILED and at_stripe(patronage) == (500, "month")


def test_it_changes_nothing_when_the_bank_refuses(patronage, member_client, sandbox):
    address = shown(member_client, **MORE)
    sandbox.control(f"subscriptions/{patronage.stripe_id}/fail", card="4000000000009995")
    page = member_client.post(address, follow=True).content.decode()
    assert "Your bank refused the payment, so nothing was changed" in page and "You give €5 a month." in page
    assert at_stripe(patronage) == (500, "month") and SupportChange.objects.get().state == State.FAILED


def test_it_shows_again_what_was_shown_too_long_ago(patronage, member_client):
    address = shown(member_client, **MORE)
    SupportChange.objects.update(created_at=timezone.now() - timedelta(minutes=31))
    again = f"{CHANGE}?support={patronage.pk}"
    assert member_client.get(address)["Location"] == again
    assert member_client.post(address)["Location"] == again and at_stripe(patronage) == (500, "month")


def test_it_shows_again_what_another_change_has_overtaken(patronage, member_client):
    first, second = shown(member_client, **MORE), shown(member_client, **YEARLY)
    member_client.post(second)
    assert member_client.post(first)["Location"].startswith(f"{CHANGE}?support=")
    assert at_stripe(patronage) == (5000, "year")


def test_it_makes_one_change_at_a_time(patronage, member_client):
    first = changing.propose_change(member=patronage.member, money=Money(2000, "eur"), interval="month")
    SupportChange.objects.filter(pk=first.pk).update(state=State.ASKED, asked_at=timezone.now())
    page = member_client.post(shown(member_client, **MORE), follow=True).content.decode()
    assert "still being made" in page and at_stripe(patronage) == (500, "month")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"frequency": "month", "amount_month": "500"}, "That is what you give already."),
        ({"frequency": "month", "amount_month": "499"}, "The least we can take is €5."),
        ({"frequency": "month", "amount_month": "other", "other_amount": "4,99"}, "The least we can take is €5."),
        ({"frequency": "month", "amount_month": "other"}, "Please write the amount"),
        ({"frequency": "once", "amount_once": "500"}, "Select a valid choice"),
        ({"frequency": "month", "amount_month": "²"}, "Please write the amount"),
        ({}, "Please choose how often."),
    ],
)
def test_it_refuses_with_a_sentence_and_keeps_what_was_typed(patronage, member_client, data, words):
    answer = member_client.post(CHANGE, data)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert data.get("other_amount", "") in answer.content.decode() and not SupportChange.objects.exists()


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        ({"cancel_at_period_end": True}, "about to end"),
        ({"status": "paused"}, "is paused"),
        ({"status": "past_due"}, "check your card first"),
    ],
)
def test_it_says_what_has_to_come_first(patronage, member_client, standing, words):
    Subscription.objects.update(**standing)
    assert words in member_client.get(CHANGE, follow=True).content.decode()
    assert member_client.post(CHANGE, MORE).status_code == 302 and not SupportChange.objects.exists()


def test_it_is_the_owner_s_alone(patronage, member_client, stranger_client):
    address = shown(member_client, **MORE)
    assert stranger_client.get(address).status_code == stranger_client.post(address).status_code == 404
    assert Client().get(address).status_code == Client().post(address).status_code == 302
    assert member_client.get(reverse("members:confirm-change", args=[uuid.uuid4()])).status_code == 404
    assert at_stripe(patronage) == (500, "month")


def test_it_says_so_when_stripe_cannot_say_what_it_costs(patronage, member_client, sandbox, monkeypatch):
    monkeypatch.setattr("members.patronage.client.RETRIES", 0)
    sandbox.control("faults", kind="error", path="/v1/invoices/create_preview", count=5)
    answer = member_client.post(CHANGE, {**MORE, "amount_month": "other", "other_amount": "77"})
    assert answer.status_code == 503 and "does not answer" in answer.content.decode()
    assert 'value="77"' in answer.content.decode() and not SupportChange.objects.exists()


def test_it_speaks_ukrainian(patronage, member, member_client):
    page = member_client.get("/uk/account/support/change/").content.decode()
    assert "Змінити" in page and "How much" not in page


def test_it_fills_in_an_amount_of_one_s_own(support, member, member_client):
    support("month", 1250, member=member, email=member.email)
    page = member_client.get(CHANGE).content.decode()
    assert 'value="12.50"' in page and 'name="amount_month" value="other" checked' in page

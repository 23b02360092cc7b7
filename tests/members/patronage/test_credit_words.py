"""What is said of credit that a change left: what it pays, and what becomes of it when support ends."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from members.patronage import changing, declaring, refunding, renewing
from members.patronage.balance import credit_left
from members.patronage.client import stripe_api
from members.patronage.models import Declaration, Payment, Subscription
from members.patronage.withdrawing import foresee
from newsroom.lib import outbox
from newsroom.lib.models import Letter
from newsroom.lib.money import Money
from newsroom.site.followups import follow_up
from tests.members.patronage.conftest import receive

pytestmark = pytest.mark.django_db
RESUME, SUPPORT = reverse("members:resume-support"), reverse("members:my-support")


@pytest.fixture
def row(support, sandbox, member):
    """A year of €50 that was changed at once to €5 a month: €45 are left."""
    support("year", 5000, member=member, email=member.email)
    change = changing.propose_change(member=member, money=Money(500, "eur"), interval="month")
    changing.confirm_change(change=change)
    receive(sandbox.events())
    return Subscription.objects.get()


@pytest.fixture
def paused(row, member_client, sandbox):
    """After the paid time."""
    member_client.post(reverse("members:pause-support"))
    receive(sandbox.events())
    past = timezone.now() - timedelta(days=1)
    Subscription.objects.update(current_period_end=past)
    row.refresh_from_db()
    return row


def declaration(member, kind):
    now = timezone.now()
    return Declaration(member=member, kind=kind, made_at=now, language="en", expires_at=now + timedelta(days=7))


def words_of(client, address):
    return " ".join(client.get(address).content.decode().partition("<main")[2].split())


def test_the_account_says_what_is_left(row, member_client):
    assert credit_left(row) == Money(4500, "eur")
    assert "You have €45 of credit from a change of your support" in words_of(member_client, SUPPORT)


def test_going_on_is_paid_from_it_and_says_so(paused, member_client, sandbox):
    assert "€5 is taken from your credit, and nothing is charged now." in words_of(member_client, RESUME)
    member_client.post(RESUME)
    receive(sandbox.events())
    paused.refresh_from_db()
    assert paused.status == "active" and paused.current_period_end > timezone.now()
    assert credit_left(paused) == Money(4000, "eur") and not Payment.objects.filter(amount=500).exists()


def test_what_it_does_not_pay_is_said_to_be_charged(paused, member_client, sandbox):
    """All but €2 were spent."""
    customer = paused.customer.stripe_id
    stripe_api().customers.balance_transactions.create(customer, {"amount": 4300, "currency": "eur"})
    Payment.objects.filter(balance_change__lt=0).update(balance_change=-200)
    page = words_of(member_client, RESUME)
    assert "€3 is charged now, and €2 is taken from your credit. After that you pay every month from today." in page
    assert "Go on and pay €3" in page
    member_client.post(RESUME)
    receive(sandbox.events())
    assert Payment.objects.filter(amount=300, balance_change=200, status="paid").count() == 1


def test_the_letter_before_a_renewal_names_what_is_taken(row):
    soon = timezone.now() + timedelta(days=5)
    Subscription.objects.update(interval="year", amount=5000, current_period_end=soon)
    renewing.sweep_renewals()
    assert "we take €5 for the next one" in Letter.objects.get(kind="members/renewal_soon").text


def test_a_withdrawal_says_that_it_ends_and_so_it_does(row, member):
    notes = foresee(declaration(member, "withdraw")).notes
    assert notes == ["Your credit of €45 came of what goes back, and ends with it."]
    request = refunding.write_due_refund(
        asked_by=member, payment=Payment.objects.get(amount=5000), amount=5000, key=uuid4()
    )
    refunding.carry_out_refund(request)
    for pk in list(outbox.open_rows()):
        follow_up(pk)
    assert stripe_api().customers.retrieve(row.customer.stripe_id).balance == 0
    assert not credit_left(row).amount


def test_the_receipt_of_a_withdrawal_says_it_too(row, member):
    declared = declaration(member, "withdraw")
    declared.save()
    declaring.confirm_declaration(declaration=declared)
    assert "Your credit of €45 came of what goes back" in Letter.objects.get(kind="members/declaration_receipt").text


def test_whoever_ends_is_told_that_it_is_not_paid_out(row, member, member_client):
    said = "€45 of credit is left from a change of your support. It is not paid out by itself"
    assert any(said in note for note in foresee(declaration(member, "end")).notes)
    assert said in words_of(member_client, reverse("members:end-support"))
    member_client.post(reverse("members:end-support"))
    assert said in words_of(member_client, SUPPORT)


def test_whoever_has_none_reads_nothing_of_it(bought, member, member_client):
    bought("month", member=member)
    assert "credit" not in words_of(member_client, SUPPORT)
    assert not foresee(declaration(member, "withdraw")).notes

"""Checkouts that never end: asked about for a month at most, or as long as Stripe knows them; then the desk hears."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from members.patronage import checkout
from members.patronage.client import stripe_api
from members.patronage.errors import StripeResting
from members.patronage.models import Checkout, Donation
from newsroom.lib.models import AuditEntry
from tests.members.patronage.life import let_debit

pytestmark = pytest.mark.django_db
SLOW = "DE62370400440532013001"  # this bank takes days
WORDS = "1 checkout was given up"


@pytest.fixture
def old(begin):
    """Begun so many days ago, past its end, and asked about some hours ago."""

    def make(days=1, frequency="once", **changes):
        row = begin(frequency)
        return age(row, days, **changes)

    return make


def age(row, days, **changes):
    begun = timezone.now() - timedelta(days=days)
    Checkout.objects.filter(pk=row.pk).update(
        created_at=begun, expires_at=begun + timedelta(minutes=40), checked_at=timezone.now() - timedelta(hours=7),
        **changes,
    )  # fmt: skip
    row.refresh_from_db()
    return row


def swept(row):
    checkout.sweep_checkouts()
    row.refresh_from_db()
    return row.state


def asked(monkeypatch):
    """The ids that Stripe is asked about from now on."""
    ids = []
    fetch = checkout.fetch_session
    monkeypatch.setattr(checkout, "fetch_session", lambda session_id: (ids.append(session_id), fetch(session_id))[1])
    return ids


def test_it_gives_up_at_once_what_stripe_does_not_know(old, monkeypatch, manager_client):
    row = old(stripe_id="cs_test_gone")
    ids = asked(monkeypatch)
    assert swept(row) == "failed" and row.finished_at and row.error.startswith(checkout.GIVEN_UP)
    assert "resource_missing" in row.error or "No such" in row.error
    age(row, 2)
    assert swept(row) == "failed" and ids == ["cs_test_gone"]
    assert AuditEntry.objects.get(action="checkout.given_up").target_id == str(row.pk)
    assert WORDS in manager_client.get(reverse("admin:index")).content.decode()


def test_it_waits_a_month_for_a_bank_and_no_longer(begin, sandbox, monkeypatch):
    row = let_debit(begin("once"))
    sandbox.pay(row.stripe_id, card=SLOW)
    age(row, 29, state="open")
    assert swept(row) == "open"
    age(row, 31)
    assert swept(row) == "failed" and row.error == "It was given up. Stripe still waits for it."
    ids = asked(monkeypatch)
    age(row, 40)
    assert swept(row) == "failed" and ids == []


def test_it_takes_the_money_that_comes_after_all(old, sandbox):
    row = old(31, state="failed", error=checkout.GIVEN_UP)
    sandbox.pay(row.stripe_id)
    assert checkout.take_session(row.stripe_id).state == "paid" and Donation.objects.exists()
    row.refresh_from_db()
    assert row.error == "" and not checkout.given_up_of_late().exists()


@pytest.mark.parametrize(("days", "state"), [(29, "open"), (31, "failed")])
def test_it_asks_no_longer_than_a_month_whatever_the_answer(old, monkeypatch, days, state):
    def rest(session_id):
        raise StripeResting("It does not answer.")

    row = old(days)
    monkeypatch.setattr(checkout, "fetch_session", rest)
    assert swept(row) == state


def test_it_closes_as_before_what_stripe_says_has_ended(old):
    row = old(40)
    stripe_api().checkout.sessions.expire(row.stripe_id)
    assert swept(row) == "expired" and not AuditEntry.objects.filter(action="checkout.given_up").exists()


def test_the_desk_is_told_for_two_weeks(old, manager_client, editor_client):
    assert WORDS not in manager_client.get(reverse("admin:index")).content.decode()
    row = old(stripe_id="cs_test_gone")
    swept(row)
    assert WORDS not in editor_client.get(reverse("admin:index")).content.decode()
    Checkout.objects.update(finished_at=timezone.now() - timedelta(days=15))
    assert WORDS not in manager_client.get(reverse("admin:index")).content.decode()

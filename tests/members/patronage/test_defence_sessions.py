"""Sessions end soon, and a checkout whose bank says no in the end has an end."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from members.patronage import checkout, fetching, reconciling
from members.patronage.client import stripe_api
from members.patronage.models import Checkout, Drift, Payment
from newsroom.lib.money import Money
from tests.members.patronage.conftest import receive

pytestmark = pytest.mark.django_db
IBAN = "DE89370400440532013000"


def in_session(row):
    return stripe_api().checkout.sessions.retrieve(row.stripe_id)


def lose_answer(row):
    Checkout.objects.filter(pk=row.pk).update(
        stripe_id="", state=Checkout.State.NEW, created_at=timezone.now() - timedelta(minutes=3)
    )


def test_it_ends_a_session_after_forty_minutes(begin):
    row = begin("month")
    session = in_session(row)
    assert session.expires_at == int(row.expires_at.timestamp())
    assert timedelta(minutes=38) < row.expires_at - timezone.now() <= timedelta(minutes=40)


def test_it_asks_again_with_the_same_end(begin):
    row = begin("once")
    lose_answer(row)
    checkout.sweep_checkouts()
    row.refresh_from_db()
    assert in_session(row).expires_at == int(row.expires_at.timestamp())
    assert len([one for one in stripe_api().checkout.sessions.list({"limit": 100}).data
                if one.metadata.to_dict().get("checkout") == str(row.key)]) == 1  # fmt: skip


def test_it_asks_for_no_end_in_the_past(begin, monkeypatch):
    row = begin("once")
    lose_answer(row)
    Checkout.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    monkeypatch.setattr(checkout, "stripe_api", _never)
    checkout.sweep_checkouts()
    row.refresh_from_db()
    assert row.state == Checkout.State.FAILED and row.finished_at


def _never():
    raise AssertionError("Stripe was asked.")


def test_it_takes_support_though_the_clocks_are_hours_apart(begin, sandbox):
    """Stripe refuses our end then; it is asked for one of its own."""
    sandbox.control("reset")
    sandbox.control("webhooks/pause")
    sandbox.control("clock", advance="3h")
    row = begin("once")
    assert row.state == Checkout.State.OPEN
    assert in_session(row).expires_at > (timezone.now() + timedelta(hours=20)).timestamp()
    lose_answer(row)
    checkout.sweep_checkouts()
    assert Checkout.objects.get().stripe_id == row.stripe_id
    sandbox.control("reset")
    sandbox.control("webhooks/pause")


def test_it_keeps_the_parameters_of_a_row_from_before(begin):
    """Begun by the release before, asked for again by this one: the same key comes with the same parameters."""
    row = Checkout.objects.get(pk=begin("once").pk)
    row.expires_at = None
    params = checkout._session_params(row, product_id="", customer_id="")
    assert "expires_at" not in params


def test_it_looks_at_an_open_one_soon_after_its_end(begin):
    row = begin("once")
    stripe_api().checkout.sessions.expire(row.stripe_id)
    checkout.sweep_checkouts()
    assert Checkout.objects.get().state == Checkout.State.OPEN
    past = timezone.now() - timedelta(minutes=3)
    Checkout.objects.update(expires_at=past, checked_at=past - timedelta(minutes=30))
    checkout.sweep_checkouts()
    assert Checkout.objects.get().state == Checkout.State.EXPIRED


@pytest.fixture
def debit(begin, sandbox, monkeypatch):
    """Paid by a direct debit, which the bank answers days later."""
    monkeypatch.setattr(checkout, "_session_params", _with_debit(checkout._session_params))

    def make(frequency):
        row = begin(frequency)
        sandbox.pay(row.stripe_id, card=IBAN)
        receive(sandbox.events())
        row.refresh_from_db()
        return row

    return make


def _with_debit(params_of):
    return lambda *args, **named: {**params_of(*args, **named), "payment_method_types": ["card", "sepa_debit"]}


def charge_of(row):
    session = fetching.fetch_session(row.stripe_id).data
    intent = session["payment_intent"] or session["invoice"]["payments"]["data"][0]["payment"]["payment_intent"]
    return stripe_api().payment_intents.retrieve(fetching.id_of(intent)).latest_charge


@pytest.mark.parametrize("frequency", ["once", "month"])
def test_it_ends_a_checkout_whose_bank_refuses(debit, sandbox, frequency):
    row = debit(frequency)
    assert row.state == Checkout.State.OPEN
    sandbox.control(f"charges/{charge_of(row)}/settle", failed=1)
    receive(sandbox.events())
    row.refresh_from_db()
    assert row.state == Checkout.State.FAILED and row.finished_at and "bank" in row.error
    assert "Nothing was paid" in Client().get(f"/support/thanks/?session={row.stripe_id}").content.decode()
    Checkout.objects.update(checked_at=None, created_at=timezone.now() - timedelta(days=3))
    checkout.sweep_checkouts()
    assert Checkout.objects.get().checked_at is None  # it is not asked about again


@pytest.mark.parametrize("frequency", ["once", "month"])
def test_it_waits_for_a_bank_that_takes_days_and_then_pays(debit, sandbox, frequency):
    row = debit(frequency)
    sandbox.control(f"charges/{charge_of(row)}/settle", failed=0)
    receive(sandbox.events())
    row.refresh_from_db()
    assert row.state == Checkout.State.PAID and Payment.objects.filter(paid_at__isnull=False).count() == 1


def test_it_agrees_with_stripe_about_a_refused_debit(debit, sandbox):
    row = debit("once")
    sandbox.control(f"charges/{charge_of(row)}/settle", failed=1)
    receive(sandbox.events())
    reconciling.begin_reconciliation(user=None)
    while reconciling.step_reconciliation():
        pass
    assert not Drift.objects.filter(stripe_id=row.stripe_id).exists()


def test_it_begins_nothing_below_the_least_whatever_calls_it(prices, sandbox):
    from members.patronage.errors import AmountRefused

    for frequency, amount in (("once", 49), ("once", 0), ("month", 499), ("year", 4999), ("week", 500)):
        with pytest.raises(AmountRefused):
            checkout.open_checkout(member=None, frequency=frequency, money=Money(amount, "eur"), language="en")
    assert not Checkout.objects.exists()

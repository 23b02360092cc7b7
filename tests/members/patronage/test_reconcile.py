"""Stripe says, we say, mend: against the real sandbox, which holds what other tests left there as foreign objects."""

import dataclasses
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.urls import reverse

from members.accounts.models import Member
from members.patronage import changing, comparing, inbox, mending, reconciling, rights
from members.patronage.client import stripe_api
from members.patronage.errors import KeyRefused, NotAllowed, StripeResting
from members.patronage.fetching import fetch_session
from members.patronage.mirroring import mirror_checkout_session
from members.patronage.models import (
    Checkout,
    Drift,
    Payment,
    Period,
    Reconciliation,
    Refund,
    StripeCustomer,
    StripeEvent,
    Subscription,
    Tier,
)
from newsroom.lib.models import AuditEntry
from newsroom.lib.money import Money
from tests.members.patronage.life import let_debit

pytestmark = pytest.mark.django_db


@pytest.fixture
def clean(sandbox):
    sandbox.control("reset")
    sandbox.control("webhooks/pause")
    return sandbox


def compare():
    reconciling.begin_reconciliation(user=None)
    return reconciling.run_to_end()


def drifts():
    return {drift.kind: drift.says for drift in Drift.objects.filter(state="open")}


def test_it_finds_nothing_where_both_say_the_same(clean, bought):
    bought("month")
    bought("once", 900)
    run = compare()
    assert (run.state, drifts()) == ("done", {}) and run.seen >= 5 and run.foreign == 0


def test_it_names_each_field_that_differs(clean, bought):
    bought("month")
    Subscription.objects.update(status="past_due", amount=1)
    compare()
    assert drifts() == {"subscription": {"status": ["active", "past_due"], "amount": [500, 1]}}


def test_an_object_that_nobody_foresaw_keeps_no_other_from_being_compared(clean, bought, monkeypatch):
    for _ in range(3):
        bought("month")
    odd = Subscription.objects.order_by("id")[1].stripe_id
    Subscription.objects.update(amount=1)
    plain = comparing._said_of_subscription
    strange = lambda data, products: plain(data if data["id"] != odd else {}, products)  # noqa: E731
    monkeypatch.setattr(comparing, "_said_of_subscription", strange)
    assert compare().state == "done"
    found = dict(Drift.objects.filter(kind="subscription").values_list("stripe_id", "says"))
    assert found.pop(odd) == comparing.UNREADABLE
    assert list(found.values()) == 2 * [{"amount": [500, 1]}]


def test_an_object_on_which_the_database_stumbles_keeps_no_other_from_being_compared(clean, bought, monkeypatch):
    """The whole page is taken in one transaction; where the database itself fails, the walk fails."""
    for _ in range(2):
        bought("month")
    odd = Subscription.objects.order_by("id")[0].stripe_id
    Subscription.objects.update(amount=1)
    plain = comparing._said_of_subscription

    def stumble(data, products):
        if data["id"] == odd:
            Subscription.objects.extra(where=["1 / 0 = 1"]).exists()
        return plain(data, products)

    monkeypatch.setattr(comparing, "_said_of_subscription", stumble)
    assert compare().state == "done"
    found = dict(Drift.objects.filter(kind="subscription").values_list("stripe_id", "says"))
    assert found.pop(odd) == comparing.UNREADABLE and list(found.values()) == [{"amount": [500, 1]}]

    def fail(data, products):
        raise OperationalError("the connection is closed")

    monkeypatch.setattr(comparing, "_said_of_subscription", fail)
    with pytest.raises(OperationalError):
        compare()
    assert Reconciliation.objects.first().state == "failed"


def test_the_desk_says_that_what_cannot_be_read_cannot_be_mended(clean, bought, manager_client, monkeypatch):
    bought("month")
    Subscription.objects.update(amount=1)
    compare()
    drift = Drift.objects.get()
    handler = inbox.HANDLERS[mending.EVENT_OF["subscription"]]
    strange = dataclasses.replace(handler, mirror=lambda fetched: fetched.data["nothing"])
    monkeypatch.setitem(inbox.HANDLERS, mending.EVENT_OF["subscription"], strange)
    address = reverse("admin:members_drift_changelist")
    page = manager_client.post(address, {"drift": drift.pk}, follow=True).content.decode()
    drift.refresh_from_db()
    assert "cannot be read here" in page and (drift.state, drift.error) == ("open", "KeyError")
    manager_client.post(address, {"all": "1"})
    mending.sweep_mending()
    drift.refresh_from_db()
    assert (drift.state, drift.error) == ("open", "KeyError")


def test_all_waits_to_be_mended_while_stripe_does_not_take_our_key(clean, bought, manager, monkeypatch):
    for _ in range(2):
        bought("month")
    Subscription.objects.update(amount=1)
    compare()
    mending.ask_mend_all(user=manager)
    asked = []

    def refuse(subscription_id):
        asked.append(subscription_id)
        raise KeyRefused("Not set up.")

    handler = inbox.HANDLERS[mending.EVENT_OF["subscription"]]
    monkeypatch.setitem(inbox.HANDLERS, mending.EVENT_OF["subscription"], dataclasses.replace(handler, fetch=refuse))
    mending.sweep_mending()
    assert len(asked) == 1 and set(Drift.objects.values_list("state", flat=True)) == {"asked"}


def test_it_mends_what_differs(clean, bought, manager):
    bought("month")
    Subscription.objects.update(status="past_due")
    compare()
    drift = Drift.objects.get()
    mending.mend_drift(user=manager, drift=drift)
    drift.refresh_from_db()
    assert Subscription.objects.get().status == "active" and (drift.state, drift.mended_by) == ("mended", manager)
    entry = AuditEntry.objects.get(action="subscription.changed", request_id=f"drift:{drift.pk}")
    assert entry.details["status"] == "active"


def test_it_gives_back_rights_that_were_paid_for_and_lost(clean, bought):
    bought("month")
    member = Payment.objects.get().member
    Period.objects.all().delete()
    compare()
    assert drifts() == {"invoice": {"period": ["granted", "missing"]}}
    mending.mend_drift(user=None, drift=Drift.objects.get())
    assert rights.is_patron(member)


def test_it_mends_all_that_a_day_without_webhooks_missed(clean, begin, manager):
    """Paid, given back in part and never heard of."""
    month, once = begin("month"), begin("once", 900)
    clean.pay(month.stripe_id)
    clean.pay(once.stripe_id)
    intent = stripe_api().payment_intents.list({"limit": 1}).data[0]
    stripe_api().refunds.create({"payment_intent": intent.id, "amount": 100})
    compare()
    assert set(drifts()) == {"subscription", "invoice", "payment_intent", "session"}
    assert mending.ask_mend_all(user=manager) == Drift.objects.count()
    mending.sweep_mending()
    assert not Drift.objects.filter(state__in=reconciling.OPEN).exists()
    assert Refund.objects.get().amount == 100 and Subscription.objects.count() == 1
    assert set(Checkout.objects.values_list("state", flat=True)) == {"paid"}
    assert compare().differing == 0


def sell(sandbox, customer, product):
    """As another shop does, or somebody at Stripe's dashboard: without a mark of ours."""
    price = stripe_api().prices.create(
        {"product": product, "currency": "eur", "unit_amount": 900, "recurring": {"interval": "month"}}
    )
    session = stripe_api().checkout.sessions.create({
        "mode": "subscription", "customer": customer, "line_items": [{"price": price.id, "quantity": 1}],
        "success_url": "https://other.example/", "ui_mode": "hosted_page",
    })  # fmt: skip
    sandbox.pay(session.id)


@pytest.mark.parametrize("whose", ["a stranger's", "of our own customer"])
def test_it_counts_foreign_objects_and_touches_nothing(clean, bought, whose):
    bought("month")
    other = stripe_api().customers.create({"email": "other-product@example.org"}).id
    customer = other if whose == "a stranger's" else StripeCustomer.objects.get().stripe_id
    sell(clean, customer, stripe_api().products.create({"name": "Another product"}).id)
    run = compare()
    assert run.foreign >= (3 if customer == other else 2) and not drifts() and run.differing == 0
    assert StripeCustomer.objects.count() == Subscription.objects.count() == Payment.objects.count() == 1


def test_it_finds_what_was_sold_at_stripe_s_dashboard_of_a_tier_of_ours(clean, bought, manager):
    bought("month")
    other = stripe_api().customers.create({"email": "by-phone@example.org"}).id
    sell(clean, other, Tier.objects.get().stripe_product_id)
    compare()
    assert drifts() == {"subscription": {"row": ["there", "missing"]}, "invoice": {"row": ["there", "missing"]}}
    mending.ask_mend_all(user=manager)
    mending.sweep_mending()
    assert Subscription.objects.get(customer__stripe_id=other).tier == Tier.objects.get()
    assert rights.is_patron(Member.objects.get(email="by-phone@example.org"))
    assert compare().differing == 0


@pytest.mark.parametrize(("field", "wrong", "said"), [
    ("is_collecting", False, [True, False]),
    ("current_period_start", datetime(2020, 1, 1, tzinfo=UTC), None),
    ("tier", None, ["lantern", None]),
])  # fmt: skip
def test_it_compares_what_the_grace_and_the_rights_rest_on(clean, bought, field, wrong, said):
    bought("month")
    right = getattr(Subscription.objects.get(), field)
    Subscription.objects.update(**{field: wrong})
    compare()
    (differs,) = drifts()["subscription"].items()
    assert differs == (field, said or [right.isoformat(), wrong.isoformat()])
    mending.mend_drift(user=None, drift=Drift.objects.get())
    assert getattr(Subscription.objects.get(), field) == right


def test_it_compares_whose_customer_it_is(clean, bought, stranger):
    bought("month")
    right = StripeCustomer.objects.get()
    Subscription.objects.update(customer=StripeCustomer.objects.create(member=stranger, stripe_id="cus_wrong"))
    compare()
    assert drifts() == {"subscription": {"customer": [right.stripe_id, "cus_wrong"]}}
    mending.mend_drift(user=None, drift=Drift.objects.get())
    assert Subscription.objects.get().customer == right


def test_it_finds_a_single_payment_of_which_no_moment_is_known(clean, bought):
    bought("once", 900)
    Payment.objects.update(paid_at=None)
    compare()
    assert drifts() == {"payment_intent": {"paid_at": ["there", "missing"]}}
    mending.mend_drift(user=None, drift=Drift.objects.get())
    assert Payment.objects.get().paid_at and compare().differing == 0


def test_it_gives_back_rights_of_a_change_that_was_charged_at_once(clean, bought, member):
    """Its invoice has prorated lines only."""
    bought("month", member=member)
    shown = changing.propose_change(member=member, money=Money(900, "eur"), interval="month")
    changing.confirm_change(change=shown)
    compare()
    for drift in Drift.objects.filter(state="open"):
        mending.mend_drift(user=None, drift=drift)
    charged = Payment.objects.order_by("-pk").first()
    assert charged.amount == 400 and Period.objects.filter(payment=charged).exists()
    Period.objects.filter(payment=charged).delete()
    compare()
    assert drifts() == {"invoice": {"period": ["granted", "missing"]}}
    mending.mend_drift(user=None, drift=Drift.objects.get(state="open"))
    assert Period.objects.filter(payment=charged).exists() and compare().differing == 0


def test_of_another_session_of_a_checkout_only_that_it_was_paid_counts(clean, begin, manager):
    """As when a session is made by hand with a checkout's mark: it must not be taken for the one that is known."""
    row = begin("month")
    other, known = row.stripe_id, let_debit(row).stripe_id
    compare()
    assert drifts() == {}
    mirror_checkout_session(fetch_session(other))
    row.refresh_from_db()
    assert row.stripe_id == known
    clean.pay(other)
    compare()
    assert drifts()["session"] == {"state": ["paid", "open"]}
    mending.ask_mend_all(user=manager)
    mending.sweep_mending()
    compare()
    row.refresh_from_db()
    assert (row.state, drifts()) == ("paid", {})


def test_it_goes_on_after_the_last_page(clean, bought, monkeypatch):
    monkeypatch.setattr(reconciling, "PAGE", 1)
    bought("month")
    bought("once", 900)
    reconciling.begin_reconciliation(user=None)
    first = reconciling.step_reconciliation(pages=2)
    assert first.state == "running" and first.seen == 2
    run = reconciling.run_to_end()
    monkeypatch.setattr(reconciling, "PAGE", 100)
    assert run.pk == first.pk and run.seen == compare().seen


def test_a_step_ends_in_time_and_has_always_come_further(clean, bought, monkeypatch):
    monkeypatch.setattr(reconciling, "PAGE", 1)
    monkeypatch.setattr(reconciling, "STEP_SECONDS", 0)
    bought("month")
    bought("once", 900)
    reconciling.begin_reconciliation(user=None)
    assert [reconciling.step_reconciliation().seen for _step in range(2)] == [1, 2]
    assert reconciling.run_to_end().state == "done"


def test_it_goes_on_when_stripe_answers_again(clean, bought):
    bought("month")
    reconciling.begin_reconciliation(user=None)
    clean.control("faults", kind="rate_limit", path="/v1/invoices", count=9)
    with pytest.raises(StripeResting):
        reconciling.step_reconciliation()
    clean.control("faults", count=0)
    run = Reconciliation.objects.get()
    assert (run.state, run.kind, run.claimed_at) == ("running", "invoice", None) and run.error
    assert reconciling.step_reconciliation().state == "done"


def test_it_runs_once_at_a_time(db):
    first = reconciling.begin_reconciliation(user=None)
    assert reconciling.begin_reconciliation(user=None) == first


def test_it_leaves_to_an_event_what_the_event_is_about(clean, bought):
    bought("month")
    row = Subscription.objects.get()
    Subscription.objects.update(status="past_due")
    StripeEvent.objects.create(event_id="evt_way", type="customer.subscription.updated", object_id=row.stripe_id)
    compare()
    assert not drifts()


def test_it_closes_a_difference_that_went_by_itself(clean, bought):
    bought("month")
    Subscription.objects.update(status="past_due")
    compare()
    Subscription.objects.update(status="active")
    compare()
    assert Drift.objects.get().state == "gone"


def test_it_is_a_command(clean, bought):
    bought("month")
    Subscription.objects.update(status="past_due")
    out = StringIO()
    call_command("reconcile", "--mend", stdout=out)
    assert "1 differ" in out.getvalue() and "mended" in out.getvalue()
    assert Subscription.objects.get().status == "active"


def test_it_is_read_and_mended_at_the_desk(clean, bought, manager_client, django_assert_max_num_queries):
    bought("month")
    Subscription.objects.update(status="past_due")
    compare()
    address = reverse("admin:members_drift_changelist")
    with django_assert_max_num_queries(20):
        page = manager_client.get(address).content.decode()
    assert "a payment did not go through" in page and "running" in page and Subscription.objects.get().stripe_id in page
    manager_client.post(address, {"drift": Drift.objects.get().pk})
    assert Subscription.objects.get().status == "active"
    manager_client.post(address, {"begin": 1})
    assert Reconciliation.objects.filter(state="running", started_by__isnull=False).exists()


@pytest.mark.parametrize("who", ["writer_client", "editor_client"])
def test_it_is_closed_to_those_who_do_not_look_after_members(request, who):
    client = request.getfixturevalue(who)
    address = reverse("admin:members_drift_changelist")
    assert client.get(address).status_code == 403 and client.post(address, {"begin": 1}).status_code == 403
    assert not Reconciliation.objects.exists()


def test_it_refuses_a_writer_the_verbs(writer, db):
    with pytest.raises(NotAllowed):
        reconciling.begin_reconciliation(user=writer)
    with pytest.raises(NotAllowed):
        mending.ask_mend_all(user=writer)

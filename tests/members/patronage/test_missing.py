"""Rows of ours that Stripe does not know any more: found by a walk, shown, and closed here by the mend."""

from datetime import timedelta

import pytest
from django.urls import reverse

from members.patronage import mending, missing, reconciling, rights
from members.patronage.client import stripe_api
from members.patronage.errors import StripeResting
from members.patronage.models import Drift, Payment, Period, Reconciliation, Subscription
from newsroom.lib.models import AuditEntry, Letter
from tests.members.patronage.test_reconcile import clean, compare, drifts  # noqa: F401  (a fixture, and two verbs)

pytestmark = pytest.mark.django_db


@pytest.fixture
def forgotten(clean, bought, member):  # noqa: F811
    """Paid, and then all that Stripe had is gone: as when test data are deleted there."""
    bought("month", member=member)
    clean.control("reset")
    clean.control("webhooks/pause")
    return Subscription.objects.get()


def test_it_finds_support_that_stripe_does_not_know(forgotten):
    run = compare()
    assert (run.state, run.differing) == ("done", 2)
    assert drifts()["subscription"] == missing.GONE


def test_it_is_ended_here_and_what_was_paid_stays(forgotten, manager, member):
    compare()
    drift = Drift.objects.get(kind="subscription")
    mending.mend_drift(user=manager, drift=drift)
    drift.refresh_from_db()
    forgotten.refresh_from_db()
    assert forgotten.status == "canceled" and forgotten.ended_at and not forgotten.cancel_at_period_end
    assert rights.is_patron(member) and Period.objects.get().grace_from is None
    assert Payment.objects.get().status == "paid" and drift.state == "mended"
    changed = AuditEntry.objects.get(action="subscription.changed")
    assert changed.request_id == f"drift:{drift.pk}" and changed.details["status"] == "canceled"
    assert not Letter.objects.filter(kind="members/support_ended").exists()
    assert compare().differing == 0


def test_the_grace_ends_with_it_and_the_open_invoice_is_called_off(forgotten, manager, member):
    paid = Period.objects.get()
    Payment.objects.create(
        member=member, subscription=forgotten, kind="renewal", status="open", amount=500, currency="eur",
        stripe_id="in_gone", fetched_at=paid.starts_at, created_at=paid.starts_at,
    )  # fmt: skip
    Subscription.objects.update(status="past_due")
    Period.objects.update(grace_from=paid.ends_at, ends_at=paid.ends_at + timedelta(days=14))
    compare()
    assert dict(Drift.objects.values_list("stripe_id", "says"))["in_gone"] == missing.GONE
    mending.ask_mend_all(user=manager)
    mending.sweep_mending()
    assert Payment.objects.get(stripe_id="in_gone").status == "void"
    left = Drift.objects.get(state="open")  # what was paid waits for a person
    assert Period.objects.get().ends_at == paid.ends_at and left.stripe_id == paid.payment.stripe_id


def test_the_desk_shows_and_mends_it(forgotten, manager_client):
    compare()
    address = reverse("admin:members_drift_changelist")
    assert forgotten.stripe_id in manager_client.get(address).content.decode()
    manager_client.post(address, {"drift": Drift.objects.get(kind="subscription").pk})
    forgotten.refresh_from_db()
    assert forgotten.status == "canceled"


def test_it_asks_about_nothing_that_the_list_holds(clean, bought, monkeypatch):  # noqa: F811
    for _number in range(3):
        bought("month")
    monkeypatch.setitem(missing.FETCHES, "subscription", lambda stripe_id: pytest.fail(f"asked for {stripe_id}"))
    assert compare().differing == 0


def test_it_finds_one_amid_the_pages(clean, bought, monkeypatch):  # noqa: F811
    for _number in range(4):
        bought("month")
    second = Subscription.objects.order_by("created_at", "id")[1]
    Subscription.objects.filter(pk=second.pk).update(stripe_id="sub_gone")
    monkeypatch.setattr(reconciling, "PAGE", 1)
    compare()
    found = Drift.objects.filter(kind="subscription").values_list("stripe_id", "says")
    assert dict(found)["sub_gone"] == {"row": ["missing", "there"]}


def test_it_goes_on_where_it_was_when_stripe_did_not_answer(forgotten, monkeypatch):
    def rest(stripe_id):
        raise StripeResting("It does not answer.")

    with monkeypatch.context() as patch:
        patch.setitem(missing.FETCHES, "subscription", rest)
        reconciling.begin_reconciliation(user=None)
        with pytest.raises(StripeResting):
            reconciling.step_reconciliation()
    assert Reconciliation.objects.get().kind == "subscription" and not drifts()
    assert reconciling.run_to_end().differing == 2


def test_a_row_that_stripe_knows_is_not_closed(clean, bought, manager):  # noqa: F811
    """It was not on the list when the walk passed, and is there when it is mended."""
    bought("month")
    row, run = Subscription.objects.get(), Reconciliation.objects.create(state="done")
    drift = Drift.objects.create(kind="subscription", stripe_id=row.stripe_id, says=missing.GONE, found_in=run)
    mending.mend_drift(user=manager, drift=drift)
    row.refresh_from_db()
    assert row.status == stripe_api().subscriptions.retrieve(row.stripe_id).status == "active"


def test_it_leaves_rows_of_the_other_mode_and_what_has_ended(forgotten):
    Payment.objects.update(livemode=True)
    Subscription.objects.update(livemode=True)
    assert compare().differing == 0
    Subscription.objects.update(livemode=False, status="canceled")
    assert compare().differing == 0

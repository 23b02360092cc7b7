"""A comparison goes on where it was cut short, and asks Stripe for no more at once than it may."""

from datetime import timedelta

import pytest
import stripe
from django.conf import settings
from django.db.models import F

from members.patronage import reconciling
from members.patronage.client import stripe_api
from members.patronage.models import Drift, Payment, Reconciliation, Subscription
from tests.members.patronage.dying import dies_after
from tests.members.patronage.test_reconcile import clean, compare  # noqa: F401  (clean is a fixture)

SWEEP = "members.patronage.tasks.sweep_reconciling"


@pytest.mark.django_db(transaction=True)
def test_another_worker_walks_on_where_one_was_killed(clean, bought, monkeypatch):  # noqa: F811
    """After each page and each answer of Stripe's: no page is counted twice, none left out."""
    bought("month")
    bought("once", 900)
    Subscription.objects.update(status="past_due")
    whole = compare()
    Drift.objects.all().delete()
    monkeypatch.setattr(reconciling, "PAGE", 1)
    walked = reconciling.begin_reconciliation(user=None)
    deaths = 0
    for moment in range(1, 40):
        deaths += dies_after(moment, reconciling.step_reconciliation)
        left = Reconciliation.objects.get(pk=walked.pk)
        if left.state == "done":
            break
        assert reconciling.step_reconciliation() is None  # it may still be in the hands of a worker that lives
        Reconciliation.objects.update(claimed_at=F("claimed_at") - timedelta(minutes=11))
    assert deaths > 3
    assert (left.state, left.seen, left.foreign, left.differing) == ("done", whole.seen, whole.foreign, whole.differing)
    assert Drift.objects.get().kind == "subscription"


@pytest.mark.django_db
def test_a_step_asks_for_twenty_pages_and_the_clock_brings_the_next_after_twenty_seconds(clean, bought, monkeypatch):  # noqa: F811
    bought("once", 900)
    intent = Payment.objects.get().payment_intent_id
    for _cent in range(24):
        stripe_api().refunds.create({"payment_intent": intent, "amount": 1})
    monkeypatch.setattr(reconciling, "PAGE", 1)
    reconciling.begin_reconciliation(user=None)
    Reconciliation.objects.update(kind="refund")
    asked, plain = [], stripe.RequestsClient.request
    monkeypatch.setattr(
        stripe.RequestsClient, "request", lambda self, *given, **named: asked.append(1) or plain(self, *given, **named)
    )
    run = reconciling.step_reconciliation()
    assert (run.state, run.seen, len(asked)) == ("running", 20, 20)
    assert settings.CELERY_BEAT_SCHEDULE[SWEEP.rpartition(".")[2].replace("_", "-")]["schedule"] >= 20
    assert reconciling.run_to_end().state == "done"

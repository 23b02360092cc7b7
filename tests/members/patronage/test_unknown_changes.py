"""Changes of support that Stripe does not know: done where it was to end, failed otherwise, and asked no more."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.patronage import carrying_out, repairing
from members.patronage.client import stripe_api
from members.patronage.errors import NotConfigured, StripeRefused, StripeResting
from members.patronage.models import Double, Subscription, SupportChange
from newsroom.lib.models import AuditEntry

pytestmark = pytest.mark.django_db
State, Kind = SupportChange.State, SupportChange.Kind


@pytest.fixture
def unknown(bought, member):
    bought("month", member=member)
    Subscription.objects.update(stripe_id="sub_gone")
    return Subscription.objects.get()


def stuck(subscription, kind, **ago):
    asked = timezone.now() - timedelta(**(ago or {"minutes": 5}))
    return SupportChange.objects.create(
        member=subscription.member, subscription=subscription, kind=kind, state=State.ASKED, asked_at=asked,
        checked_at=timezone.now() - timedelta(minutes=5),
    )  # fmt: skip


def test_it_has_ended_where_it_was_to_end(unknown, member):
    row = carrying_out.carry_out(carrying_out.begin(unknown, Kind.CANCEL, actor=member))
    assert row.status == Subscription.objects.get().status == "canceled" and row.ended_at
    assert SupportChange.objects.get().state == State.DONE
    assert AuditEntry.objects.filter(action="support.cancel_done").count() == 1


@pytest.mark.parametrize("kind", [Kind.END, Kind.PAUSE, Kind.KEEP])
def test_it_fails_where_anything_else_was_wished(unknown, member, kind):
    with pytest.raises(StripeRefused):
        carrying_out.carry_out(carrying_out.begin(unknown, kind, actor=member))
    assert SupportChange.objects.get().state == State.FAILED and Subscription.objects.get().status == "active"


@pytest.mark.parametrize(("kind", "state"), [(Kind.CANCEL, State.DONE), (Kind.PAUSE, State.FAILED)])
def test_the_sweep_closes_what_had_no_answer(unknown, kind, state):
    change = stuck(unknown, kind)
    carrying_out.sweep_changes()
    change.refresh_from_db()
    assert change.state == state and change.finished_at


@pytest.mark.parametrize(("ago", "state"), [({"days": 6}, State.ASKED), ({"days": 8}, State.FAILED)])
def test_it_is_given_up_in_its_time_though_stripe_refuses_the_question(bought, member, monkeypatch, ago, state):
    bought("month", member=member)
    change = stuck(Subscription.objects.get(), Kind.END, **ago)

    def refuse(stripe_id):
        raise NotConfigured("The key is not good.")

    monkeypatch.setattr(carrying_out, "fetch_subscription", refuse)
    carrying_out.sweep_changes()
    change.refresh_from_db()
    assert change.state == state


def test_it_is_not_given_up_while_nobody_knows(bought, member, monkeypatch):
    bought("month", member=member)
    change = stuck(Subscription.objects.get(), Kind.END, days=8)

    def rest(stripe_id):
        raise StripeResting("Silence.")

    monkeypatch.setattr(carrying_out, "fetch_subscription", rest)
    carrying_out.sweep_changes()
    change.refresh_from_db()
    assert change.state == State.ASKED


def test_a_repair_that_stripe_refuses_is_one_row_a_day(support, sandbox, monkeypatch):
    support("month", email="anna@example.org")
    support("year", 5000, email="anna@example.org")
    pair = Double.objects.get()

    def refuse(change, options):
        raise StripeRefused("No.")

    with monkeypatch.context() as patch:
        patch.setitem(carrying_out.CALLS, Kind.CANCEL, refuse)
        with pytest.raises(StripeRefused):
            repairing.repair_double(pair=pair, actor=pair.second.member)
        for _sweep in range(5):
            repairing.sweep_repairs()
    assert SupportChange.objects.get().state == State.FAILED and Double.objects.get().error
    repairing.sweep_repairs()
    assert stripe_api().subscriptions.retrieve(pair.second.stripe_id).status == "active"
    SupportChange.objects.update(finished_at=timezone.now() - timedelta(days=1, minutes=1))
    repairing.sweep_repairs()
    assert Double.objects.get().state == Double.State.REPAIRED
    assert stripe_api().subscriptions.retrieve(pair.second.stripe_id).status == "canceled"

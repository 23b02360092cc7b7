"""What a deed is that a process may die over, what it begins with, and the sweeps that come afterwards."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db.models import F

from members.accounts.models import Member
from members.patronage import (
    carrying_out,
    checkout,
    declarations,
    dunning,
    handing_over,
    moving,
    refunding,
    repairing,
)
from members.patronage.client import stripe_api
from members.patronage.models import (
    Checkout,
    Declaration,
    DeclaredEffect,
    Double,
    Payment,
    RefundRequest,
    StripeEvent,
    Subscription,
    SupportChange,
)
from newsroom.lib import outbox
from newsroom.lib.models import Outbox
from newsroom.site.followups import follow_up
from tests.members.patronage.conftest import receive


@pytest.fixture
def stage(prices, sandbox, begin, manager):
    """What a deed begins with, made anew for each death: a member with monthly support, all events received."""

    def make(number):
        member = Member.objects.create_user(f"reader{number}@example.org", name="Reader")
        row = begin("month", member=member)
        sandbox.pay(row.stripe_id, member.email, name=f"Reader {number}")
        receive(sandbox.events())
        subscription = Subscription.objects.get(member=member)
        return SimpleNamespace(
            member=member, subscription=subscription, payment=Payment.objects.get(subscription=subscription),
            sandbox=sandbox, manager=manager, begin=begin, number=number,
        )  # fmt: skip

    return make


def of_stripe(subscription):
    return stripe_api().subscriptions.retrieve(subscription.stripe_id)


def let_minutes_pass():
    """What waits for its minute is due, and claims of the dead have run out."""
    SupportChange.objects.update(asked_at=F("asked_at") - timedelta(minutes=6), checked_at=F("checked_at") - MINUTES)
    RefundRequest.objects.update(created_at=F("created_at") - MINUTES)
    Checkout.objects.update(created_at=F("created_at") - MINUTES)
    DeclaredEffect.objects.update(checked_at=F("checked_at") - MINUTES)
    Declaration.objects.update(confirmed_at=F("confirmed_at") - MINUTES)
    Double.objects.update(decided_at=F("decided_at") - MINUTES)
    StripeEvent.objects.update(claimed_at=F("claimed_at") - MINUTES)
    Outbox.objects.update(claimed_at=F("claimed_at") - 2 * MINUTES, next_attempt_at=F("next_attempt_at") - MINUTES)


MINUTES, WEEK = timedelta(minutes=6), timedelta(days=7)


def sweep(sandbox):
    """Twice, since one sweep may wait for what another finds out."""
    for _time in range(2):
        let_minutes_pass()
        carrying_out.sweep_changes()
        refunding.sweep_refunds()
        declarations.sweep_declarations()
        repairing.sweep_repairs()
        checkout.sweep_checkouts()
        moving.sweep_moves()
        handing_over.sweep_gifts()
        dunning.sweep_dunning()
        follow_up_all()
        receive(sandbox.events())


def follow_up_all():
    for row_id in list(outbox.open_rows()):
        follow_up(row_id)


class Deed:
    """Something that is asked of Stripe: `do` it for what `prepare` added to the stage, and look what became of it."""

    stride = 9  # it dies after each act that is so far on

    def prepare(self, on):
        """Before the process that dies."""

    def do(self, on):
        raise NotImplementedError

    def is_done(self, on):
        """Whether it is done, once and whole; an assertion where it is neither that nor untouched."""
        raise NotImplementedError

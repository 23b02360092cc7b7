"""Patronage's tasks: they claim, call a verb, record. On the urgent queue, but for Stripe's events."""

from contextlib import suppress

from celery import shared_task

from members.patronage import (
    carrying_out,
    catalogue,
    checkout,
    declarations,
    doubles,
    dunning,
    handing_over,
    inbox,
    leaving,
    mending,
    moving,
    reconciling,
    refunding,
    renewing,
    repairing,
    watching,
)
from members.patronage.defence import breaker, tokens
from members.patronage.errors import StripeResting
from newsroom.lib.waking import wake


@shared_task
def work_off_events() -> None:
    """Safe to run twice: each event is claimed by a conditional update, and what it leads to is written once."""
    inbox.work_off_events()


@shared_task
def sweep_events() -> None:
    """Finds what a lost wake-up or a dead worker left behind. Safe to run twice, as `work_off_events`."""
    inbox.give_up_events()
    wake(inbox.TASK)


@shared_task
def sweep_checkouts() -> None:
    """Asks again for checkouts that nothing was heard of. Safe to run twice: the idempotency key makes no second
    session, and mirroring may be repeated."""
    checkout.sweep_checkouts()


@shared_task
def sweep_changes() -> None:
    """Finds out what became of changes that Stripe did not answer. Safe to run twice: each is looked up first, and
    asked for under its own key."""
    carrying_out.sweep_changes()


@shared_task
def sweep_erased() -> None:
    """Ends what runs for members who are erased. Safe to run twice, as `sweep_changes`."""
    leaving.sweep_erased()


@shared_task
def sweep_catalogue() -> None:
    """Tells Stripe of tiers and prices that it has not heard of. Safe to run twice, as `catalogue` says."""
    catalogue.sweep_catalogue()


@shared_task
def sweep_refunds() -> None:
    """Asks again for refunds that got no answer. Safe to run twice: the row's idempotency key pays once."""
    refunding.sweep_refunds()


@shared_task
def reconcile() -> None:
    """Begins the night's comparison, and looks whether Stripe still offers what we do. Safe to run twice: one runs at a
    time, and what differs is told by the catalogue's sweep."""
    reconciling.begin_reconciliation(user=None)
    catalogue.look_at_products()


@shared_task
def sweep_reconciling() -> None:
    """Takes the comparison further and mends what was asked for. Safe to run twice: the walk is claimed, its cursor
    moves with each page's transaction, and mirroring may be repeated."""
    mending.sweep_mending()
    with suppress(StripeResting):  # the next sweep goes on
        reconciling.step_reconciliation()


@shared_task
def watch_webhooks() -> None:
    """Raises and ends the alarm about Stripe's events. Safe to run twice: one alarm of a kind is open at a time."""
    watching.check_webhooks()


@shared_task
def watch_checkouts() -> None:
    """Opens and closes the card-testing breaker, and forgets old tokens. Safe to run twice: one breaker is open at a
    time, and its letters have one cause each."""
    breaker.watch_checkouts()
    tokens.forget_spent()


@shared_task
def sweep_dunning() -> None:
    """Writes to patrons whose renewal failed. Safe to run twice: each letter's cause is unique, and Stripe is asked to
    end support under a key of its own."""
    dunning.sweep_dunning()


@shared_task
def sweep_doubles() -> None:
    """Finds double supports that were missed, and goes on with their mending. Safe to run twice: of a pair there is one
    row, and each step is asked for under its own key."""
    doubles.sweep_doubles()
    repairing.sweep_repairs()


@shared_task
def sweep_declarations() -> None:
    """Carries out what was declared and is not through. Safe to run twice: under each effect one change or refund is
    written, and its key is Stripe's idempotency key."""
    declarations.sweep_declarations()


@shared_task
def sweep_renewals() -> None:
    """Writes to yearly patrons before their renewal. Safe to run twice: each letter's cause is its renewal."""
    renewing.sweep_renewals()


@shared_task
def sweep_moves() -> None:
    """Writes to patrons whose support moves to a new price, and moves it. Safe to run twice: each letter's cause is
    unique, and Stripe is asked through a SupportChange."""
    moving.sweep_moves()


@shared_task
def sweep_gifts() -> None:
    """Hands over gifts whose day has come, reminds, and lets lapse. Safe to run twice: each gift is locked and looked
    at again, and what was done stands in it."""
    handing_over.sweep_gifts()

"""Walking through all that Stripe has and comparing it with the mirror: nightly and on demand, page by page.

The cursor is a row: a worker that dies is followed by another that goes on after the last page. A step takes few pages
and the clock brings the next one, so that Stripe is asked about once a second and never more.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.client import describe, stripe_api
from members.patronage.comparing import Compared, compare_page
from members.patronage.deciding import tell_managers
from members.patronage.errors import NotAllowed, StripeResting
from members.patronage.fetching import COUPONS, SUBSCRIPTION_OF_INVOICE, Object, ask
from members.patronage.missing import find_gone, oldest
from members.patronage.models import Drift, Kind, Reconciliation, StripeEvent
from newsroom.lib.audit import record
from newsroom.lib.holding import is_on_hold
from newsroom.lib.log_masking import mask_text
from newsroom.lib.waiting import has_run_out
from newsroom.lib.waking import wake

logger = structlog.get_logger(__name__)

SWEEP_TASK = "members.patronage.tasks.sweep_reconciling"
PAGE = 100  # Stripe's most
PAGES_AT_ONCE = 20  # a step; the sweep brings the next one after 20 seconds
STEP_SECONDS = 10.0  # then the rest is the next step's: a worker that asks Stripe for minutes lets codes wait
CLAIM_LASTS = timedelta(minutes=10)
ORDER = [kind.value for kind in Kind]
OPEN = (Drift.State.OPEN, Drift.State.ASKED)

LISTS: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    Kind.SUBSCRIPTION: (lambda: stripe_api().subscriptions, {"status": "all", "expand": [f"data.{COUPONS}"]}),
    Kind.INVOICE: (lambda: stripe_api().invoices, {"expand": [f"data.{SUBSCRIPTION_OF_INVOICE}"]}),
    Kind.INTENT: (lambda: stripe_api().payment_intents, {}),
    Kind.REFUND: (lambda: stripe_api().refunds, {}),
    Kind.DISPUTE: (lambda: stripe_api().disputes, {}),
    Kind.SESSION: (lambda: stripe_api().checkout.sessions, {}),
}


def begin_reconciliation(*, user: Member | None) -> Reconciliation:
    """A walk from the beginning, or the one that runs already; `user` None is the clock or the command.
    Raises NotAllowed."""
    if user is not None and not user.has_perm("members.add_reconciliation"):
        raise NotAllowed(_("Only membership managers may compare with Stripe."))
    try:
        with transaction.atomic():
            run = Reconciliation.objects.create(started_by=user)
            record("reconciliation.begun", actor=user, actor_label="clock", target=run)
            wake(SWEEP_TASK)
    except IntegrityError:
        return Reconciliation.objects.get(state=Reconciliation.State.RUNNING)
    return run


def step_reconciliation(*, pages: int = PAGES_AT_ONCE) -> Reconciliation | None:
    """Takes the running walk some pages further; None when none runs, another worker has it, or all is on hold. Raises
    StripeResting, after which the next step goes on where this one was."""
    if is_on_hold():
        return None
    claimed_at = timezone.now()
    is_free = Q(claimed_at__isnull=True) | has_run_out("claimed_at", CLAIM_LASTS)
    running = Reconciliation.objects.filter(is_free, state=Reconciliation.State.RUNNING)
    if not running.update(claimed_at=claimed_at):
        return None
    run = Reconciliation.objects.filter(claimed_at=claimed_at).latest("id")
    try:
        _walk(run, claimed_at, pages)
    except StripeResting as error:
        Reconciliation.objects.filter(pk=run.pk).update(error=describe(error))
        raise
    except Exception as error:
        said = mask_text(f"{type(error).__name__}: {error}")[:2000]
        finish = {"state": Reconciliation.State.FAILED, "finished_at": timezone.now()}
        Reconciliation.objects.filter(pk=run.pk).update(error=said, **finish)
        raise
    finally:
        Reconciliation.objects.filter(pk=run.pk, claimed_at=claimed_at).update(claimed_at=None)
    run.refresh_from_db()
    return run


def _walk(run: Reconciliation, claimed_at: datetime, pages: int) -> None:
    until = monotonic() + STEP_SECONDS
    for page_number in range(pages):
        if page_number and monotonic() >= until:
            return
        if run.state != Reconciliation.State.RUNNING:
            return
        services, params = LISTS[run.kind]
        asked = {**params, "limit": PAGE, **({"starting_after": run.after} if run.after else {})}
        answer = ask(lambda services=services, asked=asked: services().list(asked))  # type: ignore[misc]
        page, has_more = answer.data["data"], answer.data["has_more"]
        gone = find_gone(run.kind, page, has_more=has_more, reached_at=run.reached_at, asked_at=answer.asked_at)
        _take_page(run, claimed_at, page, answer.asked_at, has_more=has_more, gone=gone)


def _take_page(
    run: Reconciliation,
    claimed_at: datetime,
    page: list[Object],
    asked_at: datetime,
    *,
    has_more: bool,
    gone: dict[str, dict[str, list[Any]]],
) -> None:
    """Differences, counts and the cursor in one transaction, so that no page counts twice. A claim that ran out and
    was taken by another changes nothing."""
    with transaction.atomic():
        row = Reconciliation.objects.select_for_update().filter(pk=run.pk, claimed_at=claimed_at).first()
        if row is None:
            run.state = Reconciliation.State.DONE
            return
        compared = compare_page(run.kind, page)
        compared.ours.update(gone)
        differing = _note_drifts(run, compared, asked_at)
        run.seen, run.foreign = row.seen + len(page), row.foreign + len(compared.foreign)
        run.differing, run.error = row.differing + differing, ""
        run.after = page[-1]["id"] if page and has_more else ""
        run.reached_at = oldest(page) if run.after else None
        if not run.after:
            _turn_to_next_kind(run)
        run.claimed_at = claimed_at
        run.save()


def _turn_to_next_kind(run: Reconciliation) -> None:
    left = ORDER[ORDER.index(run.kind) + 1 :]
    if left:
        run.kind = left[0]
        return
    run.state, run.finished_at = Reconciliation.State.DONE, timezone.now()
    tell_managers(run)
    record("reconciliation.done", actor_label="clock", target=run, seen=run.seen, differing=run.differing)


def _note_drifts(run: Reconciliation, compared: Compared, asked_at: datetime) -> int:
    """Opens what differs and closes what does not any more. What an event on its way is about is left to the event."""
    under_way = set(
        StripeEvent.objects.filter(object_id__in=compared.ours, state__in=("waiting", "claimed"))
        .values_list("object_id", flat=True)
    )  # fmt: skip
    differing = {key: says for key, says in compared.ours.items() if says and key not in under_way}
    agreeing = [key for key, says in compared.ours.items() if not says]
    still = Drift.objects.filter(kind=run.kind, state__in=OPEN)
    still.filter(stripe_id__in=agreeing).update(state=Drift.State.GONE, closed_at=timezone.now())
    known = set(still.filter(stripe_id__in=differing).values_list("stripe_id", flat=True))
    for stripe_id, says in differing.items():
        if stripe_id in known:
            still.filter(stripe_id=stripe_id).update(says=says)
        else:
            Drift.objects.create(kind=run.kind, stripe_id=stripe_id, says=says, found_in=run, found_at=asked_at)
    return len(differing)


def run_to_end(*, on_step: Callable[[Reconciliation], None] = lambda _run: None) -> Reconciliation | None:
    """For the command: step after step until the walk is over. Raises PatronageError."""
    run = step_reconciliation()
    while run is not None and run.state == Reconciliation.State.RUNNING:
        on_step(run)
        run = step_reconciliation()
    return run


def last_failed() -> Reconciliation | None:
    """The last walk, where it came to no end."""
    last = Reconciliation.objects.first()
    return last if last is not None and last.state == Reconciliation.State.FAILED else None


def count_open() -> int:
    return Drift.objects.filter(state__in=OPEN).count()

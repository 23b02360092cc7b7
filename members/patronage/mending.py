"""Making the mirror say again what Stripe says: the object is fetched and mirrored, as after an event about it."""

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage import inbox
from members.patronage.client import describe, is_unknown, stripe_api
from members.patronage.errors import NeedsPerson, NotAllowed, PatronageError, StripeRefused
from members.patronage.fetching import ask
from members.patronage.missing import close_unknown
from members.patronage.models import Drift, Kind, Payment
from members.patronage.models.reconciling import GONE
from members.patronage.reversals import mirror_dispute, mirror_refund
from members.patronage.sweeping import RESTS, ask_each
from newsroom.lib.audit import record
from newsroom.lib.holding import is_on_hold
from newsroom.lib.waking import wake

logger = structlog.get_logger(__name__)

SWEEP_TASK = "members.patronage.tasks.sweep_reconciling"
AT_ONCE = 50
# The handler is that of an event which names such an object.
EVENT_OF = {
    Kind.SUBSCRIPTION: "customer.subscription.updated", Kind.INVOICE: "invoice.paid",
    Kind.INTENT: "payment_intent.succeeded", Kind.REFUND: "refund.updated", Kind.DISPUTE: "charge.dispute.updated",
    Kind.SESSION: "checkout.session.completed",
}  # fmt: skip


def _require(user: Member) -> None:
    if not user.has_perm("members.change_drift"):
        raise NotAllowed(_("Only membership managers may mend what differs."))


def mend_drift(*, user: Member | None, drift: Drift) -> None:
    """Fetches and mirrors again, and closes the difference; called outside any transaction, safe to run twice. What
    does not go well stands on the row and is raised: NotAllowed, StripeResting, StripeRefused, Foreign, NotYetHere.
    Raises NeedsPerson for money in our books that Stripe does not know, and for what cannot be read."""
    if user is not None:
        _require(user)
    if drift.needs_person:
        raise NeedsPerson(_("Stripe does not know this money. A person decides at the desk: keep it, or write it off."))
    handler = inbox.HANDLERS[EVENT_OF[Kind(drift.kind)]]
    try:
        # Whoever reads the audit finds what was mended by the drift's name, as what an event did by the event's.
        with structlog.contextvars.bound_contextvars(request_id=f"drift:{drift.pk}"):
            row = _take_again(handler, drift)
            if isinstance(row, Payment) and "row" in drift.says and drift.says != GONE:
                _bring_along(row)
    except PatronageError as error:
        Drift.objects.filter(pk=drift.pk).update(error=f"{error} ({describe(error)})")
        raise
    except (OperationalError, InterfaceError):  # the database's own
        raise
    except Exception as error:  # an object that nobody foresaw
        logger.exception("drift_not_mended", drift=drift.pk)
        Drift.objects.filter(pk=drift.pk).update(error=type(error).__name__)
        raise NeedsPerson(_("This cannot be mended: what Stripe says of it cannot be read here.")) from error
    with transaction.atomic():
        closed = Drift.objects.filter(pk=drift.pk, closed_at__isnull=True).update(
            state=Drift.State.MENDED, error="", closed_at=timezone.now(), mended_by=user or drift.mended_by
        )
        if closed:
            record(
                "drift.mended", actor=user or drift.mended_by, target=drift, kind=drift.kind, fields=list(drift.says)
            )


def _take_again(handler: inbox.Handler, drift: Drift) -> object:
    """As Stripe has it; what Stripe does not know any more is closed here."""
    try:
        fetched = handler.fetch(drift.stripe_id)
    except StripeRefused as error:
        if drift.says == GONE and is_unknown(error):
            return close_unknown(drift.kind, drift.stripe_id)
        raise
    return handler.mirror(fetched)


def _bring_along(payment: Payment) -> None:
    """Refunds and disputes of a payment that was missing: they were not known to be ours before."""
    if not payment.payment_intent_id:
        return
    params = {"payment_intent": payment.payment_intent_id, "limit": 100}
    refunds = ask(lambda: stripe_api().refunds.list(params))
    for refund in refunds.data["data"]:
        mirror_refund(refunds.part(refund))
    disputes = ask(lambda: stripe_api().disputes.list(params))
    for dispute in disputes.data["data"]:
        mirror_dispute(disputes.part(dispute))


def ask_mend_all(*, user: Member) -> int:
    """All that is open is to be mended, by a worker, but for what a person decides; answers how many. Raises
    NotAllowed."""
    _require(user)
    with transaction.atomic():
        asked = Drift.objects.open_to_mending().update(state=Drift.State.ASKED, mended_by=user, error="")
        if asked:
            record("drift.mend_all_asked", actor=user, drifts=asked)
            wake(SWEEP_TASK)
    return asked


def sweep_mending() -> None:
    """Mends what was asked for, in the order in which it was found: what others lean on comes first. One that does not
    go well is open again and says why, and holds up no other; when Stripe does not answer, or does not take our key,
    all wait for the next sweep."""
    if is_on_hold():
        return
    asked = Drift.objects.filter(state=Drift.State.ASKED).select_related("mended_by").order_by("id")
    ask_each(asked[:AT_ONCE], _mend_asked, failed="drift_waits")


def _mend_asked(drift: Drift) -> None:
    try:
        mend_drift(user=drift.mended_by, drift=drift)
    except RESTS:
        raise
    except Exception:
        Drift.objects.filter(pk=drift.pk, state=Drift.State.ASKED).update(state=Drift.State.OPEN)
        raise

"""Money in our books that Stripe does not know: a person keeps it as it is, or writes it off. Nothing here happens by
itself, nothing is deleted, and what Stripe knows again later comes back by a mend."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.desk_letters import write_to_desk
from members.patronage.errors import NeedsPerson, NotAllowed, PatronageError
from members.patronage.granting import WRITTEN_OFF
from members.patronage.missing import STANDING, is_known
from members.patronage.models import Dispute, Drift, Payment, Reconciliation, Refund
from members.patronage.reversals import lock_payment, settle_money
from newsroom.lib.audit import record


def keep_money(*, user: Member, drift: Drift) -> None:
    """It stands as it is, and is not found again. Safe to run twice. Raises NotAllowed, PatronageError."""
    _require(user, drift)
    with transaction.atomic():
        if not _close(drift, Drift.State.KEPT, user):
            return
        row = STANDING[drift.kind]().filter(stripe_id=drift.stripe_id).first()
        record("drift.kept", actor=user, target=drift, kind=drift.kind)
        if row is not None:
            record("payment.kept", actor=user, target=_payment_of(row))


def write_off(*, user: Member, drift: Drift) -> None:
    """It counts no more, as money that went back: a payment takes its rights with it, a refund or a lost dispute gives
    them back. The rows stay, and say so. Stripe is asked once more before. Called outside any transaction, safe to run
    twice. Raises NotAllowed, NeedsPerson (Stripe knows it after all), StripeResting, StripeRefused, PatronageError."""
    _require(user, drift)
    if is_known(drift.kind, drift.stripe_id):
        raise NeedsPerson(_("Stripe knows it again. Compare once more: nothing was written off."))
    with transaction.atomic():
        row = STANDING[drift.kind]().filter(stripe_id=drift.stripe_id).first()
        if row is not None and _close(drift, Drift.State.MENDED, user):
            record("drift.written_off", actor=user, target=drift, kind=drift.kind)
            _write_off(row, user)


def _require(user: Member, drift: Drift) -> None:
    if not user.has_perm("members.change_drift"):
        raise NotAllowed(_("Only membership managers may decide what becomes of money."))
    if not drift.needs_person:
        raise PatronageError(_("There is nothing to decide about this: it can be mended."))


def _close(drift: Drift, state: Drift.State, user: Member) -> bool:
    """False when it was decided so already. Raises PatronageError when somebody decided otherwise."""
    still = Drift.objects.filter(pk=drift.pk, closed_at__isnull=True)
    if still.update(state=state, error="", closed_at=timezone.now(), mended_by=user):
        return True
    if not Drift.objects.filter(pk=drift.pk, state=state).exists():
        raise PatronageError(_("This is decided already."))
    return False


def _payment_of(row: Any) -> Payment:
    return row if isinstance(row, Payment) else row.payment


def _write_off(row: Payment | Refund | Dispute, user: Member) -> None:
    payment = lock_payment(_payment_of(row))
    if isinstance(row, Payment):
        payment.status, payment.paid_at = WRITTEN_OFF, None
        payment.save(update_fields=["status", "paid_at"])
        record(
            "payment.written_off", actor=user, target=payment, paid_at=row.paid_at.isoformat() if row.paid_at else ""
        )
    else:
        row.status = WRITTEN_OFF
        row.save(update_fields=["status"])
        what = "refund" if isinstance(row, Refund) else "dispute"
        record(f"payment.{what}_written_off", actor=user, target=payment, amount=row.amount)
    settle_money(payment)


def tell_managers(run: Reconciliation) -> None:
    """Once a walk, of what it found; called in its transaction."""
    count = run.drifts.needing_person().filter(state=Drift.State.OPEN).count()
    if not count:
        return
    write_to_desk("money_unknown", cause=f"money-unknown:{run.pk}", page="drift", count=count)

"""Carrying out what was declared: each effect is a row, a SupportChange or RefundRequest is written under it, and
only then is Stripe asked. While Stripe is silent, or a bank takes its days to pay what is to go back, the effect stays
*asked*; the sweep finds out. It also finds out when what was done comes undone: a refund that the bank sent back."""

from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.carrying_out import begin, carry_out
from members.patronage.client import describe
from members.patronage.errors import NotAllowed, PatronageError
from members.patronage.models import Declaration, DeclaredEffect, Payment, RefundRequest, SupportChange
from members.patronage.models.mirror import UNDER_WAY
from members.patronage.refunding import carry_out_refund, write_due_refund
from members.patronage.sweeping import ask_each
from newsroom.lib.audit import record
from newsroom.lib.holding import is_on_hold
from newsroom.lib.sweeping import for_each
from newsroom.lib.waiting import has_run_out

ASK_AGAIN_AFTER = timedelta(minutes=1)
BANK_TAKES = timedelta(days=30)  # the slowest has answered by then
SWEEP_AT_ONCE = 50
State, Effect = DeclaredEffect.State, DeclaredEffect.Kind
RETRY = "members.change_declaration"


def carry_out_declaration(declaration: Declaration) -> Declaration:
    """Goes as far as Stripe answers; safe to run twice, and two at once: what is under an effect is written once, and
    its key is Stripe's idempotency key. Called outside any transaction. Raises nothing: what was not done is found by
    the sweep, what was refused waits for a person. A person may be waiting: a silent Stripe is not asked for the rest.
    """
    ask_each(declaration.effects.filter(state=State.ASKED), _carry_out, failed="declaration_waits")
    return settle(declaration)


def _carry_out(effect: DeclaredEffect) -> None:
    """Raises what Stripe's answer raises, once it stands in the row."""
    DeclaredEffect.objects.filter(pk=effect.pk).update(checked_at=timezone.now())
    try:
        if effect.kind == Effect.REFUND:
            _give_back(effect)
        else:
            _end(effect)
    except PatronageError as error:
        DeclaredEffect.objects.filter(pk=effect.pk).update(error=describe(error))
        raise
    finally:
        _settle_effect(effect.pk)


def _end(effect: DeclaredEffect) -> None:
    change = _begin_change(effect)
    if change is not None and change.state == SupportChange.State.ASKED:
        carry_out(change)


@transaction.atomic
def _begin_change(effect: DeclaredEffect) -> SupportChange | None:
    """The wish under the effect, once. None when the support has come to its end meanwhile, or is about to."""
    row = _locked(effect.pk)
    if row.change_id or row.state != State.ASKED or row.subscription is None:
        return row.change
    subscription = row.subscription
    is_over = subscription.status in ("canceled", "incomplete_expired")
    if is_over or (row.kind == Effect.END and subscription.cancel_at_period_end):
        DeclaredEffect.objects.filter(pk=row.pk).update(state=State.DONE, error="")
        return None
    kind = SupportChange.Kind.END if row.kind == Effect.END else SupportChange.Kind.CANCEL
    row.change = begin(subscription, kind, actor=row.declaration.member, reason=row.declaration.reason)
    row.save(update_fields=["change"])
    return row.change


def _give_back(effect: DeclaredEffect) -> None:
    request = _begin_refund(effect)
    if request is not None and request.state == RefundRequest.State.NEW:
        carry_out_refund(request)


@transaction.atomic
def _begin_refund(effect: DeclaredEffect) -> RefundRequest | None:
    """None when all of it went back meanwhile, and while a bank takes its days to pay it."""
    row = _locked(effect.pk)
    if row.refund_id or row.state != State.ASKED or row.payment is None:
        return row.refund
    if row.payment.paid_at is None:
        if not _may_be_paid(row, row.payment):
            DeclaredEffect.objects.filter(pk=row.pk).update(state=State.DONE, error="")
        return None
    row.refund = write_due_refund(asked_by=row.declaration.member, payment=row.payment, amount=row.amount, key=uuid4())
    if row.refund is None:
        DeclaredEffect.objects.filter(pk=row.pk).update(state=State.DONE, error="")
        return None
    row.save(update_fields=["refund"])
    return row.refund


def _may_be_paid(effect: DeclaredEffect, payment: Payment) -> bool:
    """A bill that a bank refused stays open as one that it is at: it is waited for as long."""
    return payment.status in UNDER_WAY and effect.declaration.made_at > timezone.now() - BANK_TAKES


def _waits_for_bank() -> Q:
    """Of those `_may_be_paid`; the payment's event or the nightly comparison brings the answer."""
    return Q(
        kind=Effect.REFUND, payment__paid_at__isnull=True, payment__status__in=UNDER_WAY,
        declaration__made_at__gt=timezone.now() - BANK_TAKES,
    )  # fmt: skip


def _locked(pk: int) -> DeclaredEffect:
    rows = DeclaredEffect.objects.select_for_update(of=("self",))
    return rows.select_related("declaration__member", "subscription", "payment", "change", "refund").get(pk=pk)


def _settle_effect(pk: int) -> None:
    """As the row under it says."""
    with transaction.atomic():
        row = _locked(pk)
        under = row.change or row.refund
        if row.state != State.ASKED or under is None:
            return
        if under.state == "done":
            row.state, row.error = State.DONE, ""
        elif under.state in ("failed", "unknown"):
            row.state, row.error = State.FAILED, under.error or under.state
        row.save(update_fields=["state", "error"])


@transaction.atomic
def settle(declaration: Declaration) -> Declaration:
    """*done* when all of its effects are, *failed* when one is. Returned as it stands then."""
    row = Declaration.objects.select_for_update(of=("self",)).select_related("member").get(pk=declaration.pk)
    states = set(row.effects.values_list("state", flat=True))
    if row.state == Declaration.State.CONFIRMED and states and State.ASKED not in states:
        row.state = Declaration.State.FAILED if State.FAILED in states else Declaration.State.DONE
        row.finished_at = timezone.now()
        row.save(update_fields=["state", "finished_at"])
        record(f"declaration.{row.state}", actor_label="stripe", target=row.member, declaration=row.pk)
    return row


def sweep_declarations() -> None:
    """What was confirmed and is not through, and what is not as it says any more. Safe to run twice, as
    `carry_out_declaration` is."""
    if is_on_hold():
        return
    due = DeclaredEffect.objects.filter(has_run_out("checked_at", ASK_AGAIN_AFTER), state=State.ASKED)
    due = due.exclude(_waits_for_bank()).order_by("checked_at")
    ask_each(due[:SWEEP_AT_ONCE], _carry_out, failed="declaration_waits")
    unsettled = Declaration.objects.filter(state=Declaration.State.CONFIRMED)
    unsettled = unsettled.exclude(effects__state=State.ASKED).order_by("pk")
    for_each(unsettled[:SWEEP_AT_ONCE], settle, failed="declaration_not_settled")
    for effects in (_undone(), _done_otherwise()):
        for_each(effects.order_by("pk")[:SWEEP_AT_ONCE], _follow_refund, failed="declaration_not_settled")


def _undone() -> QuerySet[DeclaredEffect]:
    """Refunds that were done and are not any more: the bank sent them back."""
    left = DeclaredEffect.objects.filter(state=State.DONE, payment__refunded__lt=F("payment__amount"))
    return left.filter(refund__state=RefundRequest.State.FAILED)


def _done_otherwise() -> QuerySet[DeclaredEffect]:
    """Refunds that failed, of payments that went back whole since: somebody gave the money back by hand."""
    return DeclaredEffect.objects.filter(state=State.FAILED, payment__refunded__gte=F("payment__amount"))


@transaction.atomic
def _follow_refund(found: DeclaredEffect) -> None:
    """The effect as the money has it, and its declaration with it."""
    Declaration.objects.select_for_update().get(pk=found.declaration_id)
    effect = _locked(found.pk)
    if _undone().filter(pk=effect.pk).exists() and effect.refund:
        effect.state, effect.error = State.FAILED, effect.refund.error
    elif _done_otherwise().filter(pk=effect.pk).exists():
        effect.state, effect.error = State.DONE, ""
    else:
        return
    effect.save(update_fields=["state", "error"])
    Declaration.objects.filter(pk=effect.declaration_id).exclude(state=Declaration.State.CONFIRMED).update(
        state=Declaration.State.CONFIRMED, finished_at=None
    )
    settle(effect.declaration)


def retry_declaration(*, user: Member, declaration: Declaration) -> Declaration:
    """Asks anew for what was refused. Not for a refund of which nobody knows whether it was paid: that could pay twice.
    Called outside any transaction. Raises NotAllowed and PatronageError."""
    if not user.has_perm(RETRY):
        raise NotAllowed(_("Only membership managers may carry out a declaration again."))
    failed = declaration.effects.filter(state=State.FAILED)
    if failed.filter(refund__state=RefundRequest.State.UNKNOWN).exists():
        raise PatronageError(_("Nobody knows whether this refund was paid: look at Stripe, and give it back by hand."))
    with transaction.atomic():
        row = Declaration.objects.select_for_update().get(pk=declaration.pk)
        if row.state != Declaration.State.FAILED:
            raise PatronageError(_("Nothing of this declaration has failed."))
        failed.update(state=State.ASKED, change=None, refund=None, error="")
        row.state, row.finished_at = Declaration.State.CONFIRMED, None
        row.save(update_fields=["state", "finished_at"])
        record("declaration.retried", actor=user, target=row.member, declaration=row.pk)
    return carry_out_declaration(row)

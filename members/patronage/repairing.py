"""Mending a double support by one click: the surplus one is ended at Stripe and what it took lately goes back. Rows
first: the decision and each refund are written down together, then Stripe is asked, and a sweep goes on where it was
silent. What a bank that takes days pays after the decision goes back when it is here."""

from contextlib import suppress
from datetime import timedelta
from uuid import uuid5

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.carrying_out import begin, carry_out, was_refused_lately
from members.patronage.client import describe, refuse_on_hold
from members.patronage.doubles import GOES_BACK, State, surplus_of
from members.patronage.errors import ChangeUnderWay, NotAllowed, NotAnswered, PatronageError, StripeResting
from members.patronage.fetching import fetch_subscription
from members.patronage.mirroring import mirror_subscription
from members.patronage.models import Double, Payment, RefundRequest, Subscription, SupportChange
from members.patronage.models.mirror import OVER, UNDER_WAY
from members.patronage.refunding import PAID, carry_out_refund, refundable, write_due_refund
from members.patronage.sweeping import RESTS, ask_each
from newsroom.lib.audit import record
from newsroom.lib.holding import is_on_hold
from newsroom.lib.letters import withdraw_letters, write_letter
from newsroom.lib.money import Money
from newsroom.lib.sweeping import for_each

logger = structlog.get_logger(__name__)

FOLLOWED_FOR = timedelta(days=90)  # what a bank sends back it has by then
SWEEP_AT_ONCE = 50
REPAIR = ("members.change_subscription", "members.add_refundrequest")


def returning(pair: Double) -> list[tuple[Payment, Money]]:
    """What goes back, payment by payment: of the younger alone."""
    surplus = pair.ended or surplus_of(pair)
    if surplus != pair.second:
        return []
    recent = surplus.payments.filter(status__in=PAID, paid_at__gt=timezone.now() - GOES_BACK).order_by("pk")
    return [(payment, left) for payment in recent if (left := refundable(payment)).amount]


def still_coming(pair: Double) -> Money | None:
    """What a bank may yet pay for the one that is to end or has: it goes back then. None when it is the older one."""
    surplus = pair.ended or surplus_of(pair)
    if surplus != pair.second:
        return None
    coming = surplus.payments.filter(status__in=UNDER_WAY, paid_at__isnull=True)
    total = coming.aggregate(total=Sum("amount"))["total"]
    return Money(total, surplus.currency) if total else None


def repair_double(*, pair: Double, actor: Member) -> Double:
    """Decided once, however often it is clicked. Raises NotAllowed for who is neither the second one's owner nor may
    end and refund at the desk, StripeResting after a restore, and NotAnswered while Stripe is silent (the sweep goes on
    with it)."""
    _check_may(pair, actor)
    refuse_on_hold()
    _hear_of_the_other(pair)
    with transaction.atomic():
        pair = Double.objects.select_for_update(of=("self",)).select_related("first", "second").get(pk=pair.pk)
        if pair.state == State.OPEN:
            _decide(pair, actor)
    return carry_out_repair(pair)


def _check_may(pair: Double, actor: Member) -> None:
    if actor.pk != pair.second.member_id and not actor.has_perms(REPAIR):
        raise NotAllowed(_("Only membership managers may end support and give money back."))


def _hear_of_the_other(pair: Double) -> None:
    """Whoever has just ended it in Stripe's portal would lose both: then the pair is over. While Stripe is silent what
    we know decides."""
    other = pair.first if surplus_of(pair) == pair.second else pair.second
    with suppress(PatronageError):
        mirror_subscription(fetch_subscription(other.stripe_id))


def _decide(pair: Double, actor: Member) -> None:
    back = returning(pair)
    pair.state, pair.ended, pair.decided_by, pair.decided_at = State.REPAIRING, surplus_of(pair), actor, timezone.now()
    pair.save(update_fields=["state", "ended", "decided_by", "decided_at"])
    record("double.repair_asked", actor=actor, target=pair.ended, double=pair.pk)
    for payment, left in back:
        write_due_refund(
            payment=payment, amount=left.amount, reason=RefundRequest.Reason.DUPLICATE,
            key=uuid5(pair.key, str(payment.pk)), asked_by=actor,
        )  # fmt: skip
    withdraw_letters(f"double:{pair.pk}:")


def keep_both(*, pair: Double, actor: Member) -> Double:
    """Both are meant; nobody is asked about this pair again. Raises NotAllowed."""
    _check_may(pair, actor)
    with transaction.atomic():
        kept = Double.objects.filter(pk=pair.pk, state=State.OPEN).update(
            state=State.KEPT, decided_by=actor, decided_at=timezone.now()
        )
        if kept:
            record("double.kept", actor=actor, target=pair.second, double=pair.pk)
    pair.refresh_from_db()
    return pair


def carry_out_repair(pair: Double) -> Double:
    """Takes a decided repair as far as Stripe answers. Safe to repeat. Raises NotAnswered, and what else ending raises;
    a refund that Stripe refuses stands on the row, for a person."""
    if pair.state != State.REPAIRING or pair.ended is None:
        return pair
    try:
        _end(pair.ended, pair.decided_by)
        _give_back(pair)
    except (StripeResting, NotAnswered, ChangeUnderWay) as error:
        _note(pair, describe(error))
        raise NotAnswered(
            _("Our payment company does not answer just now. Your wish is written down; we go on asking by ourselves.")
        ) from error
    except PatronageError as error:
        _note(pair, describe(error))
        raise
    _close(pair)
    return pair


def _end(surplus: Subscription, actor: Member | None) -> None:
    surplus.refresh_from_db()
    if surplus.status not in OVER:
        carry_out(begin(surplus, SupportChange.Kind.CANCEL, actor=actor))


def _give_back(pair: Double) -> None:
    for request in _refunds_of(pair).filter(state=RefundRequest.State.NEW).select_related("payment"):
        try:
            carry_out_refund(request)
        except RESTS:
            raise
        except PatronageError as error:  # the request says so as well
            logger.warning("refund_refused", refund_request=request.pk, error=describe(error))
    if _refunds_of(pair).filter(state=RefundRequest.State.NEW).exists():  # between two keys nothing is asked
        raise StripeResting("A refund waits for its next key.")


def _refunds_of(pair: Double) -> QuerySet[RefundRequest]:
    keys = [uuid5(pair.key, str(pk)) for pk in pair.second.payments.values_list("pk", flat=True)]
    return RefundRequest.objects.filter(key__in=keys)


def _note(pair: Double, error: str) -> None:
    Double.objects.filter(pk=pair.pk, state=State.REPAIRING).update(error=error)


@transaction.atomic
def _close(pair: Double) -> None:
    refused = _refunds_of(pair).exclude(state=RefundRequest.State.DONE)
    error = " ".join(refused.values_list("error", flat=True))
    done = Double.objects.filter(pk=pair.pk, state=State.REPAIRING).update(state=State.REPAIRED, error=error)
    pair.refresh_from_db()
    if not done or pair.ended is None:
        return
    record("double.repaired", actor=pair.decided_by, target=pair.ended, double=pair.pk)
    owner, back = pair.ended.member, returned(pair)
    if owner.email:
        write_letter(
            "members/double_repaired", cause=f"double-repaired:{pair.pk}", to_email=owner.email,
            language=owner.language, member_id=owner.pk,
            context={
                "member": owner, "ended": pair.ended, "kept": pair.other, "back": back,
                "coming": still_coming(pair), "is_refused": bool(pair.error),
            },
        )  # fmt: skip


def returned(pair: Double) -> Money | None:
    """What went back, or None."""
    done = _refunds_of(pair).filter(state=RefundRequest.State.DONE)
    total = sum(done.values_list("amount", flat=True))
    return Money(total, pair.second.currency) if total else None


def sweep_repairs() -> None:
    """Goes on with what Stripe did not answer; what it refused to end is asked for after a day. Gives back what was
    paid since for what has ended. Safe to run twice: each step is asked for under its own key."""
    if is_on_hold():
        return
    waiting = Double.objects.filter(state=State.REPAIRING, second__livemode=settings.STRIPE_LIVEMODE)
    waiting = waiting.exclude(was_refused_lately("ended")).select_related("first", "second", "ended", "decided_by")
    ask_each(waiting.order_by("?")[:SWEEP_AT_ONCE], carry_out_repair, failed="repair_waits")
    ask_each(_paid_since().order_by("?")[:SWEEP_AT_ONCE], _give_back_late, failed="repair_waits")
    for_each(_to_follow().order_by("?")[:SWEEP_AT_ONCE], _follow_refunds, failed="repair_not_followed")


def _to_follow() -> QuerySet[Double]:
    refused = RefundRequest.objects.filter(state=RefundRequest.State.FAILED, payment__subscription=OuterRef("second"))
    lately = timezone.now() - FOLLOWED_FOR
    mended = Double.objects.filter(state=State.REPAIRED, decided_at__gt=lately).select_related("second")
    return mended.filter(Exists(refused) | ~Q(error=""))  # what was not known may turn out to have been done


def _follow_refunds(pair: Double) -> None:
    """A bank may send back what was given back, days later; then it says so, until the money went back another way."""
    left = _refunds_of(pair).exclude(state=RefundRequest.State.DONE).filter(payment__refunded__lt=F("payment__amount"))
    error = " ".join(left.values_list("error", flat=True))
    Double.objects.filter(pk=pair.pk, state=State.REPAIRED).exclude(error=error).update(error=error)


def _paid_since() -> QuerySet[Payment]:
    """By a bank that took its days, for the second of a pair that was ended by its repair, and not asked back yet. Not
    counted from the decision: Stripe's times are whole seconds of another clock."""
    late = Payment.objects.of_our_mode().filter(
        status__in=PAID, amount__gt=F("refunded"), paid_at__gt=F("subscription__double__decided_at") - GOES_BACK,
        subscription__double__state__in=(State.REPAIRING, State.REPAIRED),
        subscription__double__ended=F("subscription"), refund_requests__isnull=True,
    )  # fmt: skip
    return late.exclude(payment_intent_id="").select_related("subscription__member")


def _give_back_late(payment: Payment) -> None:
    if payment.subscription is None:
        return
    pair = payment.subscription.double
    with transaction.atomic():
        request = write_due_refund(
            payment=payment, amount=payment.amount, reason=RefundRequest.Reason.DUPLICATE,
            key=uuid5(pair.key, str(payment.pk)), asked_by=pair.decided_by or payment.subscription.member,
        )  # fmt: skip
    if request is None:
        return
    try:
        carry_out_refund(request)
    except RESTS:
        raise
    except PatronageError as error:  # for a person, as one that was refused at once
        Double.objects.filter(pk=pair.pk).update(error=describe(error))
        raise

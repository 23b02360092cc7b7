"""What a declaration comes to, by the rules and by our mirror; nothing is asked of Stripe here.

**Ending** (§ 312k BGB: a button on every page, without signing in): support ends when the time that is paid for is
over. What is paused or not paid has no such time left and ends at once, so that no card is tried again.

**Withdrawing** (Directive 2011/83/EU, Art. 9 and 11a, the latter by Directive (EU) 2023/2673): within 14 days of the
contract, without a reason, and all that was paid goes back. The day of the contract is not counted; the last day counts
whole, by the newsroom's clock; when it is a Saturday or Sunday the next working day counts (Regulation 1182/71, Art. 3;
public holidays differ by country and are left to a person). What counts is when the declaration reached us, not when it
was confirmed. A contract is a subscription, concluded with its first payment, or a single gift. What a bank that takes
days has not paid yet goes back when it has.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.balance import credit_left
from members.patronage.models import Declaration, DeclaredEffect, Payment, Subscription
from members.patronage.models.mirror import PAID_AHEAD, RUNNING, UNBEGUN, UNDER_WAY
from members.patronage.refunding import refundable
from members.patronage.under_way import say_under_way

WITHDRAWAL = timedelta(days=14)
SATURDAY = 5
Kind, Effect = Declaration.Kind, DeclaredEffect.Kind


@dataclass
class Foreseen:
    """`effects` are rows not yet saved; `notes` say of the rest why nothing comes of it. `may_end`: a withdrawal that
    came too late can be an ending instead. `may_withdraw`: an ending could still be a withdrawal."""

    effects: list[DeclaredEffect] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    may_end: bool = False
    may_withdraw: bool = False


def last_day(concluded_at: datetime) -> date:
    """Until the end of this day the contract may be withdrawn from."""
    day = timezone.localdate(concluded_at, timezone.get_default_timezone()) + WITHDRAWAL
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day


def is_in_time(concluded_at: datetime, made_at: datetime) -> bool:
    return timezone.localdate(made_at, timezone.get_default_timezone()) <= last_day(concluded_at)


def foresee(declaration: Declaration, kind: str = "") -> Foreseen:
    """What comes of it when it is confirmed now, as `kind` (the declaration's own)."""
    member, made_at = declaration.member, declaration.made_at
    if (kind or declaration.kind) == Kind.END:
        return _foresee_end(member, made_at)
    return _foresee_withdrawal(member, made_at)


def _foresee_end(member: Member, made_at: datetime) -> Foreseen:
    running = list(_running(member))
    foreseen = Foreseen([_end(row) for row in running])
    foreseen.notes = [note for row in running if (note := _why_at_once(row))] if running else [_why_nothing(member)]
    foreseen.notes += [note for row in running if (note := say_under_way(row))]
    foreseen.notes += [note for row in running if (note := _say_credit(row))]
    foreseen.may_withdraw = bool(_foresee_withdrawal(member, made_at).effects)
    return foreseen


def _say_credit(row: Subscription) -> str:
    """Stripe leaves it on the balance of a customer who pays no more."""
    credit = credit_left(row)
    if not credit.amount:
        return ""
    return _(
        "%(money)s of credit is left from a change of your support. It is not paid out by itself: write to us if you "
        "want it back."
    ) % {"money": credit}


def _running(member: Member) -> Iterator[Subscription]:
    return iter(_subscriptions(member).filter(status__in=RUNNING))


def _subscriptions(member: Member) -> QuerySet[Subscription]:
    """Of the mode (test or live) of our key: one of the other mode takes no money here."""
    return Subscription.objects.of_our_mode().filter(member=member).order_by("created_at", "pk")


def _end(row: Subscription) -> DeclaredEffect:
    if row.cancel_at_period_end or _is_declared(row):
        return _effect(Effect.ALREADY, row, ends_at=row.current_period_end, state=DeclaredEffect.State.DONE)
    if row.status in PAID_AHEAD:
        return _effect(Effect.END, row, ends_at=row.current_period_end)
    return _effect(Effect.CANCEL, row)


def _is_declared(row: Subscription) -> bool:
    """Another declaration of its end is on its way."""
    return row.declared.filter(state=DeclaredEffect.State.ASKED).exists()


def _effect(
    kind: DeclaredEffect.Kind,
    row: Subscription,
    *,
    ends_at: datetime | None = None,
    state: DeclaredEffect.State = DeclaredEffect.State.ASKED,
) -> DeclaredEffect:
    return DeclaredEffect(
        kind=kind, subscription=row, amount=row.amount, currency=row.currency, ends_at=ends_at, state=state
    )


def _why_at_once(row: Subscription) -> str:
    if row.cancel_at_period_end or row.status in PAID_AHEAD:
        return ""
    if row.status == "paused":
        return _(
            "Your support is paused and takes nothing, so it ends at once. "
            "What you have paid for stays yours to its end."
        )
    return _("The last payment did not go through: your support ends at once, and we stop trying your card.")


def _why_nothing(member: Member) -> str:
    """Of whom nothing runs: that it ended, that gifts were single ones, or that there never was any."""
    ended = _subscriptions(member).filter(ended_at__isnull=False).order_by("-ended_at").first()
    if ended is not None and ended.ended_at is not None:
        return _("Your support ended on %(day)s already. Nothing more is taken.") % {"day": _day(ended.ended_at)}
    gift = _paid(member).filter(kind=Payment.Kind.DONATION).first()
    if gift is not None and gift.paid_at is not None:
        return _(
            "You gave %(money)s once, on %(day)s. Nothing more is taken by itself, so there is nothing to end."
        ) % {"money": gift.money, "day": _day(gift.paid_at)}
    return _("No running support belongs to this address. Nothing is taken, and there is nothing to end.")


def _foresee_withdrawal(member: Member, made_at: datetime) -> Foreseen:
    foreseen = Foreseen()
    for row in _subscriptions(member):
        _weigh_subscription(foreseen, row, made_at)
    for gift in _given(member).filter(subscription__isnull=True):
        _weigh_gift(foreseen, gift, made_at)
    if not foreseen.effects and not foreseen.notes:
        foreseen.notes = [_("Nothing was paid from which you could withdraw: no contract belongs to this address.")]
    foreseen.may_end = not foreseen.effects and any(True for _row in _running(member))
    foreseen.notes += _say_credit_that_goes(foreseen.effects)
    return foreseen


def _say_credit_that_goes(effects: list[DeclaredEffect]) -> list[str]:
    """With the payments of its contract, all of which go back: see `credit`."""
    supports = {effect.payment.subscription for effect in effects if effect.payment}
    left = [credit for row in supports if row and (credit := credit_left(row)).amount]
    said = _("Your credit of %(money)s came of what goes back, and ends with it.")
    return [said % {"money": credit} for credit in left]


def _weigh_subscription(foreseen: Foreseen, row: Subscription, made_at: datetime) -> None:
    payments = list(_given(row.member).filter(subscription=row))
    concluded_at = min((one.paid_at for one in payments if one.paid_at), default=row.created_at)
    if is_in_time(concluded_at, made_at):
        if row.status in RUNNING and not _is_declared(row):
            foreseen.effects.append(_effect(Effect.CANCEL, row))
        foreseen.effects += [effect for one in payments if (effect := _refund(one))]
    elif row.status in RUNNING:
        foreseen.notes.append(
            _("Your support of %(money)s began on %(day)s: the 14 days for a withdrawal were over on %(last)s.")
            % {"money": row.money, "day": _day(concluded_at), "last": date_format(last_day(concluded_at), "j E Y")}
        )


def _weigh_gift(foreseen: Foreseen, gift: Payment, made_at: datetime) -> None:
    concluded_at = gift.paid_at or gift.created_at
    effect = _refund(gift) if is_in_time(concluded_at, made_at) else None
    if effect is not None:
        foreseen.effects.append(effect)
    elif not foreseen.notes and not is_in_time(concluded_at, made_at):  # of many gifts the newest is enough
        foreseen.notes.append(
            _("You gave %(money)s on %(day)s: the 14 days for a withdrawal were over on %(last)s.")
            % {"money": gift.money, "day": _day(concluded_at), "last": date_format(last_day(concluded_at), "j E Y")}
        )


def _refund(payment: Payment) -> DeclaredEffect | None:
    """All that is left of it, or may still come; None when nothing is, or when it is on its way back."""
    left = refundable(payment) if payment.paid_at else payment.money
    is_declared = payment.declared.exclude(state=DeclaredEffect.State.FAILED).exists()
    if not left.amount or is_declared:
        return None
    return DeclaredEffect(kind=Effect.REFUND, payment=payment, amount=left.amount, currency=left.currency)


def _paid(member: Member) -> QuerySet[Payment]:
    return _given(member).filter(paid_at__isnull=False)


def _given(member: Member) -> QuerySet[Payment]:
    """What was paid, and what may be: of a bill that is open nobody here knows whether a bank is at it."""
    given = Payment.objects.of_our_mode().filter(member=member, amount__gt=0)
    given = given.filter(Q(paid_at__isnull=False) | Q(status__in=UNDER_WAY)).exclude(subscription__status__in=UNBEGUN)
    return given.order_by(Coalesce("paid_at", "created_at").desc(), "-id")


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j E Y")

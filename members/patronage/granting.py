"""What a payment brings: a Period for lasting support, a Donation for a single gift, and the letters. And what takes
it back: money that went, and the end of a grace."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, Sum
from django.urls import reverse
from django.utils import timezone, translation

from members.accounts.models import Member
from members.patronage.bank_text import bank_text
from members.patronage.credit import funds_of
from members.patronage.gift_time import place_gifts
from members.patronage.models import Donation, Payment, Period, Subscription, Tier
from newsroom.lib.audit import record
from newsroom.lib.letters import withdraw_letters, write_letter
from newsroom.lib.site_settings import site_settings
from newsroom.lib.steps import step

LEAST_GRACE = 1  # days: with none each renewal would be an hour without rights, and who owes would owe for ever
LETTERS_WITHIN = timedelta(days=3)  # what is older came by a repair, and was written about then
REFUNDED = "refunded"
DISPUTED = "disputed"
WRITTEN_OFF = "written off"  # a payment's status and the reason: Stripe does not know it, and a person let it go
GIVEN_BACK = ("succeeded", "pending", "requires_action")  # refunds on their way or through
AWAITED = ("active", "past_due", "unpaid")  # Stripe may still be paid for the running period


def grant_period(*, payment: Payment, tier: Tier, starts_at: datetime, ends_at: datetime) -> Period:
    """The Period that a paid invoice brings, once per payment; a first one is welcomed. Called with the payment's row
    locked."""
    period, is_new = Period.objects.get_or_create(
        payment=payment,
        defaults={
            "member_id": payment.member_id, "tier": tier, "cause": Period.Cause.INVOICE,
            "starts_at": starts_at, "ends_at": ends_at,
        },
    )  # fmt: skip
    step("period.granted")
    if is_new:
        record("period.granted", actor_label="stripe", target=period.member, tier=tier.key, payment=payment.pk)
        is_first = not Period.objects.counting().of(period.member).exclude(pk=period.pk).exists()
        if is_first and not is_going_back(payment):
            _write("patron_welcome", f"patron-welcome:{period.member_id}", payment, tier=tier, period=period)
        if payment.amount:  # a credit or a code may leave nothing to pay
            write_receipt(payment, tier=tier, period=period)
        step("letters.written")
        place_gifts(period.member_id)
    return period


def settle_rights(payment: Payment) -> None:
    """Money that is gone takes its Period with it, and gives it back when it returns; what a person took back by hand
    stays so. Called with the payment's row locked."""
    why = why_gone(payment)
    own = Period.objects.filter(payment=payment)  # of a gift it is the recipient's
    ours = Q(revoked_why__in=(REFUNDED, DISPUTED, WRITTEN_OFF))
    if not why:
        changed = own.filter(ours).update(revoked_at=None, revoked_why="")
    else:
        own.filter(ours).exclude(revoked_why=why).update(revoked_why=why)
        changed = own.filter(revoked_at__isnull=True).update(revoked_at=timezone.now(), revoked_why=why)
    if changed:
        action = "period.revoked" if why else "period.restored"
        period = own.select_related("member").get()
        record(action, actor_label="stripe", target=period.member, payment=payment.pk, why=why)
        place_gifts(period.member_id)


def why_gone(payment: Payment) -> str:
    """Empty while any of the payment is left."""
    if payment.status == WRITTEN_OFF:
        return WRITTEN_OFF
    refunded = payment.refunds.filter(status__in=GIVEN_BACK).aggregate(total=Sum("amount"))["total"] or 0
    lost = payment.disputes.of_money_gone().aggregate(total=Sum("amount"))["total"] or 0
    if payment.amount == 0:
        return _why_credit_gone(payment)
    if refunded + lost < payment.amount:
        return ""
    return REFUNDED if refunded >= payment.amount else DISPUTED


def _why_credit_gone(payment: Payment) -> str:
    """Of what was paid by credit: its money is that of the payments that became credit. A code's price of nothing has
    none that could go."""
    reasons = [why_gone(fund) for fund in funds_of(payment)] if payment.balance_change else []
    return reasons[-1] if reasons and all(reasons) else ""


def settle_grace(subscription: Subscription) -> None:
    """While Stripe has begun a period that is not yet paid and may be, the last paid Period reaches the settings' days
    of grace further: Stripe takes an hour before it charges, a debit takes days, a card may need a new number. When it
    is paid, or cannot be any more, the Period ends where the money does. Called with the subscription's row locked;
    says the same however often and in whatever order it is called."""
    paid = Period.objects.select_for_update(of=("self",), no_key=True).filter(payment__subscription=subscription)
    periods = list(paid.filter(cause=Period.Cause.INVOICE).order_by("payment__created_at", "payment__stripe_id"))
    last = _last_paid(periods)
    for period in periods:
        if period is last and _is_awaited(subscription, period):
            _lengthen(period)
        elif period.grace_from:
            _set_end(period, ends_at=period.grace_from, grace_from=None)
            withdraw_letters(f"dunning:{period.pk}:")
            if period is periods[-1]:  # of a later one its own granting tells
                record("period.grace_over", actor_label="stripe", target=period.member, period=period.pk)


def _last_paid(periods: list[Period]) -> Period | None:
    """None also when the money for the last stretch went back: there is no grace after a refund."""
    reach = max((period.paid_until for period in periods), default=None)
    last = [period for period in periods if period.paid_until == reach and period.revoked_at is None]
    return last[-1] if last else None


def _is_awaited(subscription: Subscription, last: Period) -> bool:
    """A period that begins after a gap, such as a pause, continues nothing: there is no grace before its payment."""
    start, reach = subscription.current_period_start, subscription.current_period_end
    is_open = subscription.status in AWAITED and subscription.is_collecting
    if not is_open or reach is None or reach <= last.paid_until:
        return False
    return last.grace_from is not None or start is None or start <= last.paid_until


def _lengthen(period: Period) -> None:
    """Never shortens: what was promised is kept when the settings change."""
    until = period.paid_until + timedelta(days=days_of_grace())
    if until > period.ends_at:
        _set_end(period, ends_at=until, grace_from=period.paid_until)
        record("period.grace", actor_label="stripe", target=period.member, period=period.pk)


def days_of_grace() -> int:
    return max(LEAST_GRACE, site_settings().grace_days)


def _set_end(period: Period, *, ends_at: datetime, grace_from: datetime | None) -> None:
    period.ends_at, period.grace_from = ends_at, grace_from
    period.save(update_fields=["ends_at", "grace_from"])


def is_going_back(payment: Payment) -> bool:
    """Whoever paid has withdrawn while the bank took its days: a receipt is due, a welcome or thanks would mock."""
    return payment.declared.filter(state="asked").exists()


def note_donation(*, payment: Payment) -> Donation:
    """A paid single gift, once per payment: thanked for, and no vote. Called with the payment's row locked."""
    donation, is_new = Donation.objects.get_or_create(
        payment=payment,
        defaults={
            "member_id": payment.member_id, "amount": payment.amount, "currency": payment.currency,
            "given_at": payment.paid_at or payment.created_at,
        },
    )  # fmt: skip
    if is_new:
        record("donation.received", actor_label="stripe", target=donation)
        if not is_going_back(payment):
            _write("thanks", f"thanks:{payment.pk}", payment, donation=donation)
        write_receipt(payment, donation=donation)
    return donation


def write_receipt(payment: Payment, **context: Any) -> None:
    """Once per payment, to who paid; `context` says what for."""
    _write("receipt", f"receipt:{payment.pk}", payment, **context)


def _write(kind: str, cause: str, payment: Payment, **context: Any) -> None:
    member = payment.member
    is_old = payment.paid_at is None or payment.paid_at < timezone.now() - LETTERS_WITHIN
    if member is None or not member.email or is_old:
        return
    write_letter(
        f"members/{kind}",
        cause=cause,
        to_email=member.email,
        language=member.language,
        member_id=member.pk,
        is_urgent=kind == "receipt",
        context={
            "member": member,
            "payment": payment,
            "bank_text": bank_text(payment),
            **_addresses(member),
            **context,
        },
    )


def _addresses(member: Member) -> dict[str, str]:
    """Absolute, under the prefix of the member's language."""
    names = {"account_url": "account", "topics_url": "members:topics", "receipts_url": "members:receipts"}
    with translation.override(member.language):
        return {key: settings.SITE_URL + reverse(name) for key, name in names.items()}

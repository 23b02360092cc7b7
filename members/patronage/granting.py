"""What a payment brings: a Period for lasting support, a Donation for a single gift, and the letters."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from members.accounts.models import Member
from members.patronage.models import Donation, Payment, Period, Subscription, Tier
from newsroom.lib.audit import record
from newsroom.lib.letters import write_letter
from newsroom.lib.site_settings import site_settings

LETTERS_WITHIN = timedelta(days=3)  # what is older came by a repair, and was written about then


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
    if is_new:
        record("period.granted", actor_label="stripe", target=period.member, tier=tier.key, payment=payment.pk)
        is_first = not Period.objects.of(period.member).exclude(pk=period.pk).exists()
        if is_first:
            _write("patron_welcome", f"patron-welcome:{period.member_id}", payment, tier=tier, period=period)
        _write("receipt", f"receipt:{payment.pk}", payment, tier=tier, period=period)
    return period


def grant_grace(*, subscription: Subscription, due_at: datetime) -> None:
    """While a renewal is due and not yet paid, the last paid Period reaches the days of grace further: Stripe takes an
    hour before it charges, and a card may need a new number. Never shortens; safe to call again."""
    last = (
        Period.objects.select_for_update(of=("self",))
        .filter(payment__subscription=subscription, cause=Period.Cause.INVOICE, revoked_at__isnull=True)
        .order_by("-ends_at")
        .first()
    )
    until = due_at + timedelta(days=site_settings().grace_days)
    if last is None or last.starts_at >= due_at or last.ends_at >= until:
        return
    last.ends_at = until
    last.save(update_fields=["ends_at"])
    record("period.grace", actor_label="stripe", target=last.member, period=last.pk)


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
        _write("thanks", f"thanks:{payment.pk}", payment, donation=donation)
        _write("receipt", f"receipt:{payment.pk}", payment, donation=donation)
    return donation


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
        context={"member": member, "payment": payment, **_addresses(member), **context},
    )


def _addresses(member: Member) -> dict[str, str]:
    """Absolute, under the prefix of the member's language."""
    names = {"account_url": "account", "topics_url": "members:topics", "receipts_url": "members:receipts"}
    with translation.override(member.language):
        return {key: settings.SITE_URL + reverse(name) for key, name in names.items()}

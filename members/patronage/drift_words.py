"""What Stripe says and what we say of an object, as people write it: names for fields, money, days and states. Ids stay
as they are, and so does what no table knows, so that nothing is hidden from whoever decides."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.patronage.audit_words import say_reason, say_status
from members.patronage.models import Checkout, Dispute, Drift, Kind, Payment, Refund, Subscription, Tier
from members.patronage.models.tiers import Interval
from newsroom.lib.money import Money

FIELDS: dict[str, Any] = {
    "row": gettext_lazy("the whole of it"),
    "amount": gettext_lazy("amount"),
    "amount_off": gettext_lazy("taken off by a code"),
    "cancel_at_period_end": gettext_lazy("ends when the paid time is over"),
    "canceled_at": gettext_lazy("end was wished"),
    "balance_change": gettext_lazy("moved on the balance"),
    "currency": gettext_lazy("currency"),
    "current_period_end": gettext_lazy("running period to"),
    "current_period_start": gettext_lazy("running period from"),
    "customer": gettext_lazy("customer at Stripe"),
    "discount_ends_at": gettext_lazy("code is good until"),
    "discount_fits": gettext_lazy("code is good for what is paid"),
    "ended_at": gettext_lazy("ended"),
    "evidence_due_at": gettext_lazy("answer wanted by"),
    "is_withdrawn": gettext_lazy("money was taken"),
    "interval": gettext_lazy("rhythm"),
    "interval_count": gettext_lazy("rhythm: every how many"),
    "is_collecting": gettext_lazy("bills are collected"),
    "paid_at": gettext_lazy("paid on"),
    "percent_off": gettext_lazy("taken off by a code, per cent"),
    "period": gettext_lazy("rights for what was paid"),
    "reason": gettext_lazy("reason"),
    "receipt_number": gettext_lazy("receipt’s number"),
    "state": gettext_lazy("state"),
    "status": gettext_lazy("status"),
    "stripe_id": gettext_lazy("Stripe’s id"),
    "tier": gettext_lazy("tier"),
}  # fmt: skip

# What a comparison writes in the place of a value
WORDS: dict[str, Any] = {
    "there": gettext_lazy("there"), "missing": gettext_lazy("missing"), "granted": gettext_lazy("given"),
    "unreadable": gettext_lazy("cannot be read"),
}  # fmt: skip

MIRRORS: dict[str, Any] = {
    Kind.SUBSCRIPTION: Subscription, Kind.INVOICE: Payment, Kind.INTENT: Payment, Kind.REFUND: Refund,
    Kind.DISPUTE: Dispute,
}  # fmt: skip
NOTHING = "–"


@dataclass
class About:
    """What values lean on: our rows' currencies, by Stripe's id, and what tiers are called."""

    currencies: dict[str, str] = field(default_factory=dict)
    tiers: dict[str, str] = field(default_factory=dict)


def look_up(drifts: list[Drift]) -> About:
    """In one query for each kind of row that has an amount to write, and one for the tiers."""
    ids: dict[Any, list[str]] = {}
    for drift in drifts:
        if {"amount", "amount_off"} & drift.says.keys() and drift.kind in MIRRORS:
            ids.setdefault(MIRRORS[drift.kind], []).append(drift.stripe_id)
    about = About()
    for model, named in ids.items():
        about.currencies |= dict(model.objects.filter(stripe_id__in=named).values_list("stripe_id", "currency"))
    if any("tier" in drift.says for drift in drifts):
        about.tiers = {tier.key: tier.shown_name for tier in Tier.objects.all()}
    return about


def say_rows(drift: Drift, about: About) -> list[tuple[str, str, str]]:
    """Of each field its name, what Stripe says and what we say."""
    theirs, ours = (_currency(drift, about, side) for side in (0, 1))
    return [
        (str(FIELDS.get(name, name)), _say(name, said, theirs, about), _say(name, have, ours, about))
        for name, (said, have) in drift.says.items()
    ]


def _currency(drift: Drift, about: About, side: int) -> str:
    """Where both say the same of it, it stands at our row alone."""
    said = drift.says.get("currency", ["", ""])[side]
    return said if said and said not in WORDS else about.currencies.get(drift.stripe_id, "")


def _say(name: str, value: Any, currency: str, about: About) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, str) and value in WORDS:
        return str(WORDS[value])
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in ("amount", "amount_off") and isinstance(value, int) and currency:
        return str(Money(value, currency))
    if name == "tier":
        return about.tiers.get(value, str(value))
    say = VALUES.get(name)
    return say(value) if say else _say_moment(value)


def _say_moment(value: Any) -> str:
    """As people write it, by the reader's clock; anything else as it is."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else None
    except ValueError:
        moment = None
    return date_format(timezone.localtime(moment), "j E Y, H:i") if moment and moment.tzinfo else str(value)


def _chosen(choices: Any) -> Callable[[Any], str]:
    return lambda value: str(dict(choices).get(value, value))


VALUES: dict[str, Callable[[Any], str]] = {
    "status": say_status, "reason": say_reason, "state": _chosen(Checkout.State.choices),
    "interval": _chosen(Interval.choices), "currency": lambda value: str(value).upper(),
    "percent_off": lambda value: f"{Decimal(str(value)).normalize():f}", "stripe_id": str, "customer": str,
    "receipt_number": str,
}  # fmt: skip

"""What a member's own pages say of the support, from our rows alone."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language

from members.accounts.models import Member
from members.patronage.balance import credit_left
from members.patronage.checkout import running_subscriptions
from members.patronage.doubles import open_double_of, repair_address
from members.patronage.dunning import INCOMPLETE, owed_money, unfinished_subscription, unpaid_at_end
from members.patronage.granting import DISPUTED, REFUNDED
from members.patronage.models import Gift, Period, Subscription, SupportChange
from members.patronage.models.mirror import OWING, PAID_AHEAD
from members.patronage.models.tiers import Interval
from members.patronage.pausing import begins_anew, credit_on_resuming, due_on_resuming
from members.patronage.rights import current_period, patron_until
from members.patronage.tiers import Offers
from members.patronage.under_way import say_last_payment, say_under_way
from newsroom.lib.money import Money


def support_facts(member: Member, named: Subscription | None = None) -> dict[str, Any]:
    """With `subscription` (running, or none; of several the one that is named, or the newest) and the `others` (which
    are meant), `has_others` (also while a double waits for a word) and `goes_on` (one of them takes its next payment,
    so that its member stays a patron); `next_taking` (of all the one that takes its next payment first); `unfinished`
    (whose first payment is not through) and `owed_money` (of what is not paid, the bill); `ended` (the last one, where
    none runs) and `unpaid_end` (the bill that it ended for, or none); `period` (running, or none) and `patron_until`;
    `open_change` (asked of Stripe for any of them, not answered yet); `double` (or none) and the address of its page;
    `waiting_gift` (taken, and begins later); `lost` (the Period that would run, had its money not gone back, where no
    other runs); `awaits_bank` (whether a first payment is under way that brings no rights before it is here); `credit`
    (which its payments are taken from); `under_way` and `last_payment` (a sentence each, of a renewal that is still to
    be paid; empty where none is)."""
    running = list(running_subscriptions(member))
    subscription = named or (running[0] if running else None)
    others, taking = [row for row in running if row != subscription], [row for row in running if row.takes_next_payment]
    ended = None if subscription else _last_ended(member)
    unfinished = unfinished_subscription(member)
    unpaid = subscription or unfinished
    period = current_period(member)
    double = open_double_of(member)
    facts: dict[str, Any] = {
        "double": double, "repair_url": repair_address(double, get_language() or "") if double else "",
        "subscription": subscription, "period": period, "patron_until": patron_until(member),
        "waiting_gift": _waiting_gift(member), "unfinished": unfinished,
        "owed_money": owed_money(unpaid) if unpaid and unpaid.status in (*OWING, INCOMPLETE) else None,
        "ended": ended, "unpaid_end": unpaid_at_end(ended) if ended else None,
        "open_change": _open_change(running), "lost": None if period else _lost_period(member),
        "others": [] if double else others, "has_others": bool(others), "goes_on": any(row in others for row in taking),
        "next_taking": min(taking, key=lambda row: row.current_period_end or row.created_at, default=None),
        "awaits_bank": period is None and _awaits_bank(subscription),
    }  # fmt: skip
    if subscription is not None:
        facts["credit"] = credit_left(subscription)
        facts["under_way"], facts["last_payment"] = say_under_way(subscription), say_last_payment(subscription)
    if subscription is not None and subscription.status == "paused":
        facts["due_on_resuming"] = due_on_resuming(subscription)
        facts["credit_on_resuming"] = credit_on_resuming(subscription)
        facts["begins_anew"] = begins_anew(subscription)
    return facts


def _awaits_bank(subscription: Subscription | None) -> bool:
    """Stripe calls support active while a bank takes its days for the first debit."""
    if subscription is None or subscription.status not in PAID_AHEAD:
        return False
    return not subscription.payments.filter(paid_at__isnull=False).exists()


def _lost_period(member: Member) -> Period | None:
    now = timezone.now()
    gone = Period.objects.counting().of(member).filter(revoked_why__in=(REFUNDED, DISPUTED))
    running = gone.filter(starts_at__lte=now, ends_at__gt=now).select_related("payment")
    return running.order_by("-revoked_at").first()


def _waiting_gift(member: Member) -> Gift | None:
    """The first that was taken and has not begun, since other time runs."""
    waiting = Gift.objects.filter(
        redeemed_by=member, period__starts_at__gt=timezone.now(), period__revoked_at__isnull=True
    )
    return waiting.select_related("period", "tier").order_by("period__starts_at").first()


def _last_ended(member: Member) -> Subscription | None:
    ended = Subscription.objects.of_our_mode().filter(member=member, status="canceled", ended_at__isnull=False)
    return ended.order_by("-ended_at").first()


def _open_change(running: list[Subscription]) -> SupportChange | None:
    return SupportChange.objects.filter(subscription__in=running, state=SupportChange.State.ASKED).first()


def change_choices(offers: Offers, subscription: Subscription, typed: Mapping[str, Any]) -> dict[str, Any]:
    """What may be chosen instead; `typed` is what was sent before, if anything, and is shown as it was."""
    offered = [interval for interval in Interval if offers.of(subscription.currency, interval)]
    chosen = typed.get("frequency") or (subscription.interval if subscription.is_sold_so else offered[0])
    return {
        "frequencies": [_frequency(offers, subscription, interval, chosen, typed) for interval in offered],
        "other_amount": typed.get("other_amount", _own_amount(offers, subscription)),
    }


def _own_amount(offers: Offers, subscription: Subscription) -> str:
    """What is given now, where no price offers it: in digits, as it could have been typed."""
    offered = {price.amount for price in offers.of(subscription.currency, subscription.interval)}
    return "" if subscription.amount in offered or not subscription.is_sold_so else str(subscription.money.decimal)


def _frequency(
    offers: Offers, subscription: Subscription, interval: Interval, chosen: str, typed: Mapping[str, Any]
) -> dict[str, Any]:
    prices = offers.of(subscription.currency, interval)
    given = subscription.amount if subscription.is_sold_so and interval == subscription.interval else None
    marked = typed.get(f"amount_{interval}") or str(given if given is not None else prices[0].amount)
    amounts = [
        {
            "value": price.amount, "label": str(price.money), "pitch": price.tier.shown_pitch,
            "is_chosen": str(price.amount) == marked, "is_given": price.amount == given,
        }
        for price in prices
    ]  # fmt: skip
    return {
        "value": interval.value,
        "label": str(interval.label).capitalize(),
        "is_chosen": interval.value == chosen,
        "amounts": amounts,
        "other_is_chosen": not any(amount["is_chosen"] for amount in amounts),
        "least": Money(offers.least(subscription.currency, interval), subscription.currency),
    }

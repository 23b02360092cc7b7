"""Another amount or interval for running support: what Stripe would charge is shown first, then confirmed."""

from copy import copy
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.carrying_out import carry_out, claim_shown, item_of, require_running, terms_of
from members.patronage.checkout import product_of
from members.patronage.client import asking_stripe, stripe_api
from members.patronage.errors import AmountRefused, NoSupport, ShownTooLongAgo
from members.patronage.fetching import Object, ask, discount_of, fetch_subscription, id_of, moment
from members.patronage.models import Subscription, SupportChange, Tier
from members.patronage.tiers import Offers
from newsroom.lib.money import Money

SHOWN_FOR = timedelta(minutes=30)


def propose_change(
    *, member: Member, money: Money, interval: str, subscription: Subscription | None = None
) -> SupportChange:
    """What the change would cost now and when the next payment is, as Stripe's preview says; nothing is changed.
    `subscription` is one of the member's running ones, the newest where none is named.

    Raises NoSupport (none running, or one that is paused, ending or unpaid), AmountRefused, StripeResting,
    StripeRefused, NotConfigured.
    """
    subscription = require_changeable(member, subscription)
    if money.currency != subscription.currency:
        raise AmountRefused(_("Running support keeps its currency. End it and begin anew to give in another one."))
    tier = Offers().check(money, interval)
    if money.amount == subscription.amount and _keeps_rhythm(subscription, interval):
        raise AmountRefused(_("That is what you give already."))
    change = _sketch(subscription, money, interval)
    data = fetch_subscription(subscription.stripe_id).data
    item = data["items"]["data"][0]
    change.item_id = item["id"]
    change.product_id = _product(tier, subscription, item)
    preview = _preview(change, terms_of(change))
    _note_preview(change, preview)
    _note_later(change, preview, data)
    change.save()
    return change


def require_changeable(member: Member, named: Subscription | None = None) -> Subscription:
    """The running support that is named, or the newest, where its terms can be changed. Raises NoSupport with a
    sentence that says what to do."""
    subscription = require_running(member, named)
    if subscription.cancel_at_period_end:
        raise NoSupport(_("Your support is about to end. Go on with it first, then change it."))
    if subscription.status == "paused":
        raise NoSupport(_("Your support is paused. Go on with it first, then change it."))
    if subscription.is_owing:
        raise NoSupport(_("The last payment did not go through. Please check your card first, then change the amount."))
    return subscription


def _sketch(subscription: Subscription, money: Money, interval: str) -> SupportChange:
    """More, or another rhythm, begins now and is charged for the time from now on. Less begins with the next payment:
    what was paid stays paid, and so do the rights."""
    is_prorated = not _keeps_rhythm(subscription, interval) or money.amount > subscription.amount
    return SupportChange(
        member_id=subscription.member_id, subscription=subscription, kind=SupportChange.Kind.TERMS,
        state=SupportChange.State.SHOWN, amount=money.amount, currency=money.currency, interval=interval,
        is_prorated=is_prorated, prorated_at=timezone.now().replace(microsecond=0) if is_prorated else None,
    )  # fmt: skip


def _keeps_rhythm(subscription: Subscription, interval: str) -> bool:
    return subscription.is_sold_so and interval == subscription.interval


def _product(tier: Tier | None, subscription: Subscription, item: Object) -> str:
    if tier is None or tier == subscription.tier:
        return id_of(item["price"]["product"])
    with asking_stripe():
        return product_of(tier)


def _preview(change: SupportChange, terms: dict[str, Any]) -> Object:
    details = {**terms, "items": [item_of(change)]}
    params = {"subscription": change.subscription.stripe_id, "subscription_details": details}
    return ask(lambda: stripe_api().invoices.create_preview(params)).data


def _note_preview(change: SupportChange, preview: Object) -> None:
    """A change that is not prorated is previewed by the next renewal's invoice: nothing is due now."""
    if change.is_prorated:
        change.due_now = preview["amount_due"]
        change.credit = max(0, -_balance_after(preview))
        change.next_at = _end_of_what_is_paid(preview["lines"]["data"])
    else:
        change.due_now = 0
        change.next_at = change.subscription.current_period_end


def _end_of_what_is_paid(lines: list[Object]) -> datetime | None:
    """Of the new period where one begins: the credit for a year that is given up reaches further than a month."""
    details = [((line["parent"] or {}).get("subscription_item_details") or {}, line) for line in lines]
    whole = [line for of_item, line in details if of_item and not of_item["proration"]]
    return moment(max((line["period"]["end"] for line in whole or lines), default=None))


def _balance_after(preview: Object) -> int:
    """What the customer's balance is once the invoice is settled (negative: credit): Stripe leaves `ending_balance`
    empty until an invoice is finalized."""
    return (preview["starting_balance"] or 0) + preview["total"] - preview["amount_due"]


def _note_later(change: SupportChange, preview: Object, data: Object) -> None:
    """What the next payment takes, as Stripe previews it, and what each one takes as long as a code lasts. Of a new
    rhythm Stripe previews no more than the bill of today: the one after that is worked out from the code's terms."""
    subscription = change.subscription
    lasting = change.money if _is_for_one_bill(data) else _under_the_code(change, data)
    change.lasting_amount = lasting.amount
    if not change.is_prorated:
        change.next_due = preview["amount_due"]
        return
    bill = lasting.amount
    if _keeps_rhythm(subscription, change.interval):
        bill = _preview(change, {"proration_behavior": "none"})["total"]
    change.next_due = max(0, bill + _balance_after(preview))


def _under_the_code(change: SupportChange, data: Object) -> Money:
    """A code may be good for the products of some tiers alone, and the change may lead to another one's."""
    row = copy(change.subscription)
    for name, value in discount_of(data, product_id=change.product_id).items():
        setattr(row, name, value)
    return row.discounted(change.money, change.next_at)


def _is_for_one_bill(data: Object) -> bool:
    """Whether the subscription's code is gone with the next bill."""
    coupons = [given["source"]["coupon"] for given in data["discounts"] or [] if isinstance(given, dict)]
    return any(isinstance(coupon, dict) and coupon["duration"] == "once" for coupon in coupons)


def shown_change(*, member: Member, key: UUID) -> SupportChange | None:
    """The member's own; somebody else's is not there."""
    own = SupportChange.objects.filter(member=member, key=key, kind=SupportChange.Kind.TERMS)
    return own.select_related("subscription", "member").first()


def is_stale(change: SupportChange) -> bool:
    return abs(timezone.now() - change.created_at) > SHOWN_FOR


def confirm_change(*, change: SupportChange) -> SupportChange:
    """Makes the change that was shown, once, however often it is asked for. Raises ShownTooLongAgo, ChangeUnderWay,
    NoSupport and as `carry_out`."""
    if change.state != SupportChange.State.SHOWN:
        return change
    if is_stale(change):
        raise ShownTooLongAgo(_("This was shown a while ago. Please look again at what it costs."))
    subscription = require_changeable(change.member, change.subscription)
    if _has_moved(change, subscription):
        raise ShownTooLongAgo(_("Your support has changed since. Please look again at what it costs."))
    if claim_shown(change):
        carry_out(change)
    else:
        change.refresh_from_db()
    return change


def _has_moved(change: SupportChange, subscription: Subscription) -> bool:
    """Another change was made after this one was shown."""
    later = subscription.changes.filter(state=SupportChange.State.DONE, finished_at__gt=change.created_at)
    return later.exists()

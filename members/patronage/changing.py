"""Another amount or interval for running support: what Stripe would charge is shown first, then confirmed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.carrying_out import carry_out, claim_shown, item_of, require_running, terms_of
from members.patronage.checkout import product_of
from members.patronage.client import asking_stripe, stripe_api
from members.patronage.errors import AmountRefused, NoSupport, ShownTooLongAgo
from members.patronage.fetching import Object, ask, fetch_subscription, id_of, moment
from members.patronage.models import Subscription, SupportChange, Tier
from members.patronage.tiers import Offers
from newsroom.lib.money import Money

SHOWN_FOR = timedelta(minutes=30)


def propose_change(*, member: Member, money: Money, interval: str) -> SupportChange:
    """What the change would cost now and when the next payment is, as Stripe's preview says; nothing is changed.

    Raises NoSupport (none running, or one that is paused, ending or unpaid), AmountRefused, StripeResting,
    StripeRefused, NotConfigured.
    """
    subscription = require_changeable(member)
    if money.currency != subscription.currency:
        raise AmountRefused(_("Running support keeps its currency. End it and begin anew to give in another one."))
    tier = Offers().check(money, interval)
    if (money.amount, interval) == (subscription.amount, subscription.interval):
        raise AmountRefused(_("That is what you give already."))
    change = _sketch(subscription, money, interval)
    item = fetch_subscription(subscription.stripe_id).data["items"]["data"][0]
    change.item_id = item["id"]
    change.product_id = _product(tier, subscription, item)
    _note_preview(change, ask(lambda: stripe_api().invoices.create_preview(_preview_of(change))).data)
    change.save()
    return change


def require_changeable(member: Member) -> Subscription:
    """The running support, where its terms can be changed. Raises NoSupport with a sentence that says what to do."""
    subscription = require_running(member)
    if subscription.cancel_at_period_end:
        raise NoSupport(_("Your support is about to end. Go on with it first, then change it."))
    if subscription.status == "paused":
        raise NoSupport(_("Your support is paused. Go on with it first, then change it."))
    if subscription.status == "past_due":
        raise NoSupport(_("The last payment did not go through. Please check your card first, then change the amount."))
    return subscription


def _sketch(subscription: Subscription, money: Money, interval: str) -> SupportChange:
    """More, or another rhythm, begins now and is charged for the time from now on. Less begins with the next payment:
    what was paid stays paid, and so do the rights."""
    is_prorated = interval != subscription.interval or money.amount > subscription.amount
    return SupportChange(
        member_id=subscription.member_id, subscription=subscription, kind=SupportChange.Kind.TERMS,
        state=SupportChange.State.SHOWN, amount=money.amount, currency=money.currency, interval=interval,
        is_prorated=is_prorated, prorated_at=timezone.now().replace(microsecond=0) if is_prorated else None,
    )  # fmt: skip


def _product(tier: Tier | None, subscription: Subscription, item: Object) -> str:
    if tier is None or tier == subscription.tier:
        return id_of(item["price"]["product"])
    with asking_stripe():
        return product_of(tier)


def _preview_of(change: SupportChange) -> dict[str, Any]:
    details = {**terms_of(change), "items": [item_of(change)]}
    return {"subscription": change.subscription.stripe_id, "subscription_details": details}


def _note_preview(change: SupportChange, preview: Object) -> None:
    """A change that is not prorated is previewed by the next renewal's invoice: nothing is due now."""
    lines = preview["lines"]["data"]
    if change.is_prorated:
        change.due_now = preview["amount_due"]
        change.credit = max(0, -(preview["ending_balance"] or 0))
        change.next_at = moment(max(line["period"]["end"] for line in lines)) if lines else None
    else:
        change.due_now = 0
        change.next_at = change.subscription.current_period_end


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
    subscription = require_changeable(change.member)
    if subscription.pk != change.subscription_id or _has_moved(change, subscription):
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

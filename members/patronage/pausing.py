"""Pausing support and going on with it. A pause at Stripe makes no invoice; what was paid for runs to its end, and with
it the rights."""

from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.balance import after_credit
from members.patronage.carrying_out import begin, carry_out, require_running
from members.patronage.errors import NoSupport, StripeRefused
from members.patronage.models import Subscription, SupportChange
from newsroom.lib.money import Money


def pause_support(*, member: Member, subscription: Subscription | None = None) -> Subscription:
    """Nothing is taken until it is resumed. Asking twice changes nothing. `subscription` is one of the member's running
    ones, the newest where none is named. Raises NoSupport (none running, ending or unpaid), ChangeUnderWay and as
    `carry_out`."""
    subscription = require_running(member, subscription)
    if subscription.status == "paused":
        return subscription
    if subscription.cancel_at_period_end:
        raise NoSupport(_("Your support is about to end, and nothing more is taken: there is nothing to pause."))
    if subscription.is_owing:  # Stripe would go on trying the open invoice
        raise NoSupport(_("The last payment did not go through. Please check your card first, or end your support."))
    return carry_out(begin(subscription, SupportChange.Kind.PAUSE, actor=member))


def resume_support(*, member: Member, subscription: Subscription | None = None) -> Subscription:
    """Goes on: within the paid time with nothing to pay, after it with a payment now. One that does not go through
    leaves the support unpaid, as a failed renewal does, and raises StripeRefused. Asked and raises as
    `pause_support`."""
    subscription = require_running(member, subscription)
    if subscription.status != "paused":
        return subscription
    due_now: int | None = due_on_resuming(subscription).amount
    if begins_anew(subscription):
        due_now = due_now or None  # 0 is for paid time that goes on
    kind = SupportChange.Kind.RESUME
    row = carry_out(begin(subscription, kind, actor=member, due_now=due_now, currency=subscription.currency))
    if row.is_owing:
        raise StripeRefused(_("Your support goes on, but the payment did not go through. Please check your card."))
    return row


def begins_anew(subscription: Subscription) -> bool:
    """Whether the paid time is over, so that going on begins a new period, also where a code or credit leaves nothing
    to pay."""
    until = subscription.current_period_end
    return until is None or until <= timezone.now()


def due_on_resuming(subscription: Subscription) -> Money:
    """What is taken: nothing while the paid time runs, and after it what no credit pays."""
    return after_credit(subscription, _price_of_resuming(subscription))


def credit_on_resuming(subscription: Subscription) -> Money:
    """What credit pays of it."""
    price = _price_of_resuming(subscription)
    return Money(price.amount - after_credit(subscription, price).amount, price.currency)


def _price_of_resuming(subscription: Subscription) -> Money:
    if begins_anew(subscription):
        return subscription.money_at(timezone.now())
    return Money(0, subscription.currency)

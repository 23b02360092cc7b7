"""Ending a member's support from the desk: a row first, as for what members wish themselves, then Stripe."""

from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.carrying_out import begin, carry_out
from members.patronage.errors import NoSupport, NotAllowed
from members.patronage.models import Subscription, SupportChange


def end_for_member(*, user: Member, subscription: Subscription, is_at_once: bool) -> Subscription:
    """Nothing more is taken: from the period's end, or from now on. What was paid for is kept until it is given back.
    Asking twice changes nothing. Called outside any transaction. Raises NotAllowed, NoSupport, ChangeUnderWay, and as
    `carry_out`."""
    if not user.has_perm("members.change_subscription"):
        raise NotAllowed(_("Only membership managers may end support."))
    if not subscription.is_running:
        raise NoSupport(_("This support has ended already."))
    if subscription.cancel_at_period_end and not is_at_once:
        return subscription
    kind = SupportChange.Kind.CANCEL if is_at_once else SupportChange.Kind.END
    return carry_out(begin(subscription, kind, actor=user))

"""Ending a member's support from the desk: at Stripe first, then in our mirror from Stripe's own answer."""

from typing import Any

from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.client import stripe_api
from members.patronage.errors import NoSupport, NotAllowed
from members.patronage.fetching import ask
from members.patronage.mirroring import mirror_subscription
from members.patronage.models import Subscription
from newsroom.lib.audit import record

EXPAND: dict[str, Any] = {"expand": ["customer"]}


def end_for_member(*, user: Member, subscription: Subscription, is_at_once: bool) -> Subscription:
    """Nothing more is taken: from the period's end, or from now on. What was paid for is kept until it is given back.
    Asking twice changes nothing. Called outside any transaction. Raises NotAllowed, NoSupport, StripeResting,
    StripeRefused, NotConfigured."""
    if not user.has_perm("members.change_subscription"):
        raise NotAllowed(_("Only membership managers may end support."))
    if not subscription.is_running:
        raise NoSupport(_("This support has ended already."))
    record("support.end_asked", actor=user, target=subscription, at_once=is_at_once)
    services, stripe_id = stripe_api().subscriptions, subscription.stripe_id
    if is_at_once:
        return mirror_subscription(ask(lambda: services.cancel(stripe_id, EXPAND)))
    return mirror_subscription(ask(lambda: services.update(stripe_id, {"cancel_at_period_end": True, **EXPAND})))

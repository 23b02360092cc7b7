"""Ending support and keeping it after all: at Stripe first, then in our mirror from Stripe's own answer."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.checkout import STRIPE_LOCALES, running_subscription
from members.patronage.client import asking_stripe, stripe_api
from members.patronage.errors import NoSupport
from members.patronage.fetching import ask
from members.patronage.mirroring import mirror_subscription
from members.patronage.models import Subscription
from newsroom.lib.audit import record


def end_support(*, member: Member) -> Subscription:
    """Nothing more is taken; what was paid for runs to its end. Asking twice changes nothing.
    Raises NoSupport, StripeResting, StripeRefused, NotConfigured."""
    return _set_ending(member, is_ending=True)


def keep_support(*, member: Member) -> Subscription:
    """Takes the ending back while the paid time still runs. Raises as `end_support`."""
    return _set_ending(member, is_ending=False)


def _set_ending(member: Member, *, is_ending: bool) -> Subscription:
    subscription = running_subscription(member)
    if subscription is None:
        raise NoSupport(_("You have no running support that could be changed."))
    with transaction.atomic():  # the wish is on record before Stripe hears of it
        record("support.end_asked" if is_ending else "support.keep_asked", actor=member, target=subscription)
    params = {"cancel_at_period_end": is_ending, "expand": ["customer"]}
    return mirror_subscription(ask(lambda: stripe_api().subscriptions.update(subscription.stripe_id, params)))


def open_portal(*, member: Member, language: str) -> str:
    """The address of Stripe's page where the card can be changed. It is good for one visit.
    Raises NoSupport and what Stripe's silence raises."""
    subscription = running_subscription(member)
    if subscription is None:
        raise NoSupport(_("You have no running support that could be changed."))
    with translation.override(language):
        back = settings.SITE_URL + reverse("members:my-support")
    params = {
        "customer": subscription.customer.stripe_id, "return_url": back,
        "locale": language if language in STRIPE_LOCALES else "auto",
    }  # fmt: skip
    with asking_stripe():
        return stripe_api().billing_portal.sessions.create(params).url

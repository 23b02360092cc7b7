"""Ending support and keeping it after all: at Stripe first, then in our mirror from Stripe's own answer."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.carrying_out import begin, carry_out, require_running
from members.patronage.checkout import STRIPE_LOCALES, running_subscription
from members.patronage.client import asking_stripe, stripe_api
from members.patronage.errors import NoSupport
from members.patronage.models import StripeCustomer, Subscription, SupportChange
from members.patronage.models.mirror import OWING

Kind = SupportChange.Kind


def end_support(
    *, member: Member, subscription: Subscription | None = None, reason: str = "", comment: str = ""
) -> Subscription:
    """Nothing more is taken; what was paid for runs to its end. What is paused or unpaid ends at once. Asking
    twice changes nothing. `subscription` is one of the member's running ones, the newest where none is named; `reason`
    one of SupportChange.Reason or empty.
    Raises NoSupport, ChangeUnderWay and as `carry_out`."""
    subscription = require_running(member, subscription)
    if subscription.cancel_at_period_end:
        return subscription
    kind = Kind.CANCEL if subscription.status in ("paused", *OWING) else Kind.END
    return carry_out(begin(subscription, kind, actor=member, reason=reason, comment=comment[:1000]))


def keep_support(*, member: Member, subscription: Subscription | None = None) -> Subscription:
    """Takes the ending back while the paid time still runs. Asked and raises as `end_support`."""
    subscription = require_running(member, subscription)
    if not subscription.cancel_at_period_end:
        return subscription
    return carry_out(begin(subscription, Kind.KEEP, actor=member))


def open_portal(
    *, member: Member, language: str, is_for_card: bool = False, subscription: Subscription | None = None
) -> str:
    """The address of Stripe's page with card and invoices, or straight with the card. It is good for one visit. Also
    for whoever's support has ended: the invoices stay. `subscription` is one of the member's own, whose card it is
    about: two may stand with two customers.
    Raises NoSupport and what Stripe's silence raises."""
    customer = subscription.customer.stripe_id if subscription else _customer_of(member)
    with translation.override(language):
        back = settings.SITE_URL + reverse("members:my-support")
    params = {
        "customer": customer, "return_url": back, "locale": language if language in STRIPE_LOCALES else "auto",
        **({"flow_data": {"type": "payment_method_update"}} if is_for_card else {}),
    }  # fmt: skip
    with asking_stripe():
        return stripe_api().billing_portal.sessions.create(params).url


def _customer_of(member: Member) -> str:
    """The running support's customer, else the last one the member paid as. Raises NoSupport."""
    own = StripeCustomer.objects.of_our_account().filter(member=member)
    running = running_subscription(member)
    found = running.customer if running else own.order_by("-id").first()
    if found is None:
        raise NoSupport(_("You have no support of which there could be invoices."))
    return found.stripe_id

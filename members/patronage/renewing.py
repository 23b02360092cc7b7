"""Writing to yearly patrons before their support is renewed: the amount, the day, and the ways to change or end it.

Nobody forgets a monthly payment; a yearly one is forgotten by most, and a renewal that surprises is what people dispute
at their bank. Several countries ask for such a letter. One per renewal: it is named by the period that runs out, so a
day of payment that moves brings no second one, and a sweep that comes late writes one and not two.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import CharField, Exists, Func, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.urls import reverse
from django.utils import timezone, translation

from members.patronage.checkout import query_of
from members.patronage.models import Subscription, SupportChange, SupportMove
from members.patronage.models.mirror import PAID_AHEAD
from members.patronage.models.tiers import Interval
from newsroom.lib.holding import is_on_hold
from newsroom.lib.letters import write_letter
from newsroom.lib.models import Letter
from newsroom.lib.money import Money
from newsroom.lib.site_settings import site_settings
from newsroom.lib.sweeping import for_each

AT_ONCE = 500
STOPS = (SupportChange.Kind.END, SupportChange.Kind.CANCEL, SupportChange.Kind.PAUSE)


def sweep_renewals() -> None:
    """Writes to each yearly patron whose renewal is near. Safe to run twice: a letter's cause is its renewal. One that
    cannot be written holds up no other."""
    if is_on_hold():
        return
    for_each(_near_renewals(), _write, failed="renewal_not_written")


def _near_renewals() -> list[Subscription]:
    """By the mirror; without those that end, are paused or owe, and those written to already."""
    now = timezone.now()
    until = now + timedelta(days=site_settings().renewal_notice_days)
    near = Subscription.objects.of_our_mode().filter(
        interval=Interval.YEAR, status__in=PAID_AHEAD, cancel_at_period_end=False, is_collecting=True,
        current_period_end__gt=now, current_period_end__lte=until, member__email__isnull=False,
    )  # fmt: skip
    told = Exists(Letter.objects.filter(cause=OuterRef("cause")))  # who was told must not stand before who was not
    rows = near.alias(cause=_cause()).exclude(_is_stopping() | told).select_related("member", "tier")
    return list(rows.order_by("current_period_end")[:AT_ONCE])


def _is_stopping() -> Exists:
    """Stripe was asked to stop it and has not answered yet."""
    asked: QuerySet[SupportChange] = SupportChange.objects.filter(
        subscription=OuterRef("pk"), state=SupportChange.State.ASKED, kind__in=STOPS
    )
    return Exists(asked)


def _cause() -> Concat:
    """`cause_of`, for the database to look up. Its days are UTC's, as ours are."""
    begun = Func(
        Coalesce("current_period_start", "created_at"), Value("YYYYMMDD"), function="to_char", output_field=CharField()
    )
    return Concat(Value("renewal:"), Cast("pk", CharField()), Value(":"), begun, output_field=CharField())


def cause_of(subscription: Subscription) -> str:
    """Of the period that runs out, whose beginning stays when its end moves."""
    begun = subscription.current_period_start or subscription.created_at
    return f"renewal:{subscription.pk}:{begun:%Y%m%d}"


def renewal_money(subscription: Subscription) -> Money:
    """What the renewal takes: with what a promotion code takes off then, and at the new price where support is moved to
    one in time. The patron was told of the move, and may still keep the old price: it is what happens if nothing is
    done."""
    renewal = subscription.current_period_end
    told = subscription.moves.filter(state=SupportMove.State.TOLD, first_at__lte=renewal)
    move = told.select_related("move__price").first()
    return subscription.discounted(move.move.price.money if move else subscription.money, renewal)


def _write(subscription: Subscription) -> None:
    member = subscription.member
    write_letter(
        "members/renewal_soon",
        cause=cause_of(subscription),
        to_email=member.email or "",
        language=member.language,
        member_id=member.pk,
        expires_at=subscription.current_period_end,
        context={
            "member": member, "subscription": subscription, "money": renewal_money(subscription),
            **_addresses(subscription),
        },
    )  # fmt: skip


def _addresses(subscription: Subscription) -> dict[str, Any]:
    query = query_of(subscription)
    names = {
        "change_url": "members:change-support", "account_url": "members:my-support",
        "end_account_url": "members:end-support", "end_url": "members:support-end",
    }  # fmt: skip
    with translation.override(subscription.member.language):
        addresses = {key: settings.SITE_URL + reverse(name) for key, name in names.items()}
    return addresses | {key: addresses[key] + query for key in ("change_url", "end_account_url")}

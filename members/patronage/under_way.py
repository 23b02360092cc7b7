"""The payment for a period that has begun and that nobody has heard of yet: Stripe takes an hour before it charges, a
bank days. Who ends or pauses meanwhile is told that it is still taken."""

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from members.patronage.dunning import owed_money
from members.patronage.models import Period, Subscription


def say_under_way(subscription: Subscription) -> str:
    """Empty where no such payment is awaited. The rights stand meanwhile by the grace of the last Period."""
    in_grace = Period.objects.filter(payment__subscription=subscription, grace_from__isnull=False)
    if subscription.status != "active" or not in_grace.filter(revoked_at__isnull=True).exists():
        return ""
    return _("The payment of %(money)s for the time until %(day)s is under way already and is still taken.") % {
        "money": owed_money(subscription),
        "day": _day(subscription),
    }


def say_last_payment(subscription: Subscription) -> str:
    """Of support that is ended, or would be."""
    if not (said := say_under_way(subscription)):
        return ""
    end = _("It is the last one: the support ends on %(day)s.") % {"day": _day(subscription)}
    return f"{said} {end}"


def _day(subscription: Subscription) -> str:
    until = subscription.current_period_end
    return date_format(localtime(until), "j E Y") if until else ""

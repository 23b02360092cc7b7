"""What a payment was for, in a line: from what the mirror holds, and no more than that."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.patronage.models import Gift, Payment, Period
from members.patronage.models.tiers import Interval

LENGTHS = {Interval.MONTH.value: (28, 31), Interval.YEAR.value: (365, 366)}  # days that one may have

WHAT_FOR = ("subscription__tier", "period__tier", "gift__tier")  # what a payment comes with


def what_for(payment: Payment) -> str:
    """Of support its tier, rhythm and stretch of time; of a gift for somebody else for whom, while the giver's word of
    that is kept. `payment` comes with WHAT_FOR, or asks for each."""
    period: Period | None = getattr(payment, "period", None)
    gift: Gift | None = getattr(payment, "gift", None)
    if payment.kind == Payment.Kind.GIFT and gift is not None:
        return _of_gift(gift)
    if payment.kind == Payment.Kind.RENEWAL and period is not None:
        return _of_support(payment, period)
    return payment.get_kind_display()


def _of_support(payment: Payment, period: Period) -> str:
    said = {
        "tier": period.tier.shown_name, "rhythm": _rhythm(payment, period), "start": _day(period.starts_at),
        "end": _day(period.paid_until),
    }  # fmt: skip
    if said["rhythm"]:
        return _("%(tier)s, %(rhythm)s: %(start)s to %(end)s") % said
    return _("%(tier)s: %(start)s to %(end)s") % said


def _rhythm(payment: Payment, period: Period) -> str:
    """That of the subscription, which may have another one by now, where the time that was paid is as long. What a
    change cost pays for the rest of a period: it has none."""
    support = payment.subscription
    interval = support.interval if support and support.is_sold_so else ""
    least, most = LENGTHS.get(interval, (0, 0))
    is_whole = least <= round((period.paid_until - period.starts_at).total_seconds() / 86_400) <= most
    return str(Interval(interval).label) if interval and is_whole else ""


def _of_gift(gift: Gift) -> str:
    said = {"count": gift.months, "tier": gift.tier.shown_name, "address": gift.recipient_email}
    if gift.recipient_email:
        return (
            ngettext(
                "%(count)s month of %(tier)s, a gift for %(address)s",
                "%(count)s months of %(tier)s, a gift for %(address)s",
                gift.months,
            )
            % said
        )
    return ngettext("%(count)s month of %(tier)s, a gift", "%(count)s months of %(tier)s, a gift", gift.months) % said


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j E Y")

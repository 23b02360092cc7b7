"""How often something is paid, in words. We sell months and years; Stripe's dashboard and other tools can make any
number of days, weeks, months or years of it."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.patronage.models.tiers import Interval
from newsroom.lib.money import Money


def is_sold_so(interval: str, count: int) -> bool:
    return count == 1 and interval in Interval.values


def say_every(interval: str, count: int) -> str:
    """Every month, every 3 months."""
    if count == 1:
        words = {"day": _("every day"), "week": _("every week"), "month": _("every month"), "year": _("every year")}
        return words.get(interval, interval)
    plurals = {
        "day": ngettext("every %(count)s day", "every %(count)s days", count),
        "week": ngettext("every %(count)s week", "every %(count)s weeks", count),
        "month": ngettext("every %(count)s month", "every %(count)s months", count),
        "year": ngettext("every %(count)s year", "every %(count)s years", count),
    }
    return plurals[interval] % {"count": count} if interval in plurals else interval


def say_rhythm(interval: str, count: int) -> str:
    """Monthly, yearly, every 3 months."""
    return str(Interval(interval).label) if is_sold_so(interval, count) else say_every(interval, count)


def say_rate(money: Money, interval: str, count: int) -> str:
    """€5 a month, €50 a year, €15 every 3 months."""
    if not is_sold_so(interval, count):
        return f"{money} {say_every(interval, count)}"
    said = _("%(money)s a year") if interval == Interval.YEAR else _("%(money)s a month")
    return said % {"money": money}

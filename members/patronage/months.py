"""Months as people count them."""

import calendar
from datetime import datetime

from django.utils.translation import ngettext


def show_months(months: int) -> str:
    return ngettext("%(count)s month", "%(count)s months", months) % {"count": months}


def add_months(moment: datetime, months: int) -> datetime:
    """The same day and hour months later, or the month's last day where it has no such day.

    >>> add_months(datetime(2026, 1, 31, 9), 1)
    datetime.datetime(2026, 2, 28, 9, 0)
    """
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)

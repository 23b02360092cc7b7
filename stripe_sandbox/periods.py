"""When a billing period ends: calendar months and years from the anchor, clamped to the month's last day, in UTC."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime

_SECONDS = {"day": 86400, "week": 7 * 86400}


def add_interval(start: int, interval: str, count: int, *, anchor: int) -> int:
    """The moment `count` intervals after `start`. The anchor keeps its day: 31 January, 28 February, 31 March."""
    if interval in _SECONDS:
        return start + _SECONDS[interval] * count
    months = count * (12 if interval == "year" else 1)
    moment = datetime.fromtimestamp(start, UTC)
    index = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(index, 12)
    day = min(datetime.fromtimestamp(anchor, UTC).day, calendar.monthrange(year, month + 1)[1])
    return int(moment.replace(year=year, month=month + 1, day=day).timestamp())

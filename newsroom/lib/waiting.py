"""Claims and pauses that end by the clock, told so that a clock set back strands nothing.

Both are moments kept in a row. A machine whose clock ran hours or years ahead leaves them in the future, further off
than anything here sets them; what lies that far ahead says nothing, and is over at once.
"""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone


def has_run_out(field: str, lasts: timedelta) -> Q:
    """Rows whose moment lies longer ago than `lasts`, or further ahead than that."""
    now = timezone.now()
    return Q(**{f"{field}__lt": now - lasts}) | Q(**{f"{field}__gt": now + lasts})


def is_due(longest_pause: timedelta) -> Q:
    """Rows whose next attempt is due, or set further ahead than any pause."""
    now = timezone.now()
    return Q(next_attempt_at__lte=now) | Q(next_attempt_at__gt=now + longest_pause)

"""When the time of a gift runs. It runs only while nothing else makes its member a patron, so none of it is lost: what
was paid, or given freely, comes first, and each month that is paid later moves what is left of the gift further on.

The places of a member's gifts are worked out from all that stands, so they do not depend on the order in which
payments, refunds and clicks came in.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection
from django.utils.timezone import localdate

from members.patronage.models import Gift, Period
from members.patronage.months import add_months
from newsroom.lib.audit import record

Stretch = tuple[datetime, datetime]
LOCK = 0x6769  # of gifts' times, among advisory locks


def find_place(from_at: datetime, months: int, taken: Iterable[Stretch]) -> Stretch:
    """The first moment from `from_at` on that no stretch of `taken` covers, and the moment at which as much uncovered
    time has passed as `months` have from there."""
    later = sorted(stretch for stretch in taken if stretch[1] > from_at)
    start = from_at
    for begins, ends in later:
        if begins <= start:
            start = max(start, ends)
    left = add_months(start, months) - start
    at = start
    for begins, ends in later:
        if begins - at >= left:
            break
        left -= max(begins - at, timedelta())
        at = max(at, ends)
    return start, at + left


def place_gifts(member_id: int) -> None:
    """Puts each gift that the member has taken where it belongs, in the order in which they were taken. Called in the
    transaction that wrote what it follows, after all rows that it locks."""
    _queue_up(member_id)
    gifts = Gift.objects.filter(redeemed_by_id=member_id, period__isnull=False).select_related("period")
    in_order = list(gifts.order_by("redeemed_at", "pk"))
    if not in_order:
        return
    others = Period.objects.counting().filter(member_id=member_id).exclude(cause=Period.Cause.GIFT)
    taken = [stretch for period in others if (stretch := _used(period))]
    for gift in in_order:
        _place_gift(gift, taken)


def _place_gift(gift: Gift, taken: list[Stretch]) -> None:
    """Beside what is taken, to which it adds itself. One that was taken back stays where it was."""
    period = gift.period
    if period is None or gift.redeemed_at is None:
        return
    if period.revoked_at is None:
        _move(period, find_place(gift.redeemed_at, gift.months, taken))
    if stretch := _used(period):
        taken.append(stretch)


def _queue_up(member_id: int) -> None:
    """One at a time for a member, until the end of the transaction: who comes second sees what the first has written.
    A lock on the member's row would wait in a circle with those who hold it by a foreign key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, member_id % 2**31])


def _used(period: Period) -> Stretch | None:
    """Without the days of grace, which nobody has paid; of what was taken back only what it had given until then."""
    ends_at = min(period.paid_until, period.revoked_at or period.paid_until)
    return (period.starts_at, ends_at) if ends_at > period.starts_at else None


def _move(period: Period, place: Stretch) -> None:
    if (period.starts_at, period.ends_at) != place:
        period.starts_at, period.ends_at = place
        period.save(update_fields=["starts_at", "ends_at"])
        until = localdate(period.ends_at).isoformat()
        record("period.moved", actor_label="system", target=period.member, period=period.pk, until=until)

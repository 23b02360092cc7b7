"""Who is a patron, until when and with how many votes. Periods alone say so."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.errors import NotAllowed, PatronageError
from members.patronage.gift_time import place_gifts
from members.patronage.models import Period, Tier
from newsroom.lib.audit import record
from newsroom.lib.site_settings import site_settings

MOST_FREE_DAYS = 3660


def patrons() -> QuerySet[Member]:
    """Members with a running Period: the twin of `is_patron` for lists. Who was erased is nobody any more, however far
    the time reaches that stands in the books."""
    running = Period.objects.running().filter(member=OuterRef("pk"))
    return Member.objects.filter(Exists(running), erased_at__isnull=True)


def is_patron(member: Member) -> bool:
    return Period.objects.running().of(member).exists()


def count_patrons() -> int:
    return Period.objects.running().filter(member__erased_at__isnull=True).values("member").distinct().count()


def current_period(member: Member) -> Period | None:
    """Of the running Periods that of the highest tier, the longest first."""
    running = Period.objects.running().of(member).select_related("tier")
    return running.order_by("-tier__position", "-ends_at").first()


def patron_until(member: Member) -> datetime | None:
    """To where the member is a patron without a gap, by all that stands now; None for who is none. A gift that has been
    taken and waits for all this to end is not counted: it begins by itself, whenever that is."""
    now, until = timezone.now(), None
    ahead = Period.objects.counting().of(member).filter(revoked_at__isnull=True, ends_at__gt=now)
    ahead = ahead.exclude(cause=Period.Cause.GIFT, starts_at__gt=now).order_by("starts_at")
    for starts_at, ends_at in ahead.values_list("starts_at", "ends_at"):
        if starts_at <= (until or now):
            until = max(until or ends_at, ends_at)
    return until


def votes_allowance(member: Member) -> int:
    """Votes in a round; 0 without a running Period."""
    period = current_period(member)
    if period is None:
        return 0
    own = period.tier.votes_per_round
    return site_settings().votes_per_patron if own is None else own


def grant_free_period(*, user: Member, member: Member, tier: Tier, days: int) -> Period:
    """Complimentary time from now, or after what was given freely already; what is paid runs beside it, and a gift that
    was taken waits. Raises NotAllowed, and PatronageError for a number of days that makes no sense, or an account that
    is closed or was erased."""
    if not user.has_perm("members.add_period"):
        raise NotAllowed(_("Only membership managers may give free time."))
    if not 0 < days <= MOST_FREE_DAYS:
        raise PatronageError(_("Please give between one day and ten years."))
    with transaction.atomic():
        row = Member.objects.select_for_update(no_key=True).get(pk=member.pk)  # two grants at once follow each other
        refuse_closed(row)
        now = timezone.now()
        free = Period.objects.of(member).filter(cause=Period.Cause.FREE, revoked_at__isnull=True, ends_at__gt=now)
        start = free.values_list("ends_at", flat=True).order_by("-ends_at").first() or now
        period = Period.objects.create(
            member=member, tier=tier, cause=Period.Cause.FREE, granted_by=user,
            starts_at=start, ends_at=start + timedelta(days=days),
        )  # fmt: skip
        place_gifts(member.pk)
        record("period.granted", actor=user, target=member, days=days, tier=tier.key)
    return period


def refuse_closed(member: Member) -> None:
    """Raises PatronageError for an account that is being erased, or was."""
    if not member.is_active:
        raise PatronageError(_("This account is closed: nobody would be there to use the time."))


def revoke_period(*, user: Member, period: Period) -> None:
    """Takes the rights back from now on. Raises NotAllowed."""
    if not user.has_perm("members.change_period"):
        raise NotAllowed(_("Only membership managers may take time back."))
    with transaction.atomic():
        taken = Period.objects.filter(pk=period.pk, revoked_at__isnull=True).update(
            revoked_at=timezone.now(), revoked_why="by hand"
        )
        if taken:
            place_gifts(period.member_id)
            record("period.revoked", actor=user, target=period.member, period=period.pk)

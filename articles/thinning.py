"""Autosaves that nobody took up, fewer the older they are: all of a day, one an hour for a week, one a day for a month,
then none. Saved and named revisions are kept for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber, TruncDay, TruncHour
from django.utils import timezone

from articles.models import Article, Page, Revision

KEEP_ALL, KEEP_HOURLY, KEEP_DAILY = timedelta(days=1), timedelta(days=7), timedelta(days=30)
BATCH = 500


def thin_autosaves(*, now: datetime | None = None) -> int:
    """Deletes what is no longer kept, in short transactions; how many. Safe to run twice and at once."""
    now = now or timezone.now()
    count = 0
    while wanted := list(_superfluous(now)[:BATCH]):
        count += _delete(wanted)
    return count


def _delete(wanted: list[int]) -> int:
    with transaction.atomic():
        # Asked again under the lock: one may have been written in, taken up or named just now.
        rows = Revision.objects.select_for_update(skip_locked=False).filter(pk__in=wanted)
        still = [row.pk for row in rows if row.kind == Revision.Kind.AUTOSAVED and not row.name]
        Revision.objects.filter(pk__in=still).delete()
    return len(still)


def _superfluous(now: datetime) -> QuerySet[Revision, int]:
    """Of each writer's autosaves of one story the newest in each hour or day stays, and none past a month."""
    week, month = now - KEEP_HOURLY, now - KEEP_DAILY
    ranked = _thinnable(now - KEEP_ALL).annotate(
        slot=Case(
            When(created_at__gte=week, then=TruncHour("created_at", tzinfo=UTC)),
            default=TruncDay("created_at", tzinfo=UTC),
        ),
        place=Window(
            RowNumber(),
            partition_by=[F("article"), F("page"), F("created_by"), F("slot")],
            order_by=[F("created_at").desc(), F("pk").desc()],
        ),
        is_past=Case(When(created_at__lt=month, then=Value(True)), default=Value(False)),
    )
    return (ranked.filter(place__gt=1) | ranked.filter(is_past=True)).order_by("pk").values_list("pk", flat=True)


def _thinnable(before: datetime) -> QuerySet[Revision]:
    """Autosaves that nothing leans on. Nothing should; should something, it keeps what it leans on."""
    revision = OuterRef("pk")
    return Revision.objects.autosaved().filter(
        ~Exists(Article.objects.filter(latest_revision=revision)),
        ~Exists(Article.objects.filter(live_revision=revision)),
        ~Exists(Page.objects.filter(latest_revision=revision)),
        ~Exists(Page.objects.filter(live_revision=revision)),
        ~Exists(Revision.objects.filter(based_on=revision)),
        name="",
        created_at__lt=before,
    )

"""What was decided about a story's times. No revision holds them, since the clock must find them in the row: who chose
them, and when, stands in the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from articles.models import Article, Page, Revision
from newsroom.lib.models import AuditEntry

LIMIT = 50
ACTIONS = (
    "article.scheduled", "article.unscheduled", "article.unpublishing_scheduled", "article.embargo_set",
    "article.published", "article.published_late", "article.unpublished", "article.date_corrected",
)  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """One act about the times: when and by whom, and a sentence that says what; `why` if a reason was given."""

    at: datetime
    who: str
    sentence: str
    why: str = ""


def decisions_between(row: Article | Page, old: Revision, new: Revision) -> list[Decision]:
    """What was decided after the older revision's own button was pressed, until the newer one was overtaken by the
    next; oldest first, 50 at most. A button first saves and then acts, so that a revision's act follows it."""
    if not isinstance(row, Article):
        return []
    entries = _entries(row)
    if (begin := _overtaken_at(row, old)) is None:
        return []
    entries = entries.filter(at__gte=begin)
    if (end := _overtaken_at(row, new)) is not None:
        entries = entries.filter(at__lt=end)
    return [_decision(entry) for entry in entries.order_by("id")[:LIMIT]]


def latest_decisions(row: Article | Page) -> list[Decision]:
    """The newest first, 50 at most; of a page none."""
    return [_decision(entry) for entry in _entries(row).order_by("-id")[:LIMIT]] if isinstance(row, Article) else []


def _entries(article: Article) -> QuerySet[AuditEntry]:
    ours = AuditEntry.objects.filter(target_type=article._meta.label_lower, target_id=str(article.pk))
    return ours.filter(action__in=ACTIONS)


def _overtaken_at(article: Article, revision: Revision) -> datetime | None:
    """When the next one was saved; None: this is the newest."""
    later = Revision.objects.of(article).saved().filter(created_at__gt=revision.created_at)
    return later.order_by("created_at").values_list("created_at", flat=True).first()


def _decision(entry: AuditEntry) -> Decision:
    details = entry.details
    sentence = {
        "article.scheduled": _("to go live %(when)s"),
        "article.unscheduled": _("no longer scheduled"),
        "article.unpublishing_scheduled": _("to be taken down %(when)s") if details.get("at") else _("stays up"),
        "article.embargo_set": _("embargo until %(when)s") if details.get("until") else _("embargo lifted"),
        "article.published": _("published"),
        "article.published_late": _("published late; it was due %(when)s"),
        "article.unpublished": _("taken down"),
        "article.date_corrected": _("date of publication corrected, from %(day_before)s to %(day)s"),
    }[entry.action]
    return Decision(
        at=entry.at,
        who=entry.actor_label,
        sentence=sentence % _said_times(details),
        why=str(details.get("reason") or details.get("note") or ""),
    )


def _said_times(details: dict[str, Any]) -> dict[str, str]:
    """What an entry's details put into its sentence: a moment, or one day and another."""
    moment = next((details[name] for name in ("at", "until", "due") if details.get(name)), None)
    said: dict[str, str] = {}
    for name in ("day_before", "day"):
        if name in details:
            said[name] = date_format(date.fromisoformat(details[name]), "j E Y")
    return {**said, "when": _in_words(moment)} if moment else said


def _in_words(moment: str) -> str:
    return date_format(timezone.localtime(datetime.fromisoformat(moment)), "j E Y, H:i T")

"""The day that a story was published on, which is half of its address: frozen when it is first published, and corrected
where it was wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.acting import Actor, check_may
from articles.live_rows import is_address_taken, keys_of, move_address
from articles.models import Article
from articles.models.publication import State
from articles.moving import PublishingError, lock_story, record_act, state_of
from newsroom.lib.page_cache import purge

FIRST_YEAR = 1000  # an address writes the year in four digits


def correct_date(*, user: Actor, article: Article, on: date, reason: str) -> Article:
    """Gives a published story another day, and its address with it; the old one leads there for ever.

    `published_at`, by which lists are ordered, keeps its hour on that day and never lies ahead. `first_published_at`
    stays: it says when readers could first read the text here. The reason stands in the audit. Raises PermissionDenied,
    PublishingError, also when the date is no longer the one that `article` was read with.
    """
    check_may(user, "publish_article")
    with transaction.atomic():
        seen, article = article, lock_story(article)
        before, old_path, reason = article.published_on, article.get_absolute_url(), reason.strip()
        _check(article, on, reason)
        if seen.published_on != before:
            raise PublishingError(_("Somebody corrected the date just now. Look at it first."))
        now = timezone.now()
        article.published_on, article.published_at = on, _same_hour(article.published_at or now, on, now)
        article.updated_at = now
        _save_where_free(article)
        move_address(article, old_path)
        record_act(
            "article.date_corrected", user, article, day_before=str(before), day=str(on), reason=reason[:500]
        )  # fmt: skip
        purge(keys_of(article) | {f"corrections:{article.language}"})
    return article


def _check(article: Article, on: date, reason: str) -> None:
    """Raises PublishingError. What was never out, or is not now, has no date to correct."""
    if article.first_published_at is None:
        raise PublishingError(_("This story was never published: it gets its date when it is."))
    if article.state != State.PUBLISHED:
        raise PublishingError(
            _("Only a published story's date can be corrected; this one is %(state)s.") % state_of(article)
        )
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    checks = (
        (on > today, _("Choose a day that has come: this one lies ahead.")),
        (on.year < FIRST_YEAR, _("Write the year in four digits.")),
        (on == article.published_on, _("The story has this date already.")),
        (not reason, _("Say why the date changes: the reason is kept.")),
    )
    if sentences := [sentence for is_wrong, sentence in checks if is_wrong]:
        raise PublishingError(*sentences)


def _same_hour(moment: datetime, on: date, now: datetime) -> datetime:
    """On another day by the newsroom's clock; where the clocks skip that hour, the one after it."""
    zone = timezone.get_default_timezone()
    there = datetime.combine(on, moment.astimezone(zone).time(), zone).astimezone(UTC)
    return min(there, now)


def _save_where_free(article: Article) -> None:
    """The slug stays: who changes a date shall not find another address than the one they read. The constraint decides,
    since another story may take it at the same moment."""
    taken = PublishingError(
        _("%(address)s is taken: change the story's address first, publish it, then correct the date.")
        % {"address": article.get_absolute_url()}
    )
    if is_address_taken(article):
        raise taken
    try:
        with transaction.atomic():
            article.save(update_fields=["published_on", "published_at", "updated_at"])
    except IntegrityError as error:
        if "article_address_unique" not in str(error):
            raise
        raise taken from error

"""What happens by the clock: due stories, exactly once and in order."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.acting import Actor, actor_label, check_may
from articles.content import latest_story_content
from articles.models import Article
from articles.models.publication import State
from articles.publishing import PublishingError, lock_as_seen, publish, unpublish, what_is_missing
from newsroom.lib.audit import record

logger = structlog.get_logger(__name__)

SCHEDULABLE = (State.DRAFT, State.IN_REVIEW, State.SCHEDULED, State.UNPUBLISHED)


def schedule(*, user: Actor, article: Article, at: datetime) -> Article:
    """Publishes the latest revision when `at` (aware) has come. From now on only editors change the story. Raises
    PublishingError when it could not be published then, or `at` has passed, or lies within the embargo."""
    check_may(user, "publish_article")
    with transaction.atomic():
        article = lock_as_seen(article)
        _check_time(article, at)
        article.state, article.publish_at = State.SCHEDULED, at
        article.save(update_fields=["state", "publish_at"])
        _record("article.scheduled", user, article, at=at.isoformat())
    return article


def unschedule(*, user: Actor, article: Article) -> Article:
    """Scheduled → in review."""
    check_may(user, "publish_article")
    with transaction.atomic():
        article = Article.objects.select_for_update().get(pk=article.pk)
        if article.state != State.SCHEDULED:
            raise PublishingError(_("This story is not scheduled."))
        _leave_schedule(article)
        _record("article.unscheduled", user, article)
    return article


def set_embargo(*, user: Actor, article: Article, until: datetime | None) -> Article:
    """Until then nobody but the desk may see the story; None lifts it. Raises PublishingError once it is published."""
    check_may(user, "publish_article")
    with transaction.atomic():
        article = Article.objects.select_for_update().get(pk=article.pk)
        if article.state == State.PUBLISHED and until is not None:
            raise PublishingError(_("The story is published already; take it down first."))
        if article.publish_at is not None and until is not None and article.publish_at < until:
            raise PublishingError(_("The story is scheduled before that; schedule it later first."))
        article.embargo_until = until
        article.save(update_fields=["embargo_until"])
        _record("article.embargo_set", user, article, until=until.isoformat() if until else None)
    return article


def publish_due() -> int:
    """Publishes what is due, earliest first, each in its own transaction; the number published. Safe to run twice and
    at once: a row is claimed by its lock and its state changes with it."""
    count = 0
    while (outcome := _publish_next()) is not None:
        count += outcome
    return count + _unpublish_due()


def _publish_next() -> int | None:
    """1 when a story was published, 0 when it could not be, None when none is left."""
    with transaction.atomic():
        article = (
            Article.objects.select_for_update(skip_locked=True)
            .filter(state=State.SCHEDULED, publish_at__lte=timezone.now())
            .order_by("publish_at", "pk")
            .first()
        )
        if article is None:
            return None
        try:
            with transaction.atomic():
                publish(user=None, article=article)
        except PublishingError as error:
            # Not again in ten seconds, and not in the way of the next: an editor sees it in review.
            logger.warning("scheduled_story_not_published", article=article.pk, reason=str(error))
            _leave_schedule(article)
            _record("article.schedule_failed", None, article, reason=str(error))
            return 0
    return 1


def _unpublish_due() -> int:
    count = 0
    due = Article.objects.filter(state=State.PUBLISHED, unpublish_at__lte=timezone.now())
    for article in due.order_by("unpublish_at")[:50]:
        try:
            unpublish(user=None, article=article)
        except PublishingError:
            continue  # somebody was faster
        count += 1
    return count


def _check_time(article: Article, at: datetime) -> None:
    sentences = []
    if article.state not in SCHEDULABLE:
        sentences.append(_("The story is published already."))
    if at <= timezone.now():
        sentences.append(_("Choose a time that lies ahead."))
    if article.embargo_until is not None and at < article.embargo_until:
        sentences.append(_("Choose a time after the embargo ends."))
    embargo, article.embargo_until = article.embargo_until, None
    sentences += what_is_missing(article, latest_story_content(article))
    article.embargo_until = embargo
    if sentences:
        raise PublishingError(*sentences)


def _leave_schedule(article: Article) -> None:
    article.state, article.publish_at = State.IN_REVIEW, None
    article.save(update_fields=["state", "publish_at"])


def _record(action: str, user: Actor, article: Article, **details: object) -> None:
    record(action, actor=user, actor_label="clock" if user is None else actor_label(user), target=article, **details)

"""What happens by the clock: stories that are due come out and go away, once each and in order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.acting import Actor, check_may, editors
from articles.content import latest_story_content
from articles.models import Article
from articles.models.publication import State
from articles.moving import PublishingError, lock_as_seen, lock_story, record_act
from articles.publishing import publish, unpublish, what_is_missing
from articles.telling import tell, writers_of
from newsroom.lib.models import AuditEntry
from newsroom.lib.sweeping import for_each

logger = structlog.get_logger(__name__)

SCHEDULABLE = (State.DRAFT, State.IN_REVIEW, State.SCHEDULED, State.UNPUBLISHED)
LATE_AFTER = timedelta(minutes=2)  # the clock ticks every ten seconds; beyond this the desk is told


def schedule(*, user: Actor, article: Article, at: datetime) -> Article:
    """Publishes the latest revision when `at` (aware) has come. From now on only editors change the story. Raises
    PublishingError when it could not be published then, or `at` has passed, or lies within the embargo."""
    check_may(user, "publish_article")
    with transaction.atomic():
        article = lock_as_seen(article)
        _check_time(article, at)
        article.state, article.publish_at = State.SCHEDULED, at
        article.save(update_fields=["state", "publish_at"])
        record_act("article.scheduled", user, article, at=at.isoformat())
    return article


def unschedule(*, user: Actor, article: Article) -> Article:
    """Scheduled → in review."""
    check_may(user, "publish_article")
    with transaction.atomic():
        article = lock_story(article)
        if article.state != State.SCHEDULED:
            raise PublishingError(_("This story is not scheduled."))
        _leave_schedule(article)
        record_act("article.unscheduled", user, article)
    return article


def schedule_unpublishing(*, user: Actor, article: Article, at: datetime | None, note: str = "") -> Article:
    """Takes the story down when `at` has come, with this note for readers; None: it stays. Raises PublishingError
    for a time that has passed, and for a story that is neither published nor scheduled."""
    check_may(user, "publish_article")
    with transaction.atomic():
        article = lock_story(article)
        if article.state not in (State.PUBLISHED, State.SCHEDULED):
            raise PublishingError(_("Publish or schedule the story first; then choose when it goes."))
        if at is not None and at <= max(timezone.now(), article.publish_at or timezone.now()):
            raise PublishingError(_("Choose a time that lies ahead, and after the story is out."))
        article.unpublish_at, article.unpublish_note = at, note.strip() if at else ""
        article.save(update_fields=["unpublish_at", "unpublish_note"])
        record_act(
            "article.unpublishing_scheduled", user, article, at=at.isoformat() if at else None,
            note=article.unpublish_note,
        )  # fmt: skip
    return article


def set_embargo(*, user: Actor, article: Article, until: datetime | None, reason: str = "") -> Article:
    """Until then nobody but the desk may see the story; None lifts it. Once set it is locked: to change it a reason
    must be given, which the audit keeps. Raises PublishingError also once the story is published."""
    check_may(user, "publish_article")
    with transaction.atomic():
        article = lock_story(article)
        before = article.embargo_until
        if before == until:
            return article
        _check_embargo(article, until, reason.strip())
        article.embargo_until = until
        article.save(update_fields=["embargo_until"])
        record_act(
            "article.embargo_set", user, article, until=until.isoformat() if until else None,
            before=before.isoformat() if before else None, reason=reason.strip()[:500],
        )  # fmt: skip
    return article


def is_embargo_locked(article: Article) -> bool:
    return article.embargo_until is not None and article.embargo_until > timezone.now()


def _check_embargo(article: Article, until: datetime | None, reason: str) -> None:
    if article.state == State.PUBLISHED and until is not None:
        raise PublishingError(_("The story is published already; take it down first."))
    if until is not None and until <= timezone.now():
        raise PublishingError(_("Choose a time that lies ahead."))
    if article.publish_at is not None and until is not None and article.publish_at < until:
        raise PublishingError(_("The story is scheduled before that; schedule it later first."))
    if is_embargo_locked(article) and not reason:
        raise PublishingError(_("The embargo is set and locked. To change it, say why: the reason is kept."))


def publish_due() -> int:
    """Publishes what is due, earliest first, each in its own transaction, and takes down what is due to go; how many.
    Safe to run twice and at once: a row is claimed by its lock and its state changes with it. A story that fails in a
    way that nobody foresaw stays due, and stands before no other."""
    now = timezone.now()
    moved: list[int] = []

    def follow(move: Callable[[int, datetime], bool]) -> Callable[[int], None]:
        return lambda pk: moved.append(pk) if move(pk, now) else None

    for_each(_keys(_due_to_come(now)), follow(_publish), failed="scheduled_story_failed")
    for_each(_keys(_due_to_go(now)), follow(_unpublish), failed="scheduled_end_failed")
    return len(moved)


def _due_to_come(now: datetime) -> QuerySet[Article]:
    return Article.objects.filter(state=State.SCHEDULED, publish_at__lte=now).order_by("publish_at", "pk")


def _due_to_go(now: datetime) -> QuerySet[Article]:
    return Article.objects.filter(state=State.PUBLISHED, unpublish_at__lte=now).order_by("unpublish_at", "pk")


def _keys(due: QuerySet[Article]) -> list[int]:
    return list(due.values_list("pk", flat=True))


def late_stories(since: datetime) -> list[AuditEntry]:
    """What the clock published late, newest first, for the desk's first page."""
    return list(AuditEntry.objects.filter(action="article.published_late", at__gte=since).order_by("-id")[:20])


def _publish(pk: int, now: datetime) -> bool:
    """Whether it is out: not when it could not be published, nor when another worker has it."""
    with transaction.atomic():
        due = _due_to_come(now).filter(pk=pk).select_related("latest_revision")
        article = due.select_for_update(skip_locked=True, of=("self",)).first()
        if article is None:
            return False
        due_at = article.publish_at or now
        is_late = now - due_at > LATE_AFTER
        try:
            with transaction.atomic():
                live = publish(user=None, article=article, is_late=is_late)
        except PublishingError as error:
            _give_up(article, error)
            return False
        if is_late:
            _own_up(live, due_at)
    return True


def _own_up(article: Article, due_at: datetime) -> None:
    """To whoever chose the time and has not heard of it as the story's writer."""
    act = record_act("article.published_late", None, article, label="clock", due=due_at.isoformat())
    told = {writer.pk for writer in writers_of(article)}
    people = [person for person in _who_scheduled(article) if person.pk not in told]
    tell(people, "published_late", article, act=act)


def _give_up(article: Article, error: PublishingError) -> None:
    """Not again in ten seconds, and not in the way of the next: an editor sees it in review and is told."""
    logger.warning("scheduled_story_not_published", article=article.pk, reason=str(error))
    _leave_schedule(article)
    act = record_act("article.schedule_failed", None, article, label="clock", reason=str(error))
    tell(_who_scheduled(article), "schedule_failed", article, act=act, words=str(error))


def _unpublish(pk: int, now: datetime) -> bool:
    """As `_publish`."""
    with transaction.atomic():
        due = _due_to_go(now).filter(pk=pk)
        article = due.select_for_update(skip_locked=True, of=("self",)).first()
        if article is None:
            return False
        unpublish(user=None, article=article, note=article.unpublish_note)
    return True


def _who_scheduled(article: Article) -> list[Actor]:
    """Who chose the time; the editors when nobody is known to have."""
    acts = AuditEntry.objects.filter(target_type=Article._meta.label_lower, target_id=str(article.pk))
    chosen = acts.filter(action="article.scheduled").order_by("-id").first()
    people = get_user_model()._default_manager.filter(is_active=True, is_staff=True)
    found = list(people.filter(pk=chosen.actor_id)) if chosen and chosen.actor_id else []
    return found or list(editors())


def _check_time(article: Article, at: datetime) -> None:
    sentences = []
    if article.state not in SCHEDULABLE:
        sentences.append(_("The story is published already."))
    if at <= timezone.now():
        sentences.append(_("Choose a time that lies ahead."))
    if article.embargo_until is not None and at < article.embargo_until:
        sentences.append(_("Choose a time after the embargo ends."))
    if article.unpublish_at is not None and at >= article.unpublish_at:
        sentences.append(_("The story would go before it comes: it is to be taken down earlier than that."))
    embargo, article.embargo_until = article.embargo_until, None
    sentences += what_is_missing(article, latest_story_content(article))
    article.embargo_until = embargo
    if sentences:
        raise PublishingError(*sentences)


def _leave_schedule(article: Article) -> None:
    article.state, article.publish_at = State.IN_REVIEW, None
    article.save(update_fields=["state", "publish_at"])

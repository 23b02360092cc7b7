"""Telling those who voted that the story is out: once each, in their own language."""

from collections.abc import Iterator

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from articles.models import Article
from members.accounts.models import Member
from members.voting.commissioning import voters_of
from members.voting.models import Commission, Topic
from newsroom.lib.audit import record
from newsroom.lib.letters import write_letter
from newsroom.lib.page_cache import purge

BATCH = 200


def tell_voters(*, article_id: int) -> None:
    """Follow-up of "article.published". Safe to run twice: each letter is written once per commission and member."""
    for commission in Commission.objects.filter(article_id=article_id).exclude(state=Commission.State.WITHDRAWN):
        tell_voters_of_commission(commission_id=commission.pk)


def tell_voters_of_commission(*, commission_id: int) -> None:
    """Marks the promise as kept and writes a letter to each voter who has an address. Nothing is told of a story that
    is not published (any more). Safe to run twice, and after a crash goes on where it stopped."""
    commission = Commission.objects.select_related("topic", "article").get(pk=commission_id)
    article = commission.article
    if article is None or not article.is_published():
        return
    _keep_promise(commission, article)
    for voter in _voters(commission.topic):
        _tell(voter, commission, article)


def _keep_promise(commission: Commission, article: Article) -> None:
    with transaction.atomic():
        kept = Commission.objects.filter(pk=commission.pk, state=Commission.State.PROMISED).update(
            state=Commission.State.PUBLISHED, published_at=timezone.now()
        )
        if kept:
            Topic.objects.filter(pk=commission.topic_id).update(state=Topic.State.PUBLISHED)
            record("commission.published", actor_label="follow-up", target=commission, article=article.pk)
            purge([article.page_key, commission.topic.page_key, "topics", "rounds"])


def _voters(topic: Topic) -> Iterator[Member]:
    reachable = voters_of(topic).filter(is_active=True, erased_at__isnull=True, email__isnull=False)
    yield from reachable.only("pk", "email", "name", "language").order_by("pk").iterator(chunk_size=BATCH)


def _tell(voter: Member, commission: Commission, article: Article) -> None:
    story = _in_language_of(voter, article)
    write_letter(
        "members/story_out",
        cause=f"story-out:{commission.pk}:{voter.pk}",
        to_email=voter.email or "",
        language=voter.language,
        member_id=voter.pk,
        context={
            "member": voter,
            "topic": commission.topic,
            "article": story,
            "patrons": commission.patrons,
            "story_url": settings.SITE_URL + story.get_absolute_url(),
        },
    )


def _in_language_of(voter: Member, article: Article) -> Article:
    """The story in the voter's language where it has been translated and published, else as written."""
    if voter.language == article.language:
        return article
    translated = Article.objects.published().filter(
        translation_key=article.translation_key, language=voter.language
    )
    return translated.first() or article

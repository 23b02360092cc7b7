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
from newsroom.lib.models import Letter
from newsroom.lib.outbox import owe
from newsroom.lib.page_cache import purge
from newsroom.lib.sweeping import for_each

BATCH = 200


def tell_voters(*, article_id: int) -> None:
    """Follow-up of "article.published". Safe to run twice: each letter is written once per commission and member."""
    for commission_id in Commission.objects.filter(article_id=article_id).values_list("pk", flat=True):
        tell_voters_of_commission(commission_id=commission_id)


def tell_voters_of_commission(*, commission_id: int) -> None:
    """Marks the promise as kept and writes a letter to each voter who has an address. Nothing is told of a promise
    that was withdrawn, nor of a story that is not published (any more). Safe to run twice, and after a crash goes on
    where it stopped."""
    rows = Commission.objects.select_related("topic", "article").prefetch_related("topic__texts")
    commission = rows.get(pk=commission_id)
    article = commission.article
    if commission.state == Commission.State.WITHDRAWN or article is None or not article.is_published():
        return
    if not _keep_promise(commission, article):
        return
    stories = _stories(article)
    for voters in _batches(commission):
        for voter in voters:
            _tell(voter, commission, stories.get(voter.language, article))


def owe_late_letters() -> None:
    """The clock's share: a promise whose story is published and of which nobody was told (the story was taken down
    and came back, say) is owed again, once a day. Safe to run twice."""
    late = Commission.objects.filter(state=Commission.State.PROMISED, article__in=Article.objects.published())
    for_each(late, _owe_letters, failed="letters_to_voters_not_owed")


def _owe_letters(commission: Commission) -> None:
    owe("commission.published", f"{commission.pk}:{timezone.now():%Y-%m-%d}", commission_id=commission.pk)


def _keep_promise(commission: Commission, article: Article) -> bool:
    """Whether the promise is kept by this story, now or since before; looked at again under a lock, since an editor
    may have withdrawn it or linked another story meanwhile."""
    with transaction.atomic():
        held = Commission.objects.select_for_update().get(pk=commission.pk)
        if held.state == Commission.State.WITHDRAWN or held.article_id != article.pk:
            return False
        if held.state == Commission.State.PROMISED:
            held.state, held.published_at = Commission.State.PUBLISHED, timezone.now()
            held.save(update_fields=["state", "published_at"])
            Topic.objects.filter(pk=held.topic_id).update(state=Topic.State.PUBLISHED)
            record("commission.published", actor_label="follow-up", target=commission, article=article.pk)
            purge([article.page_key, commission.topic.page_key, "topics", "rounds"])
    return True


def _stories(article: Article) -> dict[str, Article]:
    """The story in each language in which it is published."""
    found = Article.objects.published().filter(translation_key=article.translation_key)
    return {row.language: row for row in found.defer("body", "search_text", "search_vector")}


def _batches(commission: Commission) -> Iterator[list[Member]]:
    """Those who are still to be told, by id, so that a run after a crash renders nothing twice."""
    reachable = voters_of(commission.topic).filter(is_active=True, erased_at__isnull=True, email__isnull=False)
    fields = reachable.only("pk", "email", "name", "language").order_by("pk")
    last = 0
    while voters := list(fields.filter(pk__gt=last)[:BATCH]):
        last = voters[-1].pk
        causes = {_cause(commission, voter) for voter in voters}
        told = set(Letter.objects.filter(cause__in=causes).values_list("cause", flat=True))
        yield [voter for voter in voters if _cause(commission, voter) not in told]


def _cause(commission: Commission, voter: Member) -> str:
    return f"story-out:{commission.pk}:{voter.pk}"


def _tell(voter: Member, commission: Commission, story: Article) -> None:
    write_letter(
        "members/story_out",
        cause=_cause(commission, voter),
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

"""Suggesting a topic, and finding those that ask the same."""

from django.contrib.postgres.search import TrigramSimilarity
from django.db import transaction
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.voting.errors import NotAllowed, TopicError
from members.voting.models import Topic, TopicText
from newsroom.lib.audit import record
from newsroom.lib.slugs import RESERVED_SLUGS, make_slug

SIMILAR = 0.35
SHORTEST_QUESTION = 12


def similar_topics(question: str, language: str, limit: int = 4) -> list[Topic]:
    """Topics that readers can see and that ask nearly the same, most alike first."""
    texts = (
        TopicText.objects.filter(language=language, topic__in=Topic.objects.shown())
        .annotate(similarity=TrigramSimilarity("question", question))
        .filter(similarity__gt=SIMILAR)
        .order_by("-similarity")
        .select_related("topic")
        .prefetch_related("topic__texts")
    )
    return [text.topic for text in texts[:limit]]


def suggest_topic(*, member: Member, language: str, question: str, why: str) -> Topic:
    """Writes a suggestion for an editor to look at. Raises NotAllowed for an address that has not proved itself and
    TopicError when there is no question in it."""
    if member.proved_at is None:
        raise NotAllowed(_("Please sign in first, so that we can tell you what comes of it."))
    question = " ".join(strip_tags(question).split())[:200]
    why = strip_tags(why).strip()[:1000]
    if len(question) < SHORTEST_QUESTION:
        raise TopicError(_("Please write the question out in a few words, so that others know what they vote for."))
    with transaction.atomic():
        topic = Topic.objects.create(slug=free_slug(question), language=language, suggested_by=member)
        TopicText.objects.create(topic=topic, language=language, question=question, why=why)
        record("topic.suggested", actor=member, target=topic)
    return topic


def free_slug(question: str) -> str:
    """The question's words, numbered when another topic has them. Two at once are refereed by the unique key, so the
    caller's transaction may fail and be tried again."""
    base = make_slug(question, max_length=70) or "topic"
    if base in RESERVED_SLUGS:
        base = f"{base}-topic"
    taken = set(Topic.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug

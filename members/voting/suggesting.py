"""Suggesting a topic, and finding those that ask the same."""

import re

from django.db import IntegrityError, transaction
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.voting.errors import NotAllowed, TopicError
from members.voting.models import Topic, TopicText
from newsroom.lib.audit import record
from newsroom.lib.slugs import RESERVED_SLUGS, make_slug

SIMILAR = 0.4  # the share of common trigrams: the same question in other words has more, another question fewer
NEWEST = 3000  # topics that a suggestion is compared with
SHORTEST_QUESTION = 12
TRIES = 10

Wording = tuple[str, str]  # the question, why it matters


def similar_topics(question: str, language: str, limit: int = 4) -> list[Topic]:
    """Topics that readers can see and that ask nearly the same, most alike first."""
    shown = TopicText.objects.filter(language=language, topic__in=Topic.objects.shown())
    asked = _trigrams(question)
    found = []
    for topic_id, text in shown.order_by("-topic_id").values_list("topic_id", "question")[:NEWEST]:
        standing = _trigrams(text)
        likeness = len(asked & standing) / len(asked | standing) if asked else 0
        if likeness > SIMILAR:
            found.append((likeness, topic_id))
    best = [topic_id for _likeness, topic_id in sorted(found, reverse=True)[:limit]]
    topics = Topic.objects.prefetch_related("texts").in_bulk(best)
    return [topics[topic_id] for topic_id in best]


def _trigrams(text: str) -> set[str]:
    """Of each word, as pg_trgm cuts them. Counted here, since pg_trgm sees no letters but Latin ones where the
    database's character type is C, and a suggestion is a rare thing."""
    words = (f"  {word} " for word in re.findall(r"\w+", text.casefold()))
    return {word[at : at + 3] for word in words for at in range(len(word) - 2)}


def suggest_topic(*, member: Member, language: str, question: str, why: str) -> Topic:
    """Writes a suggestion for an editor to look at; pressed twice, it is still one. Raises NotAllowed for an address
    that has not proved itself and TopicError when there is no question in it."""
    if member.proved_at is None:
        raise NotAllowed(_("Please sign in first, so that we can tell you what comes of it."))
    wording = clean_wording(question, why)
    with transaction.atomic():
        Member.objects.select_for_update().get(pk=member.pk)
        waiting = Topic.objects.filter(suggested_by=member, state=Topic.State.SUGGESTED, texts__question=wording[0])
        topic = waiting.first()
        if topic is None:
            topic = write_topic(language=language, wording=wording, suggested_by=member)
            record("topic.suggested", actor=member, target=topic)
    return topic


def clean_wording(question: str, why: str = "") -> Wording:
    """Plain text in both, the question on one line. Raises TopicError when there is no question in it."""
    question = " ".join(strip_tags(question).replace("\0", "").split())[:200]
    if len(question) < SHORTEST_QUESTION:
        raise TopicError(_("Please write the question out in a few words, so that others know what they vote for."))
    return question, strip_tags(why).replace("\0", "").strip()[:1000]


def write_topic(*, language: str, wording: Wording, suggested_by: Member | None) -> Topic:
    """The rows of a new topic, in the caller's transaction. Two that ask the same at the same moment are refereed by
    the slug's unique key: the later one gets the next number."""
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                topic = Topic.objects.create(slug=_free_slug(wording[0]), language=language, suggested_by=suggested_by)
            break
        except IntegrityError:
            if attempt == TRIES - 1:
                raise
    TopicText.objects.create(topic=topic, language=language, question=wording[0], why=wording[1])
    return topic


def _free_slug(question: str) -> str:
    """The question's words, numbered when another topic has them."""
    base = make_slug(question, max_length=70) or "topic"
    if base in RESERVED_SLUGS:
        base = f"{base}-topic"
    taken = set(Topic.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug

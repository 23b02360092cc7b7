"""What other pages show of the vote. Reads only."""

from datetime import timedelta
from typing import Any

import redis
import structlog
from django.core.cache import cache
from django.db.models import Exists, OuterRef
from django.utils import timezone, translation
from django_redis.exceptions import ConnectionInterrupted

from articles.models import Article
from members.accounts.models import Member
from members.patronage.rights import is_patron, votes_allowance
from members.voting.models import Ballot, Candidate, Commission, Round
from newsroom.lib.page_cache import note_keys, purge

logger = structlog.get_logger(__name__)

PAGES_LAG_SECONDS = 30
CLOCK_LOOKS_BACK = timedelta(seconds=150)


def leading_topics(language: str, limit: int = 3) -> dict[str, Any]:
    """`{"round": the open round or None, "topics": [{"question", "url", "votes"}]}`: those that still take votes,
    leading first."""
    round_ = Round.objects.open_now().first()
    note_keys("rounds")
    if round_ is None:
        return {"round": None, "topics": []}
    note_keys(round_.page_key)
    rows = Candidate.objects.filter(round=round_).votable().with_votes().with_topics()[:limit]
    with translation.override(language):
        topics = [
            {"question": row.topic.question, "url": row.topic.get_absolute_url(), "votes": row.votes} for row in rows
        ]
    return {"round": round_, "topics": topics}


def answered_stories(language: str, limit: int = 3) -> list[Article]:
    """Published stories that readers asked for, or their translations, newest first."""
    note_keys("rounds")
    kept = Commission.objects.filter(state=Commission.State.PUBLISHED)
    stories = Article.objects.published().in_language(language)
    return list(stories.filter(translation_key__in=kept.values("article__translation_key")).for_lists()[:limit])


def my_votes(member: Member) -> dict[str, int] | None:
    """`{"left", "allowance"}` of the open round; None when no round is open or the member is no patron."""
    round_ = Round.objects.open_now().first()
    if round_ is None or not is_patron(member):
        return None
    ballot = Ballot.objects.filter(round=round_, member=member).first()
    if ballot is None:
        allowance = votes_allowance(member)
        return {"left": allowance, "allowance": allowance}
    return {"left": ballot.left, "allowance": ballot.allowance}


def refresh_soon(round_: Round) -> None:
    """Public counts may lag: a ballot drops the stored pages at most once in half a minute, so that a busy evening of
    voting does not render the front page for each vote. What is cast within that time is shown by `refresh_counts`."""
    try:
        if cache.add(f"round-refreshed:{round_.pk}", 1, PAGES_LAG_SECONDS):
            purge([round_.page_key])
    except (redis.RedisError, ConnectionInterrupted) as error:
        logger.warning("round_not_refreshed", error=type(error).__name__)


def refresh_counts() -> None:
    """The clock's share: drops the stored pages of a round in which somebody voted of late, so that the last ballots
    of an evening show as well. Looks back further than the clock's minute, for a clock that was late; safe to run
    twice."""
    since = timezone.now() - CLOCK_LOOKS_BACK
    voted = Ballot.objects.filter(round=OuterRef("pk"), changed_at__gt=since)
    for round_ in Round.objects.open_now().filter(Exists(voted)):
        purge([round_.page_key])

"""Topics, rounds and ballots for the tests, made by the room's own verbs where they do the work."""

from datetime import timedelta
from itertools import count

from django.utils import timezone

from members.voting.ballots import cast_ballot
from members.voting.models import Candidate, Commission, Round, Topic, TopicText

_numbers = count(1)


def make_topic(question="", state=Topic.State.OPEN, language="en", **fields):
    number = next(_numbers)
    reason = fields.pop("decline_reason", "")
    topic = Topic.objects.create(slug=fields.pop("slug", f"topic-{number}"), state=state, language=language, **fields)
    return say(topic, language, question or f"What became of the bridge number {number}?", decline_reason=reason)


def say(topic, language, question, why="", **fields):
    TopicText.objects.create(topic=topic, language=language, question=question, why=why, **fields)
    return topic


def make_round(*topics, state=Round.State.OPEN, days=7):
    now = timezone.now()
    round_ = Round.objects.create(
        number=next(_numbers), state=state, opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=days)
    )
    Candidate.objects.bulk_create(Candidate(round=round_, topic=topic) for topic in topics)
    return round_


def end(round_):
    """Its time is over; nobody has closed it yet."""
    Round.objects.filter(pk=round_.pk).update(closes_at=timezone.now() - timedelta(seconds=1))


def candidate_of(round_, topic):
    return Candidate.objects.get(round=round_, topic=topic)


def cast(member, round_, votes):
    """`votes`: topic → count."""
    return cast_ballot(
        member=member, round_=round_, votes={candidate_of(round_, topic).pk: n for topic, n in votes.items()}
    )


def held(row):
    """The row as the database has it now."""
    return type(row).objects.get(pk=row.pk)


def promise(topic, **fields):
    topic.state = Topic.State.COMMISSIONED
    topic.save()
    return Commission.objects.create(topic=topic, **{"patrons": 3, **fields})

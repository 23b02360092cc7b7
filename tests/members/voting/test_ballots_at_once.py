"""Many at once, on connections of their own: what PostgreSQL's locks promise, seen."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from members.accounts.models import Member
from members.patronage.models import Period, Tier
from members.voting.ballots import cast_ballot
from members.voting.commissioning import commission_topic, voters_of
from members.voting.errors import RoundClosed, TopicError, VotingError
from members.voting.models import Ballot, Candidate, Commission, Round, Vote
from members.voting.rounds import close_round
from members.voting.suggesting import suggest_topic
from tests.members.voting.making import held, make_round, make_topic

pytestmark = pytest.mark.usefixtures("committed")


def make_patrons(number):
    now = timezone.now()
    tier = Tier.objects.create(key="lantern", name="Lantern", votes_per_round=3)
    people = Member.objects.bulk_create(Member(email=f"patron-{n}@example.org", proved_at=now) for n in range(number))
    Period.objects.bulk_create(
        Period(
            member=member, tier=tier, cause=Period.Cause.FREE,
            starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=1),
        )
        for member in people
    )  # fmt: skip
    return people


def all_at_once(calls):
    """What each call answered or raised, all having started together."""
    gate = Barrier(len(calls))

    def run(call):
        try:
            gate.wait(timeout=20)
            return call()
        except VotingError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def candidates_of(round_):
    return list(Candidate.objects.filter(round=round_).order_by("pk").values_list("pk", flat=True))


def test_sixteen_ballots_of_one_patron_end_as_one_of_them():
    (patron,), round_ = make_patrons(1), make_round(make_topic(), make_topic())
    first, second = candidates_of(round_)
    ballots = [{first: 3}, {second: 2}, {first: 1, second: 1}, {first: 2, second: 1}] * 4
    answers = all_at_once(
        [lambda votes=votes: cast_ballot(member=patron, round_=round_, votes=votes) for votes in ballots]
    )
    assert all(isinstance(answer, Ballot) for answer in answers)
    ballot = Ballot.objects.get()
    stands = dict(ballot.votes.values_list("candidate_id", "count"))
    assert stands in ballots
    assert ballot.spent == sum(stands.values()) <= ballot.allowance


def test_fifty_patrons_at_once_lose_no_vote():
    patrons, round_ = make_patrons(50), make_round(make_topic(), make_topic())
    first, second = candidates_of(round_)
    calls = [
        lambda member=member: cast_ballot(member=member, round_=round_, votes={first: 2, second: 1})
        for member in patrons
    ]
    assert all(isinstance(answer, Ballot) for answer in all_at_once(calls))
    assert dict(Vote.objects.values_list("candidate_id").annotate(Sum("count"))) == {first: 100, second: 50}
    assert Ballot.objects.filter(spent=3).count() == 50


def test_closing_waits_for_the_ballots_in_hand_and_lets_none_in_after():
    patrons, round_ = make_patrons(24), make_round(make_topic())
    (only,) = candidates_of(round_)
    counted = []

    def close():
        close_round(user=None, round_=round_)
        counted.append(Ballot.objects.count())

    calls = [lambda member=member: cast_ballot(member=member, round_=round_, votes={only: 1}) for member in patrons]
    answers = all_at_once([*calls[:12], close, *calls[12:]])
    cast = [answer for answer in answers if isinstance(answer, Ballot)]
    assert all(answer is None or isinstance(answer, Ballot | RoundClosed) for answer in answers)
    assert held(round_).state == Round.State.CLOSED
    assert counted == [len(cast)] == [Ballot.objects.count()]


def test_two_who_ask_the_same_at_once_get_a_topic_each():
    people, question = make_patrons(4), "Why is the water of the canal brown?"
    calls = [
        lambda member=member: suggest_topic(member=member, language="en", question=question, why="")
        for member in people
    ]
    slugs = {answer.slug for answer in all_at_once(calls)}
    assert len(slugs) == 4


def test_who_is_counted_when_a_topic_is_promised_is_who_will_be_told():
    topic = make_topic()
    patrons, round_ = make_patrons(24), make_round(topic)
    (only,) = candidates_of(round_)
    editor = Member.objects.create_superuser("editor@example.org")
    calls = [lambda member=member: cast_ballot(member=member, round_=round_, votes={only: 1}) for member in patrons]
    answers = all_at_once([*calls[:12], lambda: commission_topic(user=editor, topic=topic), *calls[12:]])
    assert all(isinstance(answer, Ballot | Commission | TopicError) for answer in answers)
    assert Commission.objects.get().patrons == voters_of(topic).count() == Vote.objects.count()

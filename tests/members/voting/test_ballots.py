import json

import pytest
from django.db import IntegrityError, transaction

from members.patronage.models import Period, Tier
from members.voting.ballots import cast_ballot
from members.voting.errors import NotAllowed, OverBudget, RoundClosed, TopicError
from members.voting.models import Ballot, Vote
from members.voting.rounds import close_round
from newsroom.lib.models import AuditEntry
from tests.members.voting.making import candidate_of, cast, end, held, make_round, make_topic, promise


def counts(ballot):
    return dict(ballot.votes.values_list("candidate__topic__slug", "count"))


def test_it_casts_the_whole_ballot(patron, open_round, bridge, ferry):
    ballot = cast(patron, open_round, {bridge: 2, ferry: 1})
    assert (held(ballot).spent, held(ballot).allowance, ballot.left) == (3, 3, 0)
    assert counts(ballot) == {"bridge": 2, "ferry": 1}


def test_it_replaces_the_ballot(patron, open_round, bridge, ferry):
    cast(patron, open_round, {bridge: 2, ferry: 1})
    ballot = cast(patron, open_round, {ferry: 2, bridge: 0})
    assert (counts(ballot), held(ballot).spent) == ({"ferry": 2}, 2)
    assert Ballot.objects.count() == 1


def test_it_may_be_emptied(patron, open_round, bridge):
    cast(patron, open_round, {bridge: 3})
    assert held(cast(patron, open_round, {})).spent == 0
    assert not Vote.objects.exists()


def test_it_refuses_more_than_the_allowance(patron, open_round, bridge, ferry):
    with pytest.raises(OverBudget, match="You have 3 votes in this round, and this ballot uses 4"):
        cast(patron, open_round, {bridge: 2, ferry: 2})
    assert not Ballot.objects.exists()


def test_it_leaves_the_old_ballot_when_the_new_one_is_refused(patron, open_round, bridge, ferry):
    ballot = cast(patron, open_round, {bridge: 1})
    with pytest.raises(OverBudget):
        cast(patron, open_round, {ferry: 40_000})
    assert (counts(ballot), held(ballot).spent) == ({"bridge": 1}, 1)


def test_the_database_refuses_an_overdraft(patron, open_round, bridge):
    ballot = cast(patron, open_round, {bridge: 3})
    with pytest.raises(IntegrityError, match="ballot_within_allowance"), transaction.atomic():
        Ballot.objects.filter(pk=ballot.pk).update(spent=4)
    with pytest.raises(IntegrityError, match="ballot_once"), transaction.atomic():
        Ballot.objects.create(round=open_round, member=patron, allowance=3)
    with pytest.raises(IntegrityError, match="vote_once"), transaction.atomic():
        Vote.objects.create(ballot=ballot, candidate=candidate_of(open_round, bridge), count=1)


def test_it_refuses_a_member_without_a_running_period(member, open_round, bridge):
    with pytest.raises(NotAllowed):
        cast(member, open_round, {bridge: 1})


@pytest.mark.parametrize(
    "ended", [{"revoked_at": "2024-01-01T00:00Z"}, {"ends_at": "2024-02-01T00:00Z", "starts_at": "2024-01-01T00:00Z"}]
)
def test_it_refuses_a_patron_of_the_past(patron, open_round, bridge, ended):
    Period.objects.update(**ended)
    with pytest.raises(NotAllowed):
        cast(patron, open_round, {bridge: 1})


def test_it_freezes_the_allowance_when_first_cast(patron, open_round, bridge):
    cast(patron, open_round, {bridge: 1})
    Tier.objects.update(votes_per_round=9)
    with pytest.raises(OverBudget):
        cast(patron, open_round, {bridge: 4})


def test_it_refuses_a_round_that_was_closed(editor, patron, open_round, bridge):
    close_round(user=editor, round_=open_round)
    with pytest.raises(RoundClosed):
        cast(patron, open_round, {bridge: 1})


def test_it_refuses_a_round_past_its_time_that_nobody_closed_yet(patron, open_round, bridge):
    end(open_round)
    with pytest.raises(RoundClosed):
        cast(patron, open_round, {bridge: 1})


def test_it_refuses_a_candidate_of_another_round(patron, open_round, bridge):
    other = make_round(bridge, state="closed")
    with pytest.raises(TopicError):
        cast_ballot(member=patron, round_=open_round, votes={candidate_of(other, bridge).pk: 1})


def test_votes_stay_with_a_topic_that_is_promised_meanwhile(patron, open_round, bridge, ferry):
    cast(patron, open_round, {bridge: 2, ferry: 1})
    promise(bridge)
    ballot = cast(patron, open_round, {ferry: 0})
    assert (counts(ballot), held(ballot).spent) == ({"bridge": 2}, 2)
    with pytest.raises(OverBudget):
        cast(patron, open_round, {ferry: 2})
    assert counts(cast(patron, open_round, {bridge: 2, ferry: 1})) == {"bridge": 2, "ferry": 1}


def test_a_promised_topic_takes_no_new_votes(patron, open_round, bridge):
    promise(bridge)
    with pytest.raises(TopicError, match="takes no more votes"):
        cast(patron, open_round, {bridge: 1})


def test_the_audit_says_that_a_ballot_changed_and_never_what_it_holds(patron, open_round, bridge, ferry):
    cast(patron, open_round, {bridge: 2, ferry: 1})
    entry = AuditEntry.objects.get(action="ballot.cast")
    assert entry.actor == patron
    assert entry.details == {"round": open_round.number}
    told = json.dumps([entry.target_type, entry.target_label, entry.details])
    assert "bridge" not in told
    assert "ferry" not in told


def test_it_asks_the_database_little(patron, open_round, bridge, ferry, django_assert_max_num_queries):
    topics = [make_topic() for _ in range(5)]
    for topic in topics:
        open_round.topics.add(topic)
    votes = {candidate_of(open_round, topic).pk: 1 for topic in topics[:3]}
    with django_assert_max_num_queries(16):
        cast_ballot(member=patron, round_=open_round, votes=votes)

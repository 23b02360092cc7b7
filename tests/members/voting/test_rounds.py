from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from members.voting import rounds
from members.voting.errors import RoundError
from members.voting.models import Round
from members.voting.tasks import close_due_rounds
from newsroom.lib.models import AuditEntry
from tests.members.voting.making import end, held, make_round, promise

DAY = timedelta(days=1)


def test_it_plans_the_next_number(editor):
    now = timezone.now()
    first, second = (rounds.plan_round(user=editor, opens_at=now, closes_at=now + DAY) for _ in range(2))
    assert (first.state, second.number) == (Round.State.PLANNED, first.number + 1)


def test_it_refuses_a_round_that_closes_before_it_opens(editor):
    now = timezone.now()
    with pytest.raises(RoundError):
        rounds.plan_round(user=editor, opens_at=now, closes_at=now - DAY)


def test_it_opens_now_whatever_was_planned(editor, bridge):
    round_ = make_round(bridge, state=Round.State.PLANNED)
    Round.objects.filter(pk=round_.pk).update(opens_at=timezone.now() + DAY)
    rounds.open_round(user=editor, round_=round_)
    assert held(round_).is_open()
    assert Round.objects.open_now().get() == round_


def test_it_opens_no_second_one(editor, open_round, bridge):
    with pytest.raises(RoundError, match="Another round is open"):
        rounds.open_round(user=editor, round_=make_round(bridge, state=Round.State.PLANNED))


def test_the_database_refuses_a_second_open_round(open_round):
    with pytest.raises(IntegrityError, match="round_one_open"), transaction.atomic():
        make_round()


def test_it_opens_no_round_with_nothing_to_vote_on(editor, bridge):
    promise(bridge)
    with pytest.raises(RoundError, match="at least one topic"):
        rounds.open_round(user=editor, round_=make_round(bridge, state=Round.State.PLANNED))


def test_it_opens_no_round_whose_end_is_past(editor, bridge):
    round_ = make_round(bridge, state=Round.State.PLANNED)
    end(round_)
    with pytest.raises(RoundError, match="end is past"):
        rounds.open_round(user=editor, round_=round_)


def test_it_closes_for_good(editor, open_round):
    rounds.close_round(user=editor, round_=open_round)
    closed = held(open_round)
    assert closed.state == Round.State.CLOSED
    assert closed.closes_at <= timezone.now()
    with pytest.raises(RoundError):
        rounds.open_round(user=editor, round_=open_round)
    with pytest.raises(RoundError):
        rounds.move_round(user=editor, round_=open_round, opens_at=closed.opens_at, closes_at=timezone.now() + DAY)


def test_it_closes_once(editor, open_round):
    for _ in range(2):
        rounds.close_round(user=editor, round_=open_round)
    assert AuditEntry.objects.filter(action="round.closed").count() == 1


def test_it_does_not_close_what_was_never_open(editor, bridge):
    with pytest.raises(RoundError):
        rounds.close_round(user=editor, round_=make_round(bridge, state=Round.State.PLANNED))


def test_the_clock_closes_what_is_due_and_nothing_else(open_round):
    close_due_rounds()
    assert held(open_round).state == Round.State.OPEN
    end(open_round)
    close_due_rounds()
    assert held(open_round).state == Round.State.CLOSED
    assert AuditEntry.objects.get(action="round.closed").actor_label == "clock"


def test_only_the_end_of_an_open_round_moves(editor, open_round):
    later = timezone.now() + 9 * DAY
    rounds.move_round(user=editor, round_=open_round, opens_at=later - DAY, closes_at=later)
    assert (held(open_round).opens_at, held(open_round).closes_at) == (open_round.opens_at, later)
    with pytest.raises(RoundError):
        rounds.move_round(user=editor, round_=open_round, opens_at=later, closes_at=timezone.now() - DAY)

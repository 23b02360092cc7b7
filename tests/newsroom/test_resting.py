"""What a process remembers of a part that did not answer."""

import pytest

from newsroom.lib import resting
from newsroom.lib.resting import REST_SECONDS, Part


class Gone(Exception):
    pass


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(resting, "monotonic", clock)
    return clock


@pytest.fixture
def part(clock):
    return Part(Gone)


def die(part):
    with pytest.raises(OSError), part.asking(OSError):
        raise OSError


def ask(part, meanwhile=lambda: None):
    with part.asking(OSError):
        meanwhile()


def test_it_asks_a_part_that_lives_as_often_as_one_likes(part):
    for _time in range(3):
        ask(part)


def test_it_refuses_at_once_what_died_a_moment_ago(part, clock):
    die(part)
    clock.now += REST_SECONDS - 0.1
    with pytest.raises(Gone):
        ask(part)


def test_one_asks_again_after_the_rest_while_the_others_wait_for_the_outcome(part, clock):
    die(part)
    clock.now += REST_SECONDS

    def others_are_refused():
        with pytest.raises(Gone):
            ask(part)

    ask(part, others_are_refused)
    ask(part)


def test_an_answer_to_an_older_question_does_not_hide_that_it_died_since(part, clock):
    def somebody_else_finds_out():
        clock.now += 1
        part.found_dead()

    ask(part, somebody_else_finds_out)
    with pytest.raises(Gone):
        ask(part)


def test_what_is_wrong_with_the_question_is_no_death(part):
    with pytest.raises(ValueError), part.asking(OSError):
        raise ValueError
    ask(part)


def answer_after(part, clock, seconds):
    def pass_time():
        clock.now += seconds

    ask(part, pass_time)


def test_slow_answers_add_up_and_then_it_rests(clock):
    part = Part(Gone, patience=0.8)
    for _time in range(2):
        answer_after(part, clock, 0.3)
        assert not part.is_resting()
    answer_after(part, clock, 0.3)
    assert part.is_resting()
    clock.now += REST_SECONDS
    answer_after(part, clock, 0.3)
    assert not part.is_resting()


def test_a_quick_answer_between_slow_ones_forgives_them(clock):
    part = Part(Gone, patience=0.8)
    for _time in range(5):
        answer_after(part, clock, 0.5)
        answer_after(part, clock, 0.01)
    assert not part.is_resting()


def test_a_part_without_a_limit_may_take_its_time(part, clock):
    answer_after(part, clock, 60)
    assert not part.is_resting()

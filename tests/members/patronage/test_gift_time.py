"""The time of a gift runs while nothing else makes a patron: none of it is lost, whatever came when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.patronage.gift_time import find_place
from members.patronage.months import add_months

START = datetime(2026, 1, 31, 9, tzinfo=UTC)
DAYS = st.integers(-60, 700)


def day(number):
    return START + timedelta(days=number)


@pytest.mark.parametrize(
    ("moment", "months", "expected"),
    [
        ("2026-01-31", 1, "2026-02-28"), ("2024-01-31", 1, "2024-02-29"), ("2026-12-24", 12, "2027-12-24"),
        ("2026-10-31", 6, "2027-04-30"), ("2024-02-29", 12, "2025-02-28"),
    ],
)  # fmt: skip
def test_it_adds_months_as_a_calendar_does(moment, months, expected):
    assert add_months(datetime.fromisoformat(moment), months) == datetime.fromisoformat(expected)


def test_it_runs_at_once_where_nothing_else_does():
    assert find_place(START, 3, []) == (START, add_months(START, 3))


def test_it_begins_when_what_runs_is_over():
    assert find_place(START, 3, [(day(-10), day(20))]) == (day(20), add_months(day(20), 3))


def test_it_stands_still_while_a_later_payment_runs():
    start, end = find_place(START, 3, [(day(30), day(60))])
    assert start == START and end == add_months(START, 3) + timedelta(days=30)


@given(st.lists(st.tuples(DAYS, st.integers(1, 90)), max_size=8), st.sampled_from([3, 6, 12]))
def test_it_loses_nothing(spans, months):
    taken = [(day(begin), day(begin + length)) for begin, length in spans]
    start, end = find_place(START, months, taken)
    assert not any(begins <= start < ends for begins, ends in taken)
    whole = (end - start).days
    free = sum(not any(a <= start + timedelta(days=n) < b for a, b in taken) for n in range(whole))
    assert free == (add_months(start, months) - start).days


@given(st.permutations([(day(5), day(9)), (day(7), day(40)), (day(100), day(130)), (day(-5), day(2))]))
def test_it_does_not_depend_on_the_order(taken):
    assert find_place(START, 6, taken) == find_place(START, 6, sorted(taken))

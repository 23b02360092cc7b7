"""Days are the newsroom's and not Greenwich's: late in the evening there it is the next day in Kyiv."""

from datetime import UTC, datetime

import pytest

from members.patronage.account_views import _ended
from members.patronage.gift_views import _taken
from members.patronage.models import DeclaredEffect, Period
from members.patronage.timeline import timeline_of

LATE = datetime(2026, 11, 30, 22, 30, tzinfo=UTC)  # half past midnight on the first of December in Kyiv


@pytest.fixture(autouse=True)
def _kyiv(settings):
    settings.TIME_ZONE = "Europe/Kyiv"


@pytest.mark.parametrize("kind", ["end", "already"])
def test_it_promises_the_end_of_support_by_our_day(kind):
    effect = DeclaredEffect(kind=kind, amount=500, currency="eur", ends_at=LATE)
    assert "1 December 2026" in effect.sentence


def test_it_says_the_end_of_support_by_our_day():
    for has_others in (False, True):
        assert "1 December 2026" in _ended(LATE, has_others=has_others)
    assert "ends on ." in _ended(None, has_others=False)


def test_it_says_the_days_of_a_gift_by_our_days():
    assert _taken(Period(starts_at=LATE, ends_at=LATE)).count("1 December 2026") == 2


def test_it_tells_periods_by_our_days(member, tier):
    Period.objects.create(
        member=member, tier=tier, cause=Period.Cause.FREE, starts_at=LATE, ends_at=LATE.replace(year=2027)
    )
    texts = [entry.text for entry in timeline_of(member)]
    assert any("1 December 2026" in text and "1 December 2027" in text for text in texts)

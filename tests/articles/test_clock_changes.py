"""Stories on the nights when the clocks go forward and back, minute by minute, in a newsroom in Kyiv."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from articles.admin.forms import LocalTimeField
from articles.models import Article
from articles.scheduling import publish_due, schedule
from tests.articles.written import write_story

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
FORWARD, BACK = date(2026, 3, 29), date(2026, 10, 25)
# What is typed at the desk, and the moment at which the story is to be out.
NIGHTS = {
    FORWARD: {
        "2026-03-29T00:05": datetime(2026, 3, 28, 22, 5, tzinfo=UTC),
        "2026-03-29T02:59": datetime(2026, 3, 29, 0, 59, tzinfo=UTC),
        "2026-03-29T04:00": datetime(2026, 3, 29, 1, 0, tzinfo=UTC),  # the next minute
        "2026-03-29T04:01": datetime(2026, 3, 29, 1, 1, tzinfo=UTC),
    },
    BACK: {
        "2026-10-25T00:05": datetime(2026, 10, 24, 21, 5, tzinfo=UTC),
        "2026-10-25T02:59": datetime(2026, 10, 24, 23, 59, tzinfo=UTC),
        "2026-10-25T03:30": datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # it comes twice; the first is meant
        "2026-10-25T04:00": datetime(2026, 10, 25, 2, 0, tzinfo=UTC),  # two hours after the first 03:00
    },
}


@pytest.fixture
def _in_kyiv(settings):
    settings.TIME_ZONE = "Europe/Kyiv"
    with timezone.override("Europe/Kyiv"):
        yield


@pytest.mark.usefixtures("_in_kyiv")
@pytest.mark.parametrize("night", [FORWARD, BACK])
def test_stories_come_out_at_their_minute_while_the_clocks_change(night):
    wanted = NIGHTS[night]
    moment = min(wanted.values()) - 5 * MINUTE
    came = {}
    with time_machine.travel(moment, tick=False) as clock:
        for typed in wanted:
            schedule(user=None, article=write_story(headline=typed), at=LocalTimeField().clean(typed))
        while moment < max(wanted.values()) + 70 * MINUTE:  # past the hour that comes twice
            clock.move_to(moment)
            publish_due()
            out = Article.objects.published().values_list("headline", flat=True)
            came |= {name: moment for name in out if name not in came}
            moment += MINUTE
    assert came == wanted
    stories = Article.objects.filter(headline__in=wanted)
    assert set(stories.values_list("published_on", flat=True)) == {night}
    assert dict(stories.values_list("headline", "published_at")) == wanted

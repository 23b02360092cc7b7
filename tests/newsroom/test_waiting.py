"""Rows, keys and heartbeats written while the machine's clock ran far ahead, found after it was set right."""

import time
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from django_redis import get_redis_connection

from newsroom.lib import health, letters, outbox
from newsroom.lib.limits import Limit, count_against
from newsroom.lib.models import Letter, Outbox

pytestmark = pytest.mark.django_db
AHEAD = timedelta(days=400)


def test_it_sends_a_letter_that_would_wait_for_years(make_letter):
    letter = make_letter(next_attempt_at=timezone.now() + AHEAD)
    assert letters.due_letters() == [letter]


@pytest.mark.parametrize(("held", "becomes"), [("claimed", "queued"), ("handing_over", "unknown")])
def test_it_takes_a_letter_back_from_a_worker_that_died_ahead_of_time(make_letter, held, becomes):
    letter = make_letter(state=held, claimed_at=timezone.now() + AHEAD)
    letters.recover_letters()
    letter.refresh_from_db()
    assert letter.state == becomes


def test_it_leaves_pauses_and_claims_of_an_ordinary_day_alone(make_letter):
    pausing = make_letter(next_attempt_at=timezone.now() + letters.LONGEST_PAUSE)
    held = make_letter(state="claimed", claimed_at=timezone.now() + timedelta(seconds=30))
    letters.recover_letters()
    assert letters.due_letters() == []
    assert set(Letter.objects.values_list("pk", "state")) == {(pausing.pk, "queued"), (held.pk, "claimed")}


@pytest.mark.parametrize("state", ["waiting", "claimed"])
def test_it_carries_out_what_is_owed(state):
    row = outbox.owe("kind", 1)
    Outbox.objects.update(state=state, next_attempt_at=timezone.now() + AHEAD, claimed_at=timezone.now() + AHEAD)
    assert list(outbox.open_rows()) == [row.pk]
    assert outbox.claim(row.pk).claimed_at <= timezone.now()


def test_it_ends_a_limit_within_its_time():
    limit = Limit("three", 3, 600)
    count_against(limit, "reader@example.org")
    [name] = get_redis_connection().scan_iter(match="*limit:three:*")
    get_redis_connection().expire(name, 5 * 3600)
    count_against(limit, "reader@example.org")
    assert get_redis_connection().ttl(name) <= 600


@pytest.mark.parametrize("hours", [5, -5])
def test_it_believes_no_heartbeat_of_another_time(hours):
    cache.set(health.HEARTBEAT_KEY.format(part="worker"), time.time() + hours * 3600, timeout=None)
    assert health.check_parts()["worker"].startswith("down: no heartbeat")

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from newsroom.lib import outbox
from newsroom.lib.models import AuditEntry, Outbox

pytestmark = pytest.mark.django_db


def seconds_until(row):
    row.refresh_from_db()
    return (row.next_attempt_at - timezone.now()).total_seconds()


def test_it_owes_once_for_each_cause():
    first, second = outbox.owe("kind", 7, article_id=7), outbox.owe("kind", 7, article_id=8)
    assert first == second
    assert Outbox.objects.get().payload == {"article_id": 7}


def test_it_is_claimed_by_one_only():
    row = outbox.owe("kind", 1)
    assert outbox.claim(row.pk).attempts == 1
    assert outbox.claim(row.pk) is None


def test_it_waits_longer_after_each_failure_and_is_given_up_at_last():
    row, pauses = outbox.owe("kind", 1), []
    for _attempt in range(outbox.GIVE_UP_AFTER):
        Outbox.objects.update(next_attempt_at=timezone.now())
        outbox.fail(outbox.claim(row.pk), "It broke.")
        pauses.append(round(seconds_until(row)))
    assert pauses[:4] == [10, 20, 40, 80]
    assert max(pauses) == 3600
    assert (row.state, row.attempts, row.error) == ("failed", outbox.GIVE_UP_AFTER, "It broke.")
    assert list(outbox.open_rows()) == []


def test_it_is_taken_over_from_a_dead_worker_who_closes_nothing_of_its_successor():
    row = outbox.owe("kind", 1)
    dead = outbox.claim(row.pk)
    Outbox.objects.update(claimed_at=timezone.now() - outbox.CLAIM_LASTS - timedelta(seconds=1))
    assert list(outbox.open_rows()) == [row.pk]
    outbox.finish(outbox.claim(row.pk))
    outbox.fail(dead, "I am late.")
    row.refresh_from_db()
    assert (row.state, row.error) == ("done", "")


def test_it_is_given_up_when_it_ends_every_worker():
    row = outbox.owe("kind", 1)
    long_ago = timezone.now() - timedelta(hours=1)
    Outbox.objects.update(state="claimed", claimed_at=long_ago, attempts=outbox.GIVE_UP_AFTER)
    assert outbox.claim(row.pk) is None
    row.refresh_from_db()
    assert (row.state, row.error) == ("failed", "Each worker that began it ended.")


def test_it_is_owed_again_by_who_may(publisher, writer):
    row = outbox.owe("kind", 1)
    Outbox.objects.update(state="failed", attempts=12)
    with pytest.raises(PermissionDenied):
        outbox.replay(user=writer, row=row)
    outbox.replay(user=publisher, row=row)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("waiting", 0)
    assert AuditEntry.objects.filter(action="follow_up.replayed", actor=publisher).exists()


def test_it_is_shown_at_the_desk_and_carried_out_again(publisher_client):
    row = outbox.owe("nobody.knows", 1)
    Outbox.objects.update(state="failed", error="Nobody follows up “nobody.knows”.")
    assert "Nobody follows up" in publisher_client.get("/admin/lib/outbox/").content.decode()
    chosen = {"action": "carry_out_again", "_selected_action": [row.pk]}
    publisher_client.post("/admin/lib/outbox/", chosen)
    row.refresh_from_db()
    assert row.state == "waiting"

"""PostgreSQL's own disk is full: what is out is read, whoever writes is told to wait, and nothing that was committed is
lost. When its log has no room either the server ends, and goes on where it was when there is room."""

import os

import psycopg
import pytest

from tests.faults.disks import disks_of_its_own
from tests.faults.parts import wait_until
from tests.faults.visiting import form_of

OPEN_LETTERS = "SELECT count(*) FROM lib_letter WHERE state = 'queued' AND cause LIKE 'queued:%%'"
LOG_PIECE = "SELECT pg_logical_emit_message(false, 'filling', repeat('x', 1000000))"


@pytest.fixture(scope="module")
def own_disks(_newsroom):
    with disks_of_its_own(_newsroom) as disks:
        yield disks


@pytest.fixture
def disks(own_disks, newsroom):
    yield own_disks
    own_disks.free()


def draft_at(newsroom):
    return f"/admin/articles/article/{newsroom.scene.draft_of_its_own}/change/"


def save(newsroom, headline, size=0):
    """With words of so many random bytes: from some hundred thousand on no table has room left for them."""
    desk, address = newsroom.editor, draft_at(newsroom)
    form = form_of(desk.get(address).is_fine().text)
    body = f"<p>{os.urandom(size).hex()}</p>"
    return desk.post(address, {**form, "headline": headline, "body": body, "verb": "save"})


def fill_log(newsroom):
    """Until the server has ended for want of room."""
    for _time in range(200):
        newsroom.rows(LOG_PIECE)


def test_stories_are_read_and_a_save_waits_while_the_tables_have_no_room(newsroom, disks):
    save(newsroom, "Before it was full").is_fine(302)
    disks.tables.fill()
    save(newsroom, "There is no room for this", size=300_000).is_resting().is_in_time()
    newsroom.empty_redis()
    for path in ("/", newsroom.scene.story, "/feed/", "/support/"):
        newsroom.reader.get(path).is_fine().is_in_time()
    assert newsroom.health()["database"] == "down: its disk is full"
    assert "Before it was full" in newsroom.editor.get(draft_at(newsroom)).is_fine().text
    disks.free()
    wait_until(lambda: newsroom.health()["database"] == "up")
    save(newsroom, "There is room again", size=300_000).is_fine(302)


def test_what_was_committed_stands_when_the_server_has_ended_for_want_of_room(newsroom, disks):
    """Letters wait, stored pages are read, and the server starts again by itself as its operator lets it."""
    newsroom.office.shut()
    newsroom.queue_letters(3)
    save(newsroom, "Committed before the end").is_fine(302)
    newsroom.reader.get(newsroom.scene.story).is_fine()
    disks.log.fill()
    with pytest.raises(psycopg.OperationalError):
        fill_log(newsroom)
    newsroom.reader.get(newsroom.scene.story).is_fine().is_in_time()
    newsroom.reader.post("/account/sign-in/", {"email": "full@example.org"}).is_resting().is_in_time()
    assert newsroom.reader.get("/livez/").status == 200
    assert newsroom.health()["database"].startswith("down")
    disks.free()
    newsroom.postgres.restart_until_ready()
    wait_until(lambda: newsroom.health()["database"] == "up", seconds=10)
    newsroom.office.open()
    assert "Committed before the end" in newsroom.editor.get(draft_at(newsroom)).is_fine().text
    newsroom.rows("UPDATE lib_letter SET next_attempt_at = now() WHERE state = 'queued'")
    newsroom.sweep_until(lambda: newsroom.value(OPEN_LETTERS) == 0)
    told = [address for address in newsroom.office.recipients if address.startswith("queued")]
    assert sorted(told) == [f"queued{number}@example.org" for number in (1, 2, 3)]

"""Valkey has no room left, on its disk or in its memory, or cannot write its snapshot: it answers, and refuses whatever
writes. As when it is stopped, reading goes on, what is counted waits, and what was committed is done afterwards."""

from contextlib import contextmanager

import pytest
import redis

from tests.faults.disks import disk_for_valkey
from tests.faults.parts import wait_until
from tests.faults.visiting import form_of

SUPPORT = {"frequency": "month", "amount_month": "500", "currency": "eur"}
STATE_OF_EVENT = "SELECT state FROM members_stripeevent WHERE event_id = %s"


@contextmanager
def full_disk(newsroom):
    """Its log is what cannot be written."""
    with disk_for_valkey(newsroom) as disk:
        newsroom.wait_until_well()
        disk.fill()
        yield disk.free


@contextmanager
def full_memory(newsroom):
    with redis.Redis.from_url(newsroom.environ["REDIS_URL"]) as connection:
        connection.config_set("maxmemory", 1)
        yield lambda: connection.config_set("maxmemory", 0)


@contextmanager
def no_snapshot(newsroom):
    """As of a server that is asked to make some: where it should lie something else does. When that is away Valkey
    makes one by itself within seconds, and takes what is written."""
    path = newsroom.folder.path / "valkey" / "data" / "dump.rdb"
    with redis.Redis.from_url(newsroom.environ["REDIS_URL"]) as connection:
        path.mkdir()
        connection.config_set("save", "1 1")
        try:
            yield path.rmdir
        finally:
            connection.config_set("save", "")
            path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("fill", "said"),
    [
        pytest.param(full_disk, "down: its disk is full", marks=pytest.mark.thorough),
        (full_memory, "down: its memory is full"),
        pytest.param(no_snapshot, "down: it cannot write to its disk", marks=pytest.mark.thorough),
    ],
)
def test_reading_goes_on_and_what_is_counted_waits_while_redis_takes_nothing(newsroom, tell, fill, said):
    event, address = f"evt_{fill.__name__}", f"{fill.__name__}@example.org"
    desk, draft = newsroom.editor, f"/admin/articles/article/{newsroom.scene.draft}/change/"
    with fill(newsroom) as free:
        wait_until(lambda: newsroom.health()["redis"] == said)
        for path in ("/", newsroom.scene.story, "/feed/", "/topics/", "/support/", "/newsletters/"):
            newsroom.reader.get(path).is_fine().is_in_time()
        newsroom.reader.post("/account/sign-in/", {"email": address}).is_resting().is_in_time()
        newsroom.reader.post("/support/", SUPPORT).is_resting().is_in_time()
        newsroom.patron.post("/topics/vote/", {newsroom.scene.candidate: 1}).is_resting().is_in_time()
        tell(event).is_fine().is_in_time()
        form = form_of(desk.get(draft).is_fine().text)
        desk.post(draft, {**form, "headline": said, "verb": "publish"}).is_fine(302).is_in_time()
        assert said in desk.get(draft).text
        assert newsroom.reader.get("/livez/").status == 200
        free()
        newsroom.wait_until_well()
        assert {name for name, part in newsroom.processes.items() if part.child.is_running} == set(newsroom.processes)
        wait_until(lambda: newsroom.value(STATE_OF_EVENT, event) != "waiting")
        newsroom.reader.post("/account/sign-in/", {"email": address}).is_fine(302)
        wait_until(lambda: newsroom.code_sent_to(address))

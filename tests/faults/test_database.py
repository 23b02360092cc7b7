"""PostgreSQL hanging, stopped, restarted and killed: stored pages are read, all else waits with a page, and nothing is
doubled."""

import json

import pytest

from tests.faults.parts import wait_until
from tests.faults.visiting import at_once, form_of

DELIVERIES = "SELECT state, count(*)::int FROM newsletters_delivery WHERE edition_id = %s GROUP BY state"


@pytest.fixture
def stored_story(newsroom):
    """The page store holds this one and not the other."""
    newsroom.empty_redis()
    newsroom.reader.get(newsroom.scene.story).is_fine()
    return newsroom.scene.story


def test_it_answers_everybody_in_time_while_the_database_hangs(newsroom, stored_story):
    with newsroom.postgres.frozen():
        stored, fresh, door, desk, vote, health = at_once(
            lambda: newsroom.reader.get(stored_story),
            lambda: newsroom.reader.get(newsroom.scene.other_story),
            lambda: newsroom.reader.post("/account/sign-in/", {"email": "somebody@example.org"}),
            lambda: newsroom.editor.get("/admin/"),
            lambda: newsroom.patron.post("/topics/vote/", {newsroom.scene.candidate: 1}),
            lambda: newsroom.reader.get("/healthz/"),
        )
        alive = newsroom.reader.get("/livez/")
    stored.is_fine().is_in_time()
    alive.is_fine().is_in_time()
    for answer in (fresh, door, desk, vote):
        answer.is_resting().is_in_time()
    assert health.is_in_time().status == 503
    assert json.loads(health.text)["database"].startswith("down")


def test_it_waits_for_a_slow_query_of_a_database_that_lives(newsroom):
    """A save that waits three seconds for a lock is saved."""
    desk, address = newsroom.editor, f"/admin/articles/article/{newsroom.scene.draft}/change/"
    form = form_of(desk.get(address).is_fine().text)
    with newsroom.locked_for(3, "articles_article"):
        desk.post(address, {**form, "headline": "Slowly", "verb": "save"}).is_fine(302)
    assert "Slowly" in desk.get(address).text


def test_it_is_well_at_once_when_the_database_has_restarted(newsroom, stored_story):
    """Every connection of the pool was closed meanwhile; no visitor sees that."""
    at_once(*[lambda: newsroom.editor.get("/admin/")] * 6)  # so many connections
    newsroom.postgres.end()
    newsroom.postgres.start()
    for _time in range(8):
        newsroom.editor.get("/admin/").is_fine()


def test_stored_pages_serve_while_the_database_is_stopped(newsroom, stored_story):
    newsroom.postgres.end()
    newsroom.reader.get(stored_story).is_fine().is_in_time()
    newsroom.reader.get(newsroom.scene.other_story).is_resting().is_in_time()
    assert newsroom.reader.get("/livez/").status == 200
    assert newsroom.health()["database"].startswith("down")
    newsroom.postgres.start()
    wait_until(lambda: newsroom.reader.get(newsroom.scene.other_story).status == 200, seconds=10)


def test_an_edition_goes_on_when_the_database_was_killed_under_it(newsroom):
    """kill -9 while a mail is on the line: that one is unknown, all others arrive once."""
    edition = newsroom.scene.editions[0]
    newsroom.office.holds.add("reader10@example.org")
    newsroom.send(edition)
    assert newsroom.office.is_holding.wait(60)
    newsroom.postgres.kill()
    newsroom.office.holds.clear()
    newsroom.postgres.restart_until_ready()
    newsroom.deliver_to_the_end(edition)
    assert dict(newsroom.rows(DELIVERIES, edition)) == {"sent": 29, "unknown": 1}
    assert sorted(set(newsroom.office.recipients)) == newsroom.office.recipients

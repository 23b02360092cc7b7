"""Valkey stopped, hanging and emptied: reading goes on, what was committed stands and is found again by the sweeps,
signing in and buying wait."""

import json

import pytest

from tests.faults.parts import wait_until
from tests.faults.scene import READERS
from tests.faults.test_clock import PUBLISHED
from tests.faults.visiting import Visitor, at_once, form_of

SUPPORT = {"frequency": "month", "amount_month": "500", "currency": "eur"}
WAITING, COMPLETED = (
    "SELECT count(*) FROM members_stripeevent WHERE type = %s AND state IN ('waiting', 'claimed')",
    "checkout.session.completed",
)
LETTERS = 5
STATE_OF_EVENT = "SELECT state FROM members_stripeevent WHERE event_id = %s"


def ask_for_code(newsroom, address="somebody@example.org"):
    return newsroom.reader.post("/account/sign-in/", {"email": address})


def test_reading_goes_on_while_redis_is_stopped(newsroom):
    newsroom.valkey.kill()
    for path in ("/", newsroom.scene.story, "/feed/", "/topics/", "/support/", "/newsletters/"):
        newsroom.reader.get(path).is_fine().is_in_time()
    assert newsroom.reader.get("/livez/").status == 200


def test_what_is_counted_waits_while_redis_is_stopped(newsroom):
    newsroom.valkey.kill()
    ask_for_code(newsroom).is_resting().is_in_time()
    newsroom.reader.post("/support/", SUPPORT).is_resting().is_in_time()
    newsroom.reader.post("/newsletters/", {"email": "a@example.org"}).is_resting().is_in_time()
    newsroom.reader.get("/search/?q=ferry").is_resting().is_in_time()
    newsroom.patron.post("/topics/vote/", {newsroom.scene.candidate: 1}).is_resting().is_in_time()


def test_health_names_what_is_down_while_redis_is_stopped(newsroom):
    newsroom.valkey.kill()
    answer = newsroom.reader.get("/healthz/")
    assert answer.is_in_time().status == 503
    parts = json.loads(answer.text)
    assert parts["database"] == "up"
    assert parts["redis"].startswith("down")


def test_editors_save_and_publish_while_redis_is_stopped(newsroom):
    """What is committed answers as saved; the pages that Redis still holds are dropped when it is back."""
    desk, scene = newsroom.editor, newsroom.scene
    newsroom.reader.get(scene.story).is_fine()
    story_id = newsroom.value("SELECT id FROM articles_article WHERE slug = %s", scene.story.split("/")[-2])
    address = f"/admin/articles/article/{story_id}/change/"
    newsroom.valkey.kill()
    form = form_of(desk.get(address).is_fine().text)
    desk.post(address, {**form, "deck": "Redis was away.", "verb": "publish"}).is_fine(302).is_in_time()
    assert "Published." in desk.get(address).text
    newsroom.valkey.start()
    wait_until(lambda: "Redis was away." in newsroom.reader.get(scene.story).text)


def test_what_was_committed_is_done_when_redis_is_back(newsroom, tell):
    """Stripe is answered at once, the reader leaves at once; workers and beat find their way back by themselves."""
    newsroom.valkey.kill()
    tell("evt_away").is_fine().is_in_time()
    leave(newsroom).is_fine().is_in_time()
    assert newsroom.value(STATE_OF_EVENT, "evt_away") == "waiting"
    newsroom.valkey.start()
    wait_until(lambda: newsroom.value(STATE_OF_EVENT, "evt_away") != "waiting")


def test_it_answers_everybody_in_time_while_redis_hangs(newsroom, tell):
    """Each of them finds out by itself, since they come at once."""
    scene = newsroom.scene
    with newsroom.valkey.frozen():
        home, story, desk, stripe, gone, door, vote, health = at_once(
            lambda: newsroom.reader.get("/"),
            lambda: newsroom.reader.get(scene.story),
            lambda: newsroom.editor.get("/admin/"),
            lambda: tell("evt_frozen"),
            lambda: leave(newsroom),
            lambda: ask_for_code(newsroom),
            lambda: newsroom.patron.post("/topics/vote/", {scene.candidate: 1}),
            lambda: newsroom.reader.get("/healthz/"),
        )
    for answer in (home, story, desk, stripe, gone):
        answer.is_fine().is_in_time()
    for answer in (door, vote):
        answer.is_resting().is_in_time()
    assert health.is_in_time().status == 503


def test_a_save_answers_in_time_while_redis_hangs(newsroom):
    desk, address = newsroom.editor, f"/admin/articles/article/{newsroom.scene.draft}/change/"
    form = form_of(desk.get(address).is_fine().text)
    with newsroom.valkey.frozen():
        desk.post(address, {**form, "headline": "Redis hangs", "verb": "publish"}).is_fine(302).is_in_time()
    saved = "SELECT headline, state FROM articles_article WHERE id = %s"
    assert newsroom.rows(saved, newsroom.scene.draft) == [("Redis hangs", "published")]


def test_a_hanging_redis_is_asked_once_in_a_while_not_by_every_request(newsroom):
    with newsroom.valkey.frozen():
        newsroom.reader.get("/").is_fine()
        waited = [newsroom.reader.get("/").is_fine().seconds for _time in range(5)]
        assert min(waited) < 0.5, f"Each of five requests waited for Redis again: {waited}"
        newsroom.reader.get("/livez/").is_fine().is_in_time()


@pytest.mark.parametrize("seconds", [0.3, pytest.param(0.9, marks=pytest.mark.thorough)])
def test_it_answers_everybody_in_time_while_redis_is_slow(newsroom, seconds):
    """Slow answers add up; what has cost too much is left alone. Who signs in gets the code, or the page that says to
    wait."""
    scene = newsroom.scene
    with newsroom.on_slow_redis(seconds) as port:
        editor = Visitor(port, scene.editor)
        for page in (
            Visitor(port).get("/"),
            Visitor(port).get(scene.story),
            editor.get("/admin/"),
            editor.get("/admin/"),
        ):
            page.is_fine().is_in_time()
        door = Visitor(port).post("/account/sign-in/", {"email": f"slow{seconds}@example.org"}).is_in_time()
        assert door.status in (302, 503)
        assert Visitor(port).get("/livez/").status == 200
        Visitor(port).get("/healthz/").is_in_time()


def test_work_goes_on_while_redis_is_slow(newsroom):
    with newsroom.on_slow_redis(0.08) as port:
        Visitor(port).post("/account/sign-in/", {"email": "patient@example.org"}).is_fine(302).is_in_time()
        wait_until(lambda: newsroom.code_sent_to("patient@example.org"))


@pytest.mark.thorough
def test_workers_and_clock_go_on_beside_a_slow_redis(newsroom, tell):
    """What is woken for is done, what nobody woke for is found by the clock's sweeps, once each; no process ends over
    it."""
    edition, address, event = newsroom.scene.editions[3], "beside@example.org", "evt_beside"
    with newsroom.working_on_slow_redis(0.3) as parts:
        began = {name: part.child.process.pid for name, part in parts.items()}
        story = newsroom.schedule("Slowly due", hours=0.001)
        newsroom.queue_letters(LETTERS)
        newsroom.send(edition)
        tell(event).is_fine()
        ask_for_code(newsroom, address).is_fine(302)
        for is_done in (
            lambda: newsroom.code_sent_to(address),
            lambda: newsroom.value("SELECT state FROM articles_article WHERE id = %s", story) == "published",
            lambda: newsroom.value(STATE_OF_EVENT, event) != "waiting",
            lambda: newsroom.value("SELECT state FROM newsletters_edition WHERE id = %s", edition) == "sent",
            lambda: not newsroom.value("SELECT count(*) FROM lib_letter WHERE state IN ('queued', 'claimed')"),
            lambda: {newsroom.health()[name] for name in ("worker", "bulk")} == {"up"},
        ):
            wait_until(is_done, seconds=120, pause=0.5)
        assert {name: part.child.process.pid for name, part in parts.items() if part.child.is_running} == began
    newsroom.wait_until_well()
    assert newsroom.value(PUBLISHED, str(story)) == 1
    sent = [one for one in newsroom.office.recipients if one.startswith(("reader", "queued", "beside"))]
    assert len(sent) == len(set(sent)) == READERS + LETTERS + 1


def test_the_sweep_finds_what_an_emptied_redis_forgot(newsroom):
    """The wake-ups of a letter and of Stripe's events lie in the queue when all queues are emptied."""
    session = newsroom.begin_support()
    with newsroom.processes["worker"].frozen():
        ask_for_code(newsroom, "forgotten@example.org").is_fine(302)
        newsroom.stripe(f"sessions/{session}/pay", email="unheard@example.org")
        wait_until(lambda: newsroom.value(WAITING, "invoice.paid") and newsroom.value(WAITING, COMPLETED))
        newsroom.empty_redis()
    wait_until(lambda: newsroom.code_sent_to("forgotten@example.org"))
    newsroom.do_all_events()
    assert newsroom.support_of("unheard@example.org") == {"payments": 1, "periods": 1, "receipts": 1}
    newsroom.reader.get(newsroom.scene.story).is_fine()
    newsroom.patron.get("/account/").is_fine()  # nobody is signed out
    newsroom.editor.get("/admin/").is_fine()
    assert len(newsroom.code_sent_to("forgotten@example.org")) == 1


def leave(newsroom):
    return newsroom.reader.post(f"/newsletters/unsubscribe/{newsroom.scene.token}/", {"List-Unsubscribe": "One-Click"})

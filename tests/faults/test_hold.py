"""On a restored backup the running processes send nothing and ask Stripe nothing, until they are told to."""

from tests.faults.parts import wait_until

HOLD = "INSERT INTO lib_hold (id, since, reason) VALUES (1, now(), 'restored from a backup')"
STATE = "SELECT state FROM articles_article WHERE id = %s"
EVENT = "SELECT state FROM members_stripeevent WHERE event_id = 'evt_held'"


def test_running_workers_send_nothing_until_the_hold_is_released(newsroom, tell):
    """That they work meanwhile is shown by a story that is due: it comes out after they were woken for all the rest."""
    before = len(newsroom.office.messages)
    newsroom.rows(HOLD)
    try:
        newsroom.reader.post("/account/sign-in/", {"email": "held@example.org"}).is_fine(302)
        newsroom.queue_letters(2)
        tell("evt_held").is_fine()
        newsroom.wake("newsroom.lib.tasks.sweep_letters")
        newsroom.wake("members.patronage.tasks.sweep_events")
        due = newsroom.schedule("Due while on hold", hours=0.001)
        newsroom.wait_for_value("published", STATE, due)
        assert len(newsroom.office.messages) == before
        assert newsroom.value(EVENT) == "waiting"
        assert "Nothing leaves the house" in newsroom.editor.get("/admin/").text
        said = newsroom.run("manage.py", "release_restored", "--send")
    finally:
        newsroom.rows("DELETE FROM lib_hold")
    assert "The hold is over." in said
    wait_until(lambda: newsroom.code_sent_to("held@example.org"))
    wait_until(lambda: newsroom.value(EVENT) != "waiting")

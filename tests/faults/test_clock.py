"""The machines' clock jumps under the running processes: what is due comes once, what is not due waits, and the sweeps
go on, forward and back. PostgreSQL and Stripe keep the true time."""

import pytest

from tests.faults.parts import wait_until

STATE = "SELECT state FROM articles_article WHERE id = %s"
PUBLISHED = "SELECT count(*) FROM lib_auditentry WHERE action = 'article.published' AND target_id = %s"
OUT = "SELECT target_label FROM lib_auditentry WHERE action = 'article.published' AND target_id = ANY(%s) ORDER BY id"
LATE = "SELECT subject FROM lib_letter WHERE to_email = %s AND left(subject, 14) = 'Published late' ORDER BY id"
EDITOR = "editor@example.org"
LETTERS = "SELECT state FROM lib_letter WHERE to_email = %s"


def ask_for_code(newsroom, address):
    newsroom.reader.post("/account/sign-in/", {"email": address}).is_fine(302)
    wait_until(lambda: newsroom.code_sent_to(address))


def test_a_clock_that_jumps_ahead_brings_what_is_due_once_and_nothing_else(newsroom):
    due, later = newsroom.schedule("Due in two hours", hours=2), newsroom.schedule("Due in nine hours", hours=9)
    newsroom.queue_letters(3)
    newsroom.set_clock(hours=3)
    newsroom.wait_for_value("published", STATE, due)
    newsroom.wait_until_well()
    ask_for_code(newsroom, "ahead@example.org")
    newsroom.wait_for_value(0, "SELECT count(*) FROM lib_letter WHERE state = 'queued'")
    assert newsroom.value(STATE, later) == "scheduled"
    assert newsroom.value(PUBLISHED, str(due)) == 1
    assert len(newsroom.code_sent_to("ahead@example.org")) == 1
    newsroom.reader.get(newsroom.scene.story).is_fine()
    newsroom.editor.get("/admin/").is_fine()


@pytest.mark.thorough
def test_a_clock_that_jumps_back_stops_nothing_and_repeats_nothing(newsroom):
    due, later = (
        newsroom.schedule("Due in half an hour", hours=0.5),
        newsroom.schedule("Due in two hours more", hours=2),
    )
    newsroom.set_clock(hours=1)
    newsroom.wait_for_value("published", STATE, due)
    ask_for_code(newsroom, "before@example.org")
    newsroom.set_clock(hours=-3)
    ask_for_code(newsroom, "after@example.org")
    newsroom.queue_letters(2)
    newsroom.wait_until_well()
    newsroom.wait_for_value(0, "SELECT count(*) FROM lib_letter WHERE state = 'queued'")
    assert newsroom.rows(LETTERS, "before@example.org") == [("sent",)]
    assert len(newsroom.code_sent_to("before@example.org")) == 1
    assert newsroom.value(STATE, later) == "scheduled"
    assert newsroom.value(PUBLISHED, str(due)) == 1
    newsroom.set_clock(hours=3)
    newsroom.wait_for_value("published", STATE, later)


def test_what_came_due_while_beat_was_stopped_comes_in_order_once_and_is_owned_up_to(newsroom):
    """An hour without the clock's process."""
    beat = newsroom.processes["beat"]
    beat.end()
    told_before = len(newsroom.rows(LATE, EDITOR))
    due = {hours: newsroom.schedule(f"Due after {hours} hours", hours=hours) for hours in (0.9, 0.3, 0.6)}
    keys = [str(pk) for pk in due.values()]
    newsroom.set_clock(hours=1)
    assert {newsroom.value(STATE, pk) for pk in due.values()} == {"scheduled"}
    beat.start()
    wait_until(lambda: len(newsroom.rows(OUT, keys)) == 3)
    newsroom.wake("articles.tasks.publish_due")
    newsroom.wait_until_well()
    in_order = [f"Due after {hours} hours" for hours in sorted(due)]
    assert [label for (label,) in newsroom.rows(OUT, keys)] == in_order
    assert [line for (line,) in newsroom.rows(LATE, EDITOR)[told_before:]] == [
        f"Published late: {name}" for name in in_order
    ]


def test_an_edition_is_sent_once_when_the_clock_jumps_under_it(newsroom):
    """Forward by more than a claim lasts, and back, while one letter is held up at the mail server."""
    edition = newsroom.scene.editions[2]
    newsroom.office.holds.add("reader11@example.org")
    newsroom.send(edition)
    assert newsroom.office.is_holding.wait(60)
    newsroom.set_clock(hours=2)
    newsroom.wake("newsletters.tasks.sweep_editions")
    newsroom.set_clock(hours=-2)
    newsroom.wake("newsletters.tasks.sweep_editions")
    newsroom.office.holds.clear()
    newsroom.set_clock(hours=0)
    newsroom.deliver_to_the_end(edition)
    told = [address for address in newsroom.office.recipients if address.startswith("reader")]
    assert len(told) == len(set(told)) and len(told) >= 29

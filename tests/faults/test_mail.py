"""The mail server away, silent, or gone in the middle of a letter: a code is late and not lost, and nothing is sent
twice."""

import pytest

from tests.faults.parts import wait_until

ERROR_OF = "SELECT error FROM lib_letter WHERE to_email = %s"
STATE_OF = "SELECT state FROM lib_letter WHERE to_email = %s"


@pytest.fixture
def ask_for_code(newsroom):
    """What the door says after asking: the page on which the code is entered."""

    def ask(address):
        reader = newsroom.reader
        reader.post("/account/sign-in/", {"email": address}).is_fine(302).is_in_time()
        return reader.get("/account/sign-in/code/").is_fine()

    return ask


def test_a_code_is_late_and_not_lost_while_the_mail_server_is_away(newsroom, ask_for_code):
    address = "away@example.org"
    newsroom.office.shut()
    page = ask_for_code(address)
    assert "ten minutes" in page.text
    newsroom.wait_for_value("ConnectionRefusedError", ERROR_OF, address)
    assert newsroom.value(STATE_OF, address) == "queued"
    assert newsroom.notes()["mail"] == "no letter leaves: ConnectionRefusedError"
    newsroom.office.open()
    newsroom.sweep_until(lambda: newsroom.code_sent_to(address))
    newsroom.wait_for_value("sent", STATE_OF, address)
    wait_until(lambda: "mail" not in newsroom.notes())
    assert len(newsroom.code_sent_to(address)) == 1


def test_a_letter_whose_line_breaks_in_the_middle_is_unknown_and_never_sent_again(newsroom, ask_for_code):
    address = "broken@example.org"
    newsroom.office.hangs_up_on = address
    ask_for_code(address)
    newsroom.wait_for_value("unknown", STATE_OF, address)
    newsroom.office.hangs_up_on = None
    newsroom.age_claims("lib_letter")
    newsroom.sweep("newsroom.lib.tasks", "sweep_letters")
    assert newsroom.code_sent_to(address) == []
    assert newsroom.value(STATE_OF, address) == "unknown"


def test_a_letter_that_is_refused_for_now_is_sent_later(newsroom, ask_for_code):
    address = "grey@example.org"
    newsroom.office.refusals[address] = "451 4.7.1 Come back later"
    ask_for_code(address)
    newsroom.wait_for_value("SMTPRecipientsRefused 451", ERROR_OF, address)
    newsroom.office.refusals.clear()
    newsroom.sweep_until(lambda: newsroom.code_sent_to(address))


def test_a_letter_that_is_refused_for_good_is_shown_at_the_desk(newsroom, ask_for_code):
    address = "none@example.org"
    newsroom.office.refusals[address] = "550 5.1.1 No such person"
    ask_for_code(address)
    newsroom.wait_for_value("failed", STATE_OF, address)
    assert newsroom.value("SELECT count(*) FROM lib_letter WHERE state IN ('failed', 'unknown')") >= 1
    assert "not sent or may not have arrived" in newsroom.editor.get("/admin/").is_fine().text


@pytest.mark.thorough
def test_others_work_goes_on_while_the_mail_server_is_silent(newsroom, tell):
    """Many letters wait for a server that takes the line and says nothing; an event of Stripe's does not wait."""
    newsroom.office.fall_silent()
    newsroom.queue_letters(40)
    newsroom.wake("newsroom.lib.tasks.sweep_letters")
    wait_until(lambda: newsroom.value("SELECT count(*) FROM lib_letter WHERE state = 'claimed'"))
    newsroom.reader.get("/livez/").is_fine().is_in_time()
    tell("evt_behind").is_fine()
    wait_until(lambda: newsroom.value("SELECT attempts FROM members_stripeevent WHERE event_id = 'evt_behind'"))
    assert newsroom.value("SELECT count(*) FROM lib_letter WHERE state = 'queued' AND attempts = 0") > 30
    newsroom.office.heal()
    newsroom.sweep_until(lambda: len(newsroom.office.recipients) == 40)

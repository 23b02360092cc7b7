"""Stripe too busy, broken and silent: a calm page, one session for each decision, and no event lost."""

import pytest

from tests.faults.parts import wait_until

SUPPORT = {"frequency": "month", "amount_month": "500", "currency": "eur"}
NEWEST = "SELECT state, stripe_id FROM members_checkout ORDER BY id DESC LIMIT 1"
EFFECTS = "SELECT kind, state FROM members_declaredeffect ORDER BY kind"
CALM = "Our payment company does not answer just now. Nothing was taken."


@pytest.mark.parametrize("status", [429, 500])
def test_a_reader_reads_that_nothing_was_taken_when_stripe_refuses(newsroom, status):
    newsroom.stripe("faults", count=4, status=status)
    answer = newsroom.reader.post("/support/", SUPPORT).is_fine(503).is_in_time()
    assert CALM in answer.text
    assert answer.headers["Retry-After"] == "60"
    assert newsroom.rows(NEWEST) == [("new", "")]


def test_a_silent_stripe_costs_a_reader_no_more_than_anything_else(newsroom):
    with newsroom.sandbox.frozen():
        answer = newsroom.reader.post("/support/", SUPPORT).is_fine(503).is_in_time()
        newsroom.reader.get("/support/").is_fine().is_in_time()
    assert CALM in answer.text


def test_whoever_withdraws_waits_for_one_silence_however_much_comes_of_it(newsroom):
    """Support ends and a payment goes back: two questions, and the second is left to the sweep."""
    address = newsroom.declare_withdrawal("withdrawing@example.org")
    with newsroom.sandbox.frozen():
        newsroom.reader.post(address).is_fine(303).is_in_time()
    assert newsroom.rows(EFFECTS) == [("cancel", "asked"), ("refund", "asked")]


def test_what_stripe_did_in_silence_is_found_again_and_not_done_twice(newsroom):
    """It makes the session, and only its answer comes too late. The sweep asks under the same key."""
    newsroom.reader.post("/support/", SUPPORT).is_fine(303)  # the tier's product is made
    before = len(newsroom.sessions())
    newsroom.stripe("faults", count=1, delay_ms=2500)
    newsroom.reader.post("/support/", SUPPORT).is_fine(503).is_in_time()
    assert newsroom.rows(NEWEST) == [("new", "")]
    wait_until(lambda: len(newsroom.sessions()) == before + 1)
    newsroom.rows("UPDATE members_checkout SET created_at = created_at - interval '5 minutes' WHERE state = 'new'")
    newsroom.sweep("members.patronage.tasks", "sweep_checkouts")
    state, stripe_id = newsroom.rows(NEWEST)[0]
    assert (state, stripe_id in newsroom.sessions()) == ("open", True)
    assert len(newsroom.sessions()) == len(newsroom.rows("SELECT 1 FROM members_checkout WHERE stripe_id <> ''"))


def test_an_event_that_cannot_be_looked_up_is_kept_and_done_later(newsroom):
    """The reader pays while we get no answer to any question about it."""
    newsroom.reader.post("/support/", SUPPORT).is_fine(303)
    _state, session = newsroom.rows(NEWEST)[0]
    newsroom.stripe("faults", count=1000, status=500)
    newsroom.stripe(f"sessions/{session}/pay", email="payer@example.org")
    newsroom.reader.get(f"/support/thanks/?session={session}").is_fine().is_in_time()
    wait_until(lambda: newsroom.value("SELECT count(*) FROM members_stripeevent WHERE state = 'failed'"))
    newsroom.stripe("faults", count=0)
    newsroom.do_all_events()
    assert newsroom.rows(NEWEST) == [("paid", session)]
    assert newsroom.support_of("payer@example.org") == {"payments": 1, "periods": 1, "receipts": 1}

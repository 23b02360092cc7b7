"""Stripe too busy, broken and silent: a calm page, one session for each decision, and no event lost."""

import pytest

from tests.faults.parts import wait_until
from tests.faults.visiting import at_once

SUPPORT = {"frequency": "month", "amount_month": "500", "currency": "eur"}
NEWEST = "SELECT state, stripe_id FROM members_checkout ORDER BY id DESC LIMIT 1"
EFFECTS = "SELECT kind, state FROM members_declaredeffect ORDER BY kind"
CHANGED = {"frequency": "month", "amount_month": "other", "other_amount": "9", "currency": "eur"}
CALM = "Our payment company does not answer just now. Nothing was taken."


@pytest.fixture(autouse=True)
def well_known(newsroom):
    """The web process has found Stripe alive, and nobody has begun a checkout of late."""

    def is_asked():
        newsroom.empty_redis()
        return newsroom.reader.post("/support/", SUPPORT).status == 303

    wait_until(is_asked, pause=0.5)
    newsroom.empty_redis()


@pytest.mark.parametrize("status", [429, 500])
def test_a_reader_reads_that_nothing_was_taken_when_stripe_refuses(newsroom, status):
    newsroom.stripe("faults", count=1000, status=status)
    answer = newsroom.reader.post("/support/", SUPPORT).is_fine(503).is_in_time()
    assert CALM in answer.text
    assert answer.headers["Retry-After"] == "60"
    assert newsroom.rows(NEWEST) == [("new", "")]
    newsroom.wake("members.patronage.tasks.watch_webhooks")
    wait_until(lambda: f"http_status={status}" in newsroom.notes().get("stripe", ""))
    newsroom.stripe("faults", count=0)
    newsroom.reader.post("/support/", SUPPORT).is_fine(303)  # an answer, whichever, is no death
    newsroom.wake("members.patronage.tasks.watch_webhooks")
    wait_until(lambda: "stripe" not in newsroom.notes())


def test_a_silent_stripe_costs_a_reader_no_more_than_anything_else(newsroom):
    with newsroom.sandbox.frozen():
        answer = newsroom.reader.post("/support/", SUPPORT).is_fine(503).is_in_time()
        newsroom.reader.get("/support/").is_fine().is_in_time()
        newsroom.reader.get("/livez/").is_fine().is_in_time()
    assert CALM in answer.text


def test_a_member_waits_for_one_silence_wherever_stripe_is_asked(newsroom):
    """Not for each of the questions that a checkout or a change has, and not again on the next page."""
    newsroom.begin_paid_support("silent@example.org")
    open_session = newsroom.begin_support()
    patron, giver = newsroom.let_in("silent@example.org"), newsroom.let_in("giver@example.org")
    giver.post("/support/", SUPPORT).is_fine(303)  # the next one closes this one first
    with newsroom.sandbox.frozen():
        asked = at_once(
            lambda: giver.post("/support/", SUPPORT),
            lambda: patron.post("/account/support/change/", CHANGED),
            lambda: patron.post("/account/support/portal/", {"for": "card"}),
        )
        for answer in asked:
            answer.is_in_time()
        assert [CALM in answer.text for answer in asked[:2]] == [True, True]
        again = giver.post("/support/", SUPPORT).is_fine(503).is_in_time()
        ended = patron.post("/account/support/end/", {"reason": ""}).is_fine(302).is_in_time()
        account = patron.get("/account/support/").is_fine().is_in_time()
        patron.get("/account/").is_fine().is_in_time()
        newsroom.reader.get(f"/support/thanks/?session={open_session}").is_fine().is_in_time()
        newsroom.editor.get("/admin/").is_fine().is_in_time()
    assert again.seconds < 1, "A Stripe that was found dead was asked again."
    assert ended and "Your wish is written down" in account.text
    newsroom.rows("UPDATE members_supportchange SET checked_at = now() - interval '5 minutes' WHERE state = 'asked'")
    newsroom.wake("members.patronage.tasks.sweep_changes")
    newsroom.wait_for_value("done", "SELECT state FROM members_supportchange ORDER BY id DESC LIMIT 1")


def test_sixteen_who_wait_for_a_silent_stripe_hold_up_no_story(newsroom):
    """Eight begin a checkout and eight come back from paying, at once, and the web process has eight threads."""
    newsroom.reader.get(newsroom.scene.story).is_fine()
    session = newsroom.begin_support()
    with newsroom.sandbox.frozen():
        *asked, story, other = at_once(
            *[lambda: newsroom.reader.post("/support/", SUPPORT)] * 8,
            *[lambda: newsroom.reader.get(f"/support/thanks/?session={session}")] * 8,
            lambda: newsroom.reader.get(newsroom.scene.story),
            lambda: newsroom.reader.get(newsroom.scene.other_story),
        )
    for answer in (story, other):
        answer.is_fine().is_in_time()
    for answer in asked:
        answer.is_fine(503 if answer.asked.startswith("POST") else 200).is_in_time()


def test_a_stripe_that_is_slow_and_lives_loses_nobody(newsroom):
    """A member's checkout: the one that is open is closed and looked up, the new one begun, 1.4 s each."""
    giver = newsroom.let_in("patient@example.org")
    giver.post("/support/", SUPPORT).is_fine(303)
    newsroom.stripe("faults", count=1000, kind="slow", delay_ms=1400)
    giver.post("/support/", SUPPORT).is_fine(303)
    newsroom.stripe("faults", count=0)
    states = "SELECT array_agg(state ORDER BY c.id) FROM members_checkout c JOIN members_member m ON m.id = member_id"
    assert newsroom.value(f"{states} WHERE m.email = 'patient@example.org'") == ["expired", "open"]


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

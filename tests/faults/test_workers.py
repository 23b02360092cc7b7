"""kill -9 in the middle of the work: what was committed is done once, and what may have left is shown, not repeated."""

import json

import pytest

from tests.faults.parts import wait_until
from tests.faults.test_clock import PUBLISHED
from tests.faults.test_database import DELIVERIES

OUT = "SELECT count(*) FROM articles_article WHERE state = 'published' AND id = ANY(%s)"
RECEIPT = "SELECT state FROM lib_letter WHERE to_email = %s AND kind = 'members/receipt'"
SUPPORT = {"frequency": "month", "amount_month": "500", "currency": "eur"}


def test_an_edition_goes_on_when_its_worker_was_killed(newsroom):
    edition, bulk = newsroom.scene.editions[1], newsroom.processes["bulk"]
    newsroom.office.holds.add("reader07@example.org")
    newsroom.send(edition)
    assert newsroom.office.is_holding.wait(60)
    bulk.kill()
    newsroom.office.holds.clear()
    bulk.start()
    newsroom.deliver_to_the_end(edition)
    assert dict(newsroom.rows(DELIVERIES, edition)) == {"sent": 29, "unknown": 1}
    assert sorted(set(newsroom.office.recipients)) == newsroom.office.recipients
    assert "reader07@example.org" not in newsroom.office.recipients


def test_a_letter_is_unknown_when_its_worker_was_killed_on_the_line(newsroom):
    address, worker = "killed@example.org", newsroom.processes["worker"]
    newsroom.office.holds.add(address)
    newsroom.reader.post("/account/sign-in/", {"email": address}).is_fine(302)
    assert newsroom.office.is_holding.wait(60)
    worker.kill()
    newsroom.office.holds.clear()
    worker.start()
    newsroom.age_claims("lib_letter")
    newsroom.sweep("newsroom.lib.tasks", "sweep_letters")
    assert newsroom.value("SELECT state FROM lib_letter WHERE to_email = %s", address) == "unknown"
    assert newsroom.code_sent_to(address) == []


def test_a_code_and_a_receipt_overtake_an_edition(newsroom):
    """Hundreds of deliveries stand before them, down a line on which they take most of a minute."""
    edition, code, receipt = newsroom.gather_crowd(400), "overtaking@example.org", "paying@example.org"
    newsroom.office.dawdles_over = "crowd"
    newsroom.send(edition)
    wait_until(lambda: newsroom.office.envelopes)
    newsroom.reader.post("/account/sign-in/", {"email": code}).is_fine(302)
    newsroom.reader.post("/support/", SUPPORT).is_fine(303)
    session = newsroom.value("SELECT stripe_id FROM members_checkout ORDER BY id DESC LIMIT 1")
    newsroom.stripe(f"sessions/{session}/pay", email=receipt)
    wait_until(lambda: newsroom.rows(RECEIPT, receipt) == [("sent",)] and newsroom.code_sent_to(code))
    assert {"sent", "queued"} <= set(dict(newsroom.rows(DELIVERIES, edition)))
    newsroom.office.dawdles_over = None
    newsroom.wait_for_value("sent", "SELECT state FROM newsletters_edition WHERE id = %s", edition)
    assert (len(newsroom.code_sent_to(code)), newsroom.support_of(receipt)["receipts"]) == (1, 1)
    assert dict(newsroom.rows(DELIVERIES, edition)) == {"sent": 400}


def test_an_event_is_done_once_when_its_worker_was_killed_over_it(newsroom):
    """While it asked Stripe about the payment."""
    worker = newsroom.processes["worker"]
    newsroom.reader.post("/support/", SUPPORT).is_fine(303)
    session = newsroom.value("SELECT stripe_id FROM members_checkout ORDER BY id DESC LIMIT 1")
    newsroom.stripe("faults", count=1000, delay_ms=3000)
    newsroom.stripe(f"sessions/{session}/pay", email="again@example.org")
    wait_until(lambda: newsroom.value("SELECT count(*) FROM members_stripeevent WHERE state = 'claimed'"))
    worker.kill()
    newsroom.stripe("faults", count=0)
    worker.start()
    newsroom.age_claims("members_stripeevent")
    newsroom.do_all_events()
    assert newsroom.support_of("again@example.org") == {"payments": 1, "periods": 1, "receipts": 1}


@pytest.mark.thorough
def test_doubled_workers_and_clocks_do_each_thing_once(newsroom):
    """As when a second machine was started and the first one forgotten."""
    stories = [newsroom.schedule(f"Due to both, {number}", hours=0.5) for number in range(4)]
    with newsroom.doubled("worker", "bulk", "beat") as twins:
        log = twins["worker"].child.log
        wait_until(lambda: "ready" in log.read_text())
        newsroom.queue_letters(20)
        newsroom.set_clock(hours=1)
        for task in 8 * ["articles.tasks.publish_due", "newsroom.lib.tasks.sweep_letters"]:
            newsroom.wake(task)
        newsroom.wait_for_value(4, OUT, stories)
        newsroom.wait_for_value(0, "SELECT count(*) FROM lib_letter WHERE state IN ('queued', 'claimed')")
        assert "articles.tasks.publish_due[" in log.read_text() and "send_letter[" in log.read_text()
    assert [newsroom.value(PUBLISHED, str(story)) for story in stories] == [1, 1, 1, 1]
    queued = [address for address in newsroom.office.recipients if address.startswith("queued")]
    assert sorted(queued) == sorted(f"queued{number}@example.org" for number in range(1, 21))


def test_health_names_the_worker_that_is_silent(newsroom):
    """What it said of itself is forgotten here rather than waited for."""
    with newsroom.processes["bulk"].frozen():
        newsroom.empty_redis()
        wait_until(lambda: newsroom.health()["worker"] == "up")
        answer = newsroom.reader.get("/healthz/")
        assert answer.status == 503
        assert json.loads(answer.text)["bulk"].startswith("down: no heartbeat")

"""Stripe busy, broken and silent, at the desk: a sentence that says what is the matter, and the sweeps do what was
wished."""

import json
from contextlib import contextmanager
from types import SimpleNamespace
from uuid import uuid4

import pytest

from tests.faults.parts import wait_until
from tests.faults.visiting import form_of

OF_REFUND = "SELECT r.state FROM members_refundrequest r WHERE payment_id = %s"
OF_CHANGE = "SELECT c.state FROM members_supportchange c WHERE subscription_id = %s"
OF_DRIFT = "SELECT state FROM members_drift WHERE id = %s"
OF_RUN = "SELECT state FROM members_reconciliation ORDER BY id DESC LIMIT 1"
TIER = "SELECT id, name, stripe_told FROM members_tier WHERE key = 'lantern'"
COMPARISON = "/admin/members/drift/"


@contextmanager
def trouble(newsroom, kind):
    if kind == "silent":
        with newsroom.sandbox.frozen():
            yield
        return
    newsroom.stripe("faults", count=1000, kind=kind)
    yield
    newsroom.stripe("faults", count=0)


@pytest.fixture
def given(newsroom):
    """One who has paid, and a difference between their support and Stripe's that nobody has mended."""
    address = f"{uuid4().hex[:12]}@example.org"
    newsroom.empty_redis()
    newsroom.begin_paid_support(address)
    member = newsroom.value("SELECT id FROM members_member WHERE email = %s", address)
    support = newsroom.rows("SELECT id, stripe_id FROM members_subscription WHERE member_id = %s", member)[0]
    payment = newsroom.rows("SELECT id, payment_intent_id FROM members_payment WHERE member_id = %s", member)[0]
    newsroom.rows(
        'INSERT INTO members_reconciliation (state, kind, after, seen, "foreign", differing, error, created_at,'
        " finished_at) VALUES ('done', 'session', '', 0, 0, 0, '', now(), now())"
    )
    return SimpleNamespace(
        member=member, support=support[0],
        payment=payment[0], intent=payment[1],
        drift=newsroom.value(
            "INSERT INTO members_drift (kind, stripe_id, says, state, error, found_in_id, found_at) SELECT"
            " 'subscription', %s, %s, 'open', '', max(id), now() FROM members_reconciliation RETURNING id",
            support[1], json.dumps({"amount": [500, 400]}),
        ),
    )  # fmt: skip


def wish_everything(newsroom, given):
    """A refund, an end, a mended difference, a comparison and a tier's new name; what each page says then."""
    desk, said = newsroom.editor, {}

    def wish(name, address, form, then):
        desk.post(address, form).is_fine(302).is_in_time()
        said[name] = desk.get(then).is_fine().is_in_time().text

    payment, life = f"/admin/members/payment/{given.payment}/", f"/admin/members/member/{given.member}/life/"
    refund = {"key": str(uuid4()), "amount": "5.00", "reason": "requested_by_customer"}
    wish("refund", f"{payment}refund/", refund, f"{payment}change/")
    wish("end", life, {"do": "end", "subscription": given.support, "when": "now"}, life)
    wish("mend", COMPARISON, {"drift": given.drift}, COMPARISON)
    wish("compare", COMPARISON, {"begin": 1}, COMPARISON)
    tier = f"/admin/members/tier/{newsroom.rows(TIER)[0][0]}/change/"
    form = form_of(desk.get(tier).is_fine().text)
    wish("tier", tier, {**form, "is_active": "on", "name": f"Lantern {uuid4().hex[:4]}"}, tier)
    return said


@pytest.mark.parametrize("kind", ["rate_limit", "error", "silent"])
def test_the_desk_reads_what_waits_and_the_sweeps_do_it(newsroom, given, kind):
    told = newsroom.rows(TIER)[0][2]
    with trouble(newsroom, kind):
        said = wish_everything(newsroom, given)
        states = [newsroom.value(OF_REFUND, given.payment), newsroom.value(OF_CHANGE, given.support)]
        assert [*states, newsroom.value(OF_DRIFT, given.drift)] == ["new", "asked", "open"]
        if kind != "silent":  # for which a worker waits half a minute
            wait_until(lambda: "the comparison goes on by itself" in newsroom.editor.get(COMPARISON).text)
        assert newsroom.rows(TIER)[0][2] == told
    assert "It is asked again by itself; nothing is paid twice." in said["refund"]
    assert "Your wish is written down" in said["end"]
    assert "does not answer just now" in said["mend"]
    assert "The comparison runs." in said["compare"]
    assert "It has not been told yet" in said["tier"]
    newsroom.rows("UPDATE members_refundrequest SET created_at = created_at - interval '5 minutes'")
    newsroom.rows("UPDATE members_supportchange SET checked_at = checked_at - interval '5 minutes'")
    for sweep in ("changes", "refunds", "catalogue", "reconciling"):
        newsroom.wake(f"members.patronage.tasks.sweep_{sweep}")
    newsroom.wait_for_value("done", OF_REFUND, given.payment)
    newsroom.wait_for_value("done", OF_CHANGE, given.support)
    newsroom.wait_for_value("done", OF_RUN)
    wait_until(lambda: newsroom.rows(TIER)[0][2] != told)

    def is_mended():
        newsroom.editor.post(COMPARISON, {"drift": given.drift}).is_fine(302)
        return newsroom.value(OF_DRIFT, given.drift) in ("mended", "gone")  # the comparison may have been faster

    wait_until(is_mended, pause=1)  # whoever presses leaves a Stripe that was silent alone for three seconds
    assert len(newsroom.refunds_of(given.intent)) == 1

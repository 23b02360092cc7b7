"""What time does by itself, also while the process was away."""

from __future__ import annotations

import json
import sqlite3

MONTH = 31 * 86400


def edit(sandbox, object_id, change):
    """Stops the process, changes an object in its file and starts it again: how a long absence looks from inside."""
    sandbox.stop()
    with sqlite3.connect(sandbox.data) as db:
        body = json.loads(db.execute("SELECT body FROM objects WHERE id = ?", (object_id,)).fetchone()[0])
        change(body)
        db.execute("UPDATE objects SET body = ? WHERE id = ?", (json.dumps(body), object_id))
    db.close()
    sandbox.start()


def shift(months):
    def change(subscription):
        for item in subscription["items"]["data"]:
            item["current_period_start"] -= months * MONTH
            item["current_period_end"] -= months * MONTH

    return change


def test_it_renews_what_came_due(sandbox, subscribe, client, wait_for):
    subscription = subscribe()
    edit(sandbox, subscription.id, shift(2))
    wait_for(lambda: len(client.invoices.list({"subscription": subscription.id}).data) == 3)
    assert client.subscriptions.retrieve(subscription.id).status == "active"


def test_it_ends_what_was_to_end(sandbox, subscribe, client, wait_for):
    subscription = subscribe()
    client.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    edit(sandbox, subscription.id, shift(2))
    wait_for(lambda: client.subscriptions.retrieve(subscription.id).status == "canceled")


def test_it_tries_a_failed_invoice_again(sandbox, subscribe, client, wait_for):
    subscription = subscribe()
    sandbox.control(f"subscriptions/{subscription.id}/renew", failed=1)
    invoice = client.subscriptions.retrieve(subscription.id).latest_invoice
    edit(sandbox, invoice, lambda body: body.update(next_payment_attempt=1))
    wait_for(lambda: client.invoices.retrieve(invoice).status == "paid")
    assert client.subscriptions.retrieve(subscription.id).status == "active"


def test_it_expires_an_old_session(sandbox, make_session, wait_for):
    session = make_session()
    edit(sandbox, session.id, lambda body: body.update(expires_at=1))
    wait_for(lambda: sandbox.events("checkout.session.expired"))

"""The sandbox's front page: what happened lately, and whether the other side heard of it. In English."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from . import API_VERSION
from .billing import period_end, renew_subscription
from .core import Sandbox
from .markup import Html, fill, render, table
from .money import format_amount
from .store import Obj

_RECENT = 10


def renew(box: Sandbox, subscription_id: str, *, decline: bool) -> None:
    """The buttons beside a subscription: let its period be over now."""
    with box.acting():
        subscription = box.find("subscription", subscription_id)
        if subscription["status"] != "canceled":
            renew_subscription(box, subscription, decline=decline)


def show(box: Sandbox, webhook_url: str) -> Html:
    is_paused = box.store.setting("paused", "no") == "yes"
    return render(
        "dashboard.html",
        version=API_VERSION,
        webhook_url=webhook_url,
        paused=", but are paused" if is_paused else "",
        sessions=_sessions(box),
        subscriptions=_subscriptions(box),
        payments=_payments(box),
        events=_events(box),
    )


def _moment(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%d %b %Y %H:%M:%S")


def _money(obj: Obj, field: str) -> str:
    return format_amount(obj[field], obj["currency"], "en")


def _sessions(box: Sandbox) -> Html:
    rows: list[list[Any]] = []
    for session in box.store.find("checkout.session", limit=_RECENT):
        link = fill('<a href="/c/pay/$id">$short…</a>', id=session["id"], short=session["id"][:20])
        who = (session["customer_details"] or {}).get("email") or session["customer_email"] or "–"
        rows.append(
            [
                _moment(session["created"]),
                link,
                session["mode"],
                _money(session, "amount_total"),
                session["status"],
                who,
            ]
        )
    return table("Checkout sessions", ["Time (UTC)", "Session", "Mode", "Amount", "Status", "Reader"], rows)


def _subscriptions(box: Sandbox) -> Html:
    rows: list[list[Any]] = []
    for sub in box.store.find("subscription", limit=_RECENT):
        item = sub["items"]["data"][0]
        cycle = item["price"]["recurring"]["interval"]
        state = sub["status"] + (", ends" if sub["cancel_at"] and sub["status"] != "canceled" else "")
        amount = f"{format_amount(item['price']['unit_amount'] * item['quantity'], sub['currency'], 'en')} / {cycle}"
        buttons = _renew_buttons(sub) if sub["status"] != "canceled" else ""
        rows.append([_moment(sub["created"]), sub["id"], amount, state, _moment(period_end(sub)), buttons])
    return table(
        "Subscriptions", ["Time (UTC)", "Subscription", "Amount", "Status", "Paid until", "Let the period end"], rows
    )


def _renew_buttons(subscription: Obj) -> Html:
    return fill(
        '<form method="post" action="/subscriptions/$id/renew">'
        '<button name="action" value="pay" aria-label="Renew $id">renew</button> '
        '<button name="action" value="fail" aria-label="Fail the renewal of $id">fail</button></form>',
        id=subscription["id"],
    )


def _payments(box: Sandbox) -> Html:
    rows: list[list[Any]] = []
    for charge in box.store.find("charge", limit=_RECENT):
        back = _money(charge, "amount_refunded") if charge["amount_refunded"] else "–"
        details = charge["payment_method_details"]
        kind = details[details["type"]]
        card = f"{kind.get('brand', 'sepa')} {kind['last4']}"
        state = (
            charge["status"]
            if charge["status"] != "failed"
            else fill('<span class="bad">$text</span>', text=f"failed: {charge['failure_code']}")
        )
        link = fill('<a href="/receipts/$id">$id</a>', id=charge["id"])
        rows.append([_moment(charge["created"]), link, _money(charge, "amount"), card, state, back])
    return table("Payments", ["Time (UTC)", "Charge", "Amount", "Card", "Status", "Paid back"], rows)


def _events(box: Sandbox) -> Html:
    found = box.store.run(
        "SELECT o.id, o.created, json_extract(o.body, '$.type') AS type, "
        "json_extract(o.body, '$.data.object.id') AS about, d.* "
        "FROM objects o JOIN deliveries d ON d.event = o.id WHERE o.kind = 'event' ORDER BY o.seq DESC LIMIT 40"
    )
    rows: list[list[Any]] = []
    for row in found:
        last = row["last_status"] or row["last_error"] or "–"
        state = (
            row["state"] if row["state"] == "delivered" else fill('<span class="bad">$text</span>', text=row["state"])
        )
        button = fill(
            '<form method="post" action="/events/$id/deliver">'
            '<button aria-label="Deliver $type again">deliver again</button></form>',
            id=row["id"],
            type=row["type"],
        )
        rows.append(
            [_moment(row["created"]), row["type"], str(row["about"])[:24], state, row["attempts"], last, button]
        )
    return table("Events", ["Time (UTC)", "Event", "About", "Delivery", "Attempts", "Last answer", "Action"], rows)

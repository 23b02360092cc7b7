"""The sandbox's front page: what happened lately, and whether the other side heard of it."""

from __future__ import annotations

import time
from typing import Any

from . import API_VERSION
from .billing import period_end, renew_subscription
from .core import Sandbox
from .dashboard_texts import WORDS
from .event_page import list_events, show_moment
from .faults import list_faults
from .markup import Html, fill, join, render, table
from .money import format_amount
from .store import Obj

_RECENT = 10
_OWN = {"_loaded": None}  # a recording may be of any age and shape
_DAY = 86400


def renew(box: Sandbox, subscription_id: str, *, decline: bool) -> None:
    """The buttons beside a subscription: let its period be over now."""
    with box.acting():
        subscription = box.find("subscription", subscription_id)
        if subscription["status"] != "canceled":
            renew_subscription(box, subscription, decline=decline)


def show(box: Sandbox, language: str) -> Html:
    board = Dashboard(box, language)
    sections = {name: getattr(board, name)() for name in ("sessions", "subscriptions", "payments", "endpoints")}
    sections["events"] = list_events(box, language)
    words = WORDS[language]
    return render(
        "dashboard.html",
        heading=words["heading"],
        lead=board.lead(),
        warnings=board.warnings(),
        other_language="en" if language == "uk" else "uk",
        language_link=words["language"],
        **sections,
        **{f"{name}_label": words[name] for name in sections},
    )


class Dashboard:
    def __init__(self, box: Sandbox, language: str) -> None:
        self._box = box
        self._language = language
        self._words = WORDS[language]

    def lead(self) -> str:
        clock, words = self._box.clock, self._words
        moment = clock.moment()
        days = round((moment - time.time()) / _DAY)
        pace = words["ahead" if days > 0 else "behind"].format(days=abs(days)) if days else ""
        pace += words["frozen"] if clock.hands.frozen_at is not None else ""
        return words["lead"].format(version=API_VERSION, moment=show_moment(moment), pace=pace)

    def warnings(self) -> Html:
        """What makes the sandbox behave in a way that one should know of."""
        store, words, said = self._box.store, self._words, []
        if store.setting("paused", "no") == "yes":
            waiting = store.run("SELECT COUNT(*) AS n FROM deliveries WHERE state = 'pending'")[0]["n"]
            said.append(words["paused"].format(count=waiting))
        waiting_faults = list_faults(store)["waiting"]
        if waiting_faults:
            named = [f"{one['kind']} × {one['remaining']}" for one in waiting_faults]
            said.append(words["faults"].format(faults=", ".join(named)))
        stuck = store.run("SELECT id FROM objects WHERE stuck IS NOT NULL ORDER BY seq")
        if stuck:
            said.append(words["stuck"].format(objects=", ".join(row["id"] for row in stuck)))
        return join([fill('<p class="warning">$text</p>', text=text) for text in said])

    def _table(self, name: str, heads: str, rows: list[list[Any]]) -> Html:
        return table(self._words[name], self._words[heads].split("|"), rows, self._words["none"])

    def _money(self, obj: Obj, field: str) -> str:
        return format_amount(obj[field], obj["currency"], self._language)

    def sessions(self) -> Html:
        rows: list[list[Any]] = []
        for session in self._box.store.find("checkout.session", _OWN, limit=_RECENT):
            link = fill('<a href="/c/pay/$id">$short…</a>', id=session["id"], short=session["id"][:20])
            who = (session["customer_details"] or {}).get("email") or session["customer_email"] or "–"
            amount = self._money(session, "amount_total")
            rows.append([show_moment(session["created"]), link, session["mode"], amount, session["status"], who])
        return self._table("sessions", "session_heads", rows)

    def subscriptions(self) -> Html:
        rows: list[list[Any]] = []
        for sub in self._box.store.find("subscription", _OWN, limit=_RECENT):
            item = sub["items"]["data"][0]
            is_over = sub["status"] == "canceled"
            state = sub["status"] + (self._words["ends"] if sub["cancel_at"] and not is_over else "")
            price = format_amount(item["price"]["unit_amount"] * item["quantity"], sub["currency"], self._language)
            amount = f"{price} / {item['price']['recurring']['interval']}"
            buttons = "" if is_over else self._renew_buttons(sub)
            until = show_moment(period_end(sub))
            rows.append([show_moment(sub["created"]), sub["id"], amount, state, until, buttons])
        return self._table("subscriptions", "subscription_heads", rows)

    def _renew_buttons(self, subscription: Obj) -> Html:
        words, sub_id = self._words, subscription["id"]
        return fill(
            '<form method="post" action="/subscriptions/$id/renew?lang=$language">'
            '<button name="action" value="pay" aria-label="$renew_label">$renew</button> '
            '<button name="action" value="fail" aria-label="$fail_label">$fail</button></form>',
            id=sub_id,
            language=self._language,
            renew=words["renew"],
            renew_label=words["renew_label"].format(id=sub_id),
            fail=words["fail"],
            fail_label=words["fail_label"].format(id=sub_id),
        )

    def payments(self) -> Html:
        rows: list[list[Any]] = []
        for charge in self._box.store.find("charge", _OWN, limit=_RECENT):
            back = self._money(charge, "amount_refunded") if charge["amount_refunded"] else "–"
            details = charge["payment_method_details"]
            kind = details[details["type"]]
            failed = self._words["failed"].format(code=charge["failure_code"])
            is_failed = charge["status"] == "failed"
            state = fill('<span class="bad">$text</span>', text=failed) if is_failed else charge["status"]
            link = fill('<a href="/receipts/$id">$id</a>', id=charge["id"])
            named = f"{kind.get('brand', 'sepa')} {kind['last4']}"
            rows.append([show_moment(charge["created"]), link, self._money(charge, "amount"), named, state, back])
        return self._table("payments", "payment_heads", rows)

    def endpoints(self) -> Html:
        rows: list[list[Any]] = []
        for endpoint in self._box.store.find("webhook_endpoint", limit=_RECENT)[::-1]:
            kinds = endpoint["enabled_events"]
            shown = self._words["every"] if "*" in kinds else ", ".join(kinds[:3]) + ("…" if len(kinds) > 3 else "")
            counted = self._box.store.run(
                "SELECT state, COUNT(*) AS n FROM deliveries WHERE endpoint = ? GROUP BY state", (endpoint["id"],)
            )
            counts = {row["state"]: row["n"] for row in counted}
            numbers = [counts.get(state, 0) for state in ("delivered", "pending", "failed")]
            rows.append([endpoint["url"], shown, self._words[endpoint["status"]], *numbers])
        return self._table("endpoints", "endpoint_heads", rows)

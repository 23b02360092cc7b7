"""The pages for browsers: which address shows what, in which language, under which policy."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

from . import dashboard
from .checkout import is_overdue
from .checkout_page import CheckoutPage, return_address
from .core import Sandbox
from .dashboard_texts import WORDS
from .errors import ApiError
from .event_page import show_event
from .markup import Html, fill, join, render, stylesheet
from .money import format_amount
from .portal import set_ending
from .store import Obj
from .texts import TEXTS, day, rate
from .webhooks import Deliverer


@dataclass(frozen=True)
class Page:
    status: int
    body: str
    kind: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


def language_of(asked: str | None, locale: str | None, headers: Message) -> str:
    """The reader's own choice first, then what the session fixes, then the browser's first preference."""
    if asked in TEXTS:
        return asked
    if locale not in (None, "auto"):
        return "en"
    first = headers.get("Accept-Language", "").split(",")[0].strip().lower()
    return "uk" if first.split("-")[0].split(";")[0] == "uk" else "en"


def as_page(
    title: str,
    content: Html,
    language: str,
    *,
    status: int = 200,
    kind: str = "form",
    go_to: tuple[str | None, ...] = (),
) -> Page:
    """`go_to` are addresses that a form may be redirected to: browsers check form-action on redirects too."""
    body = render(
        "base.html", language=language, title=title, kind=kind, banner=TEXTS[language]["banner"], content=content
    )
    parts = [urlsplit(address) for address in go_to if address]
    origins = sorted({f"{part.scheme}://{part.netloc}" for part in parts})
    form_action = " ".join(["'self'", *origins])
    policy = f"default-src 'none'; style-src 'self'; form-action {form_action}; base-uri 'none'; frame-ancestors 'none'"
    headers = {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return Page(status, body, headers=headers)


def redirect(address: str) -> Page:
    return Page(303, "", headers={"Location": address})


def notice(language: str, name: str, *, status: int, link: tuple[str, str] | None = None) -> Page:
    words = TEXTS[language]
    anchor = fill('<p><a href="$href">$text</a></p>', href=link[0], text=words[link[1]]) if link else Html("")
    heading = words[f"{name}_title"]
    return as_page(
        heading, render("notice.html", heading=heading, message=words[name], link=anchor), language, status=status
    )


class Pages:
    def __init__(self, box: Sandbox, deliverer: Deliverer) -> None:
        self._box = box
        self._deliverer = deliverer
        self._checkout = CheckoutPage(box)
        self._routes: list[tuple[str, str, Any]] = [
            ("GET", r"/", self._show_dashboard),
            ("GET", r"/static/sandbox\.css", self._show_stylesheet),
            ("GET", r"/events/(evt_\w+)", self._show_event),
            ("POST", r"/events/(evt_\w+)/deliver", self._deliver_again),
            ("POST", r"/subscriptions/(sub_\w+)/renew", self._renew),
            ("GET", r"/c/pay/(cs_\w+)", self._show_checkout),
            ("POST", r"/c/pay/(cs_\w+)", self._pay),
            ("GET", r"/p/session/(bps_\w+)", self._show_portal),
            ("POST", r"/p/session/(bps_\w+)", self._change_portal),
            ("GET", r"/invoices/(in_\w+)", self._show_invoice),
            ("GET", r"/receipts/(ch_\w+)", self._show_receipt),
        ]

    def answer(self, method: str, path: str, query: Obj, form: Obj, headers: Message) -> Page:
        """A page for every address: a missing object is a page too. Forms from other sites are refused."""
        language = language_of(query.get("lang"), None, headers)
        if method == "POST" and headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
            return notice(language, "forbidden", status=403)
        for wanted, pattern, handler in self._routes:
            match = re.fullmatch(pattern, path)
            if match and wanted == method:
                return self._run(handler, match.groups(), query, form, headers, language)
        return notice(language, "missing", status=404)

    def _run(self, handler: Any, ids: tuple[str, ...], query: Obj, form: Obj, headers: Message, language: str) -> Page:
        try:
            page: Page = handler(*ids, query=query, form=form, headers=headers)
        except ApiError as error:
            if error.code != "resource_missing":
                raise
            return notice(language, "missing", status=404)
        return page

    def _show_stylesheet(self, **_: Any) -> Page:
        return Page(200, stylesheet(), kind="text/css; charset=utf-8")

    def _show_dashboard(self, *, query: Obj, headers: Message, **_: Any) -> Page:
        language = language_of(query.get("lang"), None, headers)
        return as_page(WORDS[language]["heading"], dashboard.show(self._box, language), language, kind="dashboard")

    def _show_event(self, event_id: str, *, query: Obj, headers: Message, **_: Any) -> Page:
        language = language_of(query.get("lang"), None, headers)
        title, content = show_event(self._box, event_id, language)
        return as_page(title, content, language, kind="dashboard")

    def _deliver_again(self, event_id: str, *, query: Obj, headers: Message, **_: Any) -> Page:
        self._deliverer.deliver(event_id)
        return redirect(f"/events/{event_id}?lang={language_of(query.get('lang'), None, headers)}")

    def _renew(self, subscription_id: str, *, query: Obj, form: Obj, headers: Message) -> Page:
        dashboard.renew(self._box, subscription_id, decline=form.get("action") == "fail")
        return redirect(f"/?lang={language_of(query.get('lang'), None, headers)}#subscriptions")

    def _session(self, session_id: str, query: Obj, headers: Message) -> tuple[Obj, str]:
        session = self._box.find("checkout.session", session_id)
        return session, language_of(query.get("lang"), session["locale"], headers)

    def _closed(self, session: Obj, language: str) -> Page | None:
        if session["status"] == "complete":
            return notice(language, "paid", status=200, link=(return_address(session), "continue"))
        if session["status"] == "expired" or is_overdue(self._box, session):
            link = (session["cancel_url"], "back") if session["cancel_url"] else None
            return notice(language, "expired", status=410, link=link)
        return None

    def _show_checkout(self, session_id: str, *, query: Obj, headers: Message, **_: Any) -> Page:
        session, language = self._session(session_id, query, headers)
        return self._closed(session, language) or self._checkout_form(session, language, {}, None)

    def _checkout_form(self, session: Obj, language: str, form: Obj, error: ApiError | None) -> Page:
        content = self._checkout.show(session, language, form, error)
        status = error.status if error else 200
        return as_page(
            TEXTS[language]["title"],
            content,
            language,
            status=status,
            go_to=(session["success_url"], session["cancel_url"]),
        )

    def _pay(self, session_id: str, *, query: Obj, form: Obj, headers: Message) -> Page:
        with self._box.acting():
            session, language = self._session(session_id, query, headers)
            closed = self._closed(session, language)
            if closed:
                return closed
            session, error = self._checkout.pay(session, form)
        return self._checkout_form(session, language, form, error) if error else redirect(return_address(session))

    def _show_portal(self, portal_id: str, *, query: Obj, headers: Message, **_: Any) -> Page:
        portal = self._box.find("billing_portal.session", portal_id)
        language = language_of(query.get("lang"), portal["locale"], headers)
        words = TEXTS[language]
        found = self._box.store.find("subscription", {"customer": portal["customer"]})
        blocks = [self._subscription(portal, sub, language) for sub in found]
        back = fill('<p><a class="back" href="$href">$text</a></p>', href=portal["return_url"], text=words["back"])
        content = render(
            "portal.html",
            heading=words["portal"],
            subscriptions=join(blocks) if blocks else fill("<p>$text</p>", text=words["portal_none"]),
            back=back if portal["return_url"] else "",
            other_language="en" if language == "uk" else "uk",
            language_link=words["language"],
        )
        return as_page(words["portal"], content, language)

    def _subscription(self, portal: Obj, subscription: Obj, language: str) -> Html:
        words, item = TEXTS[language], subscription["items"]["data"][0]
        cycle = item["price"]["recurring"]
        amount = format_amount(item["price"]["unit_amount"] * item["quantity"], subscription["currency"], language)
        is_ending = subscription["cancel_at"] is not None
        if subscription["status"] == "canceled":
            text, action = words["ended"].format(date=show_day(subscription["ended_at"], language)), ""
        elif is_ending:
            text, action = words["ends"].format(date=show_day(subscription["cancel_at"], language)), "keep"
        else:
            text, action = (
                words["next"].format(amount=amount, date=show_day(item["current_period_end"], language)),
                "stop",
            )
        button = fill(
            '<form method="post" action="/p/session/$portal?lang=$language">'
            '<input type="hidden" name="subscription" value="$sub">'
            '<button name="action" value="$action">$text</button></form>',
            portal=portal["id"], language=language, sub=subscription["id"], action=action, text=words.get(action, ""),
        )  # fmt: skip
        product = self._box.find("product", item["price"]["product"])
        return fill(
            '<section class="support"><p class="lead"><strong>$name</strong>, $amount $rate</p>'
            "<p>$text</p>$button</section>",
            name=product["name"],
            amount=amount,
            rate=rate(cycle["interval"], cycle["interval_count"], language),
            text=text,
            button=button if action else "",
        )

    def _change_portal(self, portal_id: str, *, query: Obj, form: Obj, **_: Any) -> Page:
        with self._box.acting():
            set_ending(self._box, portal_id, str(form.get("subscription", "")), is_ending=form.get("action") == "stop")
        language = query.get("lang")
        return redirect(f"/p/session/{portal_id}" + (f"?lang={language}" if language in TEXTS else ""))

    def _show_invoice(self, invoice_id: str, *, query: Obj, headers: Message, **_: Any) -> Page:
        invoice = self._box.find("invoice", invoice_id)
        language = language_of(query.get("lang"), None, headers)
        words = TEXTS[language]
        rows = [
            (line["description"], format_amount(line["amount"], invoice["currency"], language))
            for line in invoice["lines"]["data"]
        ]
        rows += [
            (words["date"], show_day(invoice["created"], language)),
            (words["status"], words[f"status_{invoice['status']}"]),
        ]
        return self._bill(
            words["invoice"].format(number=invoice["number"] or ""),
            rows,
            invoice["total"],
            invoice["currency"],
            language,
        )

    def _show_receipt(self, charge_id: str, *, query: Obj, headers: Message, **_: Any) -> Page:
        charge = self._box.find("charge", charge_id)
        language = language_of(query.get("lang"), None, headers)
        words = TEXTS[language]
        rows = [
            (words["date"], show_day(charge["created"], language)),
            (words["status"], words[f"status_{charge['status']}"]),
        ]
        if charge["amount_refunded"]:
            rows.append((words["refunded"], format_amount(charge["amount_refunded"], charge["currency"], language)))
        return self._bill(words["receipt"], rows, charge["amount"], charge["currency"], language)

    def _bill(self, heading: str, rows: list[tuple[str, str]], total: int, currency: str, language: str) -> Page:
        cells = [
            fill('<tr><th scope="row">$name</th><td>$value</td></tr>', name=name, value=value) for name, value in rows
        ]
        label = TEXTS[language]["total"]
        amount = format_amount(total, currency, language)
        return as_page(
            heading,
            render("receipt.html", heading=heading, rows=join(cells), total_label=label, total=amount),
            language,
        )


def show_day(moment: int, language: str) -> str:
    date = datetime.fromtimestamp(moment, UTC)
    return day(date.year, date.month, date.day, language)

"""The pages for browsers: which address shows what, in which language, under which policy."""

from __future__ import annotations

import re
from email.message import Message
from typing import Any

from . import dashboard
from .bank_page import BankPage
from .bill_pages import BillPages
from .checkout import is_overdue
from .checkout_page import CheckoutPage, return_address
from .checkout_payment import bank_page
from .core import Sandbox
from .dashboard_texts import WORDS
from .discounts import drop_code, enter_code
from .errors import ApiError
from .event_page import show_event
from .markup import stylesheet
from .page import REASONS, Page, as_page, language_of, notice, redirect
from .portal_pages import PortalPages
from .store import Obj
from .texts import TEXTS
from .webhooks import Deliverer


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
            ("POST", r"/c/pay/(cs_\w+)/code", self._use_code),
            *BankPage(box).routes(),
            *BillPages(box).routes(),
            *PortalPages(box).routes(),
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
            name = "debited" if session["payment_status"] == "unpaid" else "paid"
            return notice(language, name, status=200, link=(return_address(session), "continue"))
        if session["status"] == "expired" or is_overdue(self._box, session):
            link = (session["cancel_url"], "back") if session["cancel_url"] else None
            return notice(language, "expired", status=410, link=link)
        return None

    def _show_checkout(self, session_id: str, *, query: Obj, headers: Message, **_: Any) -> Page:
        session, language = self._session(session_id, query, headers)
        closed = self._closed(session, language)
        if closed:
            return closed
        word = query.get("problem")
        error = ApiError("Refused at the bank.", status=402, code=word) if word in REASONS else None
        return self._checkout_form(session, language, {}, error)

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
        if error:
            return self._checkout_form(session, language, form, error)
        return redirect(bank_page(self._box, session) or return_address(session))

    def _use_code(self, session_id: str, *, query: Obj, form: Obj, headers: Message) -> Page:
        """Puts a promotion code on the session, or takes it off again."""
        with self._box.acting():
            session, language = self._session(session_id, query, headers)
            closed = self._closed(session, language)
            if closed:
                return closed
            try:
                change = drop_code if form.get("action") == "drop" else enter_code
                change(self._box, session, *([] if form.get("action") == "drop" else [str(form.get("code", ""))]))
            except ApiError as error:
                return self._checkout_form(self._box.find("checkout.session", session_id), language, form, error)
        return redirect(f"/c/pay/{session_id}?lang={language}")

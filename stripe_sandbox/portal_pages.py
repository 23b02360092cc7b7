"""The portal's pages: the subscription, the card, the bills; and the flows that lead to one of them."""

from __future__ import annotations

from email.message import Message
from typing import Any

from .bill_pages import name_method
from .cards import CARDS
from .core import Sandbox
from .errors import ApiError
from .markup import Html, fill, join, render
from .money import format_amount
from .page import Page, as_page, language_of, notice, other, problem_notice, redirect, show_day
from .portal import features_of, method_of_customer, save_card, set_ending
from .store import Obj
from .texts import TEXTS, rate

_BLANK = Html("")


class PortalPages:
    def __init__(self, box: Sandbox) -> None:
        self._box = box

    def routes(self) -> list[tuple[str, str, Any]]:
        path = r"/p/session/(bps_\w+)"
        return [
            ("GET", path, self._show),
            ("POST", path, self._change),
            ("GET", f"{path}/card", self._show_card),
            ("POST", f"{path}/card", self._save_card),
        ]

    def _open(self, portal_id: str, query: Obj, headers: Message) -> tuple[Obj, str]:
        portal = self._box.find("billing_portal.session", portal_id)
        return portal, language_of(query.get("lang"), portal["locale"], headers)

    def _show(self, portal_id: str, *, query: Obj, headers: Message, **_: Any) -> Page:
        portal, language = self._open(portal_id, query, headers)
        flow = portal["flow"]
        if flow and flow["type"] == "payment_method_update" and not portal.get("_is_done"):
            return redirect(f"/p/session/{portal_id}/card?lang={language}")
        words = TEXTS[language]
        content = render(
            "portal.html",
            heading=words["portal"],
            subscriptions=self._subscriptions(portal, language),
            method=self._method(portal, language),
            bills=self._bills(portal, language),
            back=self._back(portal, words),
            other_language=other(language),
            language_link=words["language"],
        )
        return as_page(words["portal"], content, language, go_to=self._after(portal))

    def _after(self, portal: Obj) -> tuple[str | None, ...]:
        after = portal["flow"]["after_completion"]["redirect"] if portal["flow"] else None
        return (after["return_url"],) if after else ()

    def _back(self, portal: Obj, words: dict[str, str]) -> Html:
        if not portal["return_url"]:
            return _BLANK
        return fill('<p><a class="back" href="$href">$text</a></p>', href=portal["return_url"], text=words["back"])

    def _subscriptions(self, portal: Obj, language: str) -> Html:
        """In the flow that stops one, that one only."""
        cancel = portal["flow"]["subscription_cancel"] if portal["flow"] else None
        where = {"id": cancel["subscription"]} if cancel and not portal.get("_is_done") else {}
        found = self._box.store.find("subscription", {"customer": portal["customer"], **where})
        blocks = [self._subscription(portal, sub, language) for sub in found]
        return join(blocks) if blocks else fill("<p>$text</p>", text=TEXTS[language]["portal_none"])

    def _subscription(self, portal: Obj, subscription: Obj, language: str) -> Html:
        words, item = TEXTS[language], subscription["items"]["data"][0]
        cycle = item["price"]["recurring"]
        amount = format_amount(item["price"]["unit_amount"] * item["quantity"], subscription["currency"], language)
        text, action = self._state(subscription, amount, language)
        terms = features_of(self._box, portal)["subscription_cancel"]
        label = "stopped" if action == "stop" and terms["mode"] == "immediately" else action
        button = fill(
            '<form method="post" action="/p/session/$portal?lang=$language">'
            '<input type="hidden" name="subscription" value="$sub">'
            '<button name="action" value="$action">$text</button></form>',
            portal=portal["id"], language=language, sub=subscription["id"], action=action, text=words.get(label, ""),
        )  # fmt: skip
        product = self._box.find("product", item["price"]["product"])
        return fill(
            '<section class="support"><p class="lead"><strong>$name</strong>, $amount $rate</p>'
            "<p>$text</p>$button</section>",
            name=product["name"],
            amount=amount,
            rate=rate(cycle["interval"], cycle["interval_count"], language),
            text=text,
            button=button if action and terms["enabled"] else "",
        )

    def _state(self, subscription: Obj, amount: str, language: str) -> tuple[str, str]:
        """What the subscription does, in words, and the action that is left."""
        words, item = TEXTS[language], subscription["items"]["data"][0]
        if subscription["status"] == "canceled":
            return words["ended"].format(date=show_day(subscription["ended_at"], language)), ""
        if subscription["cancel_at"] is not None:
            return words["ends"].format(date=show_day(subscription["cancel_at"], language)), "keep"
        if subscription["status"] in ("past_due", "paused"):
            return words["behind" if subscription["status"] == "past_due" else "paused"], "stop"
        date = show_day(item["current_period_end"], language)
        return words["next"].format(amount=amount, date=date), "stop"

    def _method(self, portal: Obj, language: str) -> Html:
        if not features_of(self._box, portal)["payment_method_update"]["enabled"]:
            return _BLANK
        words = TEXTS[language]
        method = method_of_customer(self._box, self._box.find("customer", portal["customer"]))
        return fill(
            '<section class="support"><h2>$heading</h2><p>$method</p>'
            '<p><a class="back" href="/p/session/$portal/card?lang=$language">$change</a></p></section>',
            heading=words["method"],
            method=name_method(method, language) if method else words["method_none"],
            portal=portal["id"],
            language=language,
            change=words["method_change"],
        )

    def _bills(self, portal: Obj, language: str) -> Html:
        if not features_of(self._box, portal)["invoice_history"]["enabled"]:
            return _BLANK
        words = TEXTS[language]
        found = self._box.store.find("invoice", {"customer": portal["customer"]}, limit=24)
        rows = join([self._bill(invoice, language) for invoice in found if invoice["number"]])
        table = fill('<table class="bill bills"><tbody>$rows</tbody></table>', rows=rows) if rows else None
        none = fill("<p>$text</p>", text=words["bills_none"])
        return fill(
            '<section class="support"><h2>$heading</h2>$table</section>', heading=words["bills"], table=table or none
        )

    def _bill(self, invoice: Obj, language: str) -> Html:
        words = TEXTS[language]
        receipt = self._receipt(invoice)
        link = fill(
            ' · <a href="$href?lang=$language">$text</a>', href=receipt, language=language, text=words["see_receipt"]
        )
        return fill(
            '<tr><th scope="row"><a href="/invoices/$id?lang=$language">$number</a><small>$date$receipt</small></th>'
            '<td>$amount<span class="state$bad">$state</span></td></tr>',
            id=invoice["id"],
            language=language,
            number=words["invoice"].format(number=invoice["number"]),
            receipt=link if receipt else _BLANK,
            date=show_day(invoice["created"], language),
            amount=format_amount(invoice["total"], invoice["currency"], language),
            bad=" bad" if invoice["status"] == "open" else "",
            state=words[f"status_{invoice['status']}"],
        )

    def _receipt(self, invoice: Obj) -> str | None:
        found = self._box.store.find("invoice_payment", {"invoice": invoice["id"], "status": "paid"}, limit=1)
        if not found:
            return None
        intent = self._box.find("payment_intent", found[0]["payment"]["payment_intent"])
        return f"/receipts/{intent['latest_charge']}"

    def _change(self, portal_id: str, *, query: Obj, form: Obj, headers: Message) -> Page:
        with self._box.acting():
            portal, language = self._open(portal_id, query, headers)
            is_ending = form.get("action") == "stop"
            set_ending(self._box, portal, str(form.get("subscription", "")), is_ending=is_ending)
            return self._finish(portal, "subscription_cancel" if is_ending else "", language)

    def _finish(self, portal: Obj, what: str, language: str) -> Page:
        """Where the flow goes on, if this was one; else back to the portal. A flow is gone through once."""
        flow = portal["flow"]
        home = f"/p/session/{portal['id']}?lang={language}"
        if not flow or flow["type"] != what or portal.get("_is_done"):
            return redirect(home)
        portal["_is_done"] = True
        self._box.save(portal)
        after = flow["after_completion"]
        if after["type"] == "redirect":
            return redirect(after["redirect"]["return_url"])
        return (
            notice(language, "done", status=200, link=(home, "continue"))
            if after["hosted_confirmation"]
            else redirect(home)
        )

    def _show_card(self, portal_id: str, *, query: Obj, headers: Message, **_: Any) -> Page:
        portal, language = self._open(portal_id, query, headers)
        return self._card_form(portal, language, "", None)

    def _card_form(self, portal: Obj, language: str, typed: str, error: ApiError | None) -> Page:
        if not features_of(self._box, portal)["payment_method_update"]["enabled"]:
            return notice(language, "missing", status=404)
        words = TEXTS[language]
        method = method_of_customer(self._box, self._box.find("customer", portal["customer"]))
        is_bad = error is not None and error.param == "number"
        word = None if error is None or is_bad else str(error.extra.get("decline_code") or error.code)
        state = (
            ' aria-invalid="true" aria-describedby="card-error card-help"'
            if is_bad
            else ' aria-describedby="card-help"'
        )
        content = render(
            "new_card.html",
            heading=words["method_change"],
            problem=problem_notice(language, word),
            now=words["method_now"].format(method=name_method(method, language)) if method else words["method_none"],
            action=f"/p/session/{portal['id']}/card?lang={language}",
            card_label=words["card"],
            card=typed or CARDS[1].spaced,
            card_help=words["card_help"],
            card_state=Html(state),
            card_error=fill('<p class="error" id="card-error">$text</p>', text=words["bad_card"]) if is_bad else "",
            save=words["method_save"],
            back_href=self._leave(portal, language),
            back=words["back"],
            other_language=other(language),
            language_link=words["language"],
        )
        status = error.status if error else 200
        return as_page(words["method_change"], content, language, status=status, go_to=self._after(portal))

    def _leave(self, portal: Obj, language: str) -> str:
        """Out of a flow the way leads back to the shop."""
        is_flow = portal["flow"] and portal["flow"]["type"] == "payment_method_update" and portal["return_url"]
        return str(portal["return_url"]) if is_flow else f"/p/session/{portal['id']}?lang={language}"

    def _save_card(self, portal_id: str, *, query: Obj, form: Obj, headers: Message) -> Page:
        typed = str(form.get("card", ""))
        with self._box.acting():
            portal, language = self._open(portal_id, query, headers)
            try:
                save_card(self._box, portal, typed)
            except ApiError as error:
                if error.kind != "card_error":
                    raise
                return self._card_form(portal, language, typed, error)
            return self._finish(portal, "payment_method_update", language)

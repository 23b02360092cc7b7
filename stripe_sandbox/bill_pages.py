"""What the API's addresses of invoices and receipts lead to; an open invoice can be paid there."""

from __future__ import annotations

from email.message import Message
from typing import Any

from .authentication import pay_open_invoice
from .core import Sandbox
from .discounts import coupon_of
from .invoices import payment_of
from .markup import Html, fill, join, render
from .money import format_amount
from .page import Page, as_page, language_of, other, problem_notice, redirect, show_day
from .store import Obj
from .texts import TEXTS

Row = tuple[str, str]


class BillPages:
    def __init__(self, box: Sandbox) -> None:
        self._box = box

    def routes(self) -> list[tuple[str, str, Any]]:
        return [
            ("GET", r"/invoices/(in_\w+)", self._show_invoice),
            ("POST", r"/invoices/(in_\w+)", self._pay_invoice),
            ("GET", r"/receipts/(ch_\w+)", self._show_receipt),
        ]

    def _show_invoice(self, invoice_id: str, *, query: Obj, headers: Message, **_: Any) -> Page:
        invoice = self._box.find("invoice", invoice_id)
        language = language_of(query.get("lang"), None, headers)
        words = TEXTS[language]
        rows = [
            (line["description"], format_amount(line["amount"], invoice["currency"], language))
            for line in invoice["lines"]["data"]
        ]
        rows += [self._discount(one, invoice, language) for one in invoice["total_discount_amounts"]]
        rows += [
            (words["date"], show_day(invoice["created"], language)),
            (words["status"], words[f"status_{invoice['status']}"]),
        ]
        return self._bill(
            words["invoice"].format(number=invoice["number"] or ""),
            rows,
            format_amount(invoice["total"], invoice["currency"], language),
            language,
            problem=problem_notice(language, query.get("problem")),
            action=self._action(invoice, language),
        )

    def _discount(self, taken: Obj, invoice: Obj, language: str) -> Row:
        coupon = coupon_of(self._box, self._box.find("discount", taken["discount"]))
        amount = format_amount(-taken["amount"], invoice["currency"], language)
        return coupon["name"] or TEXTS[language]["discount"], amount

    def _action(self, invoice: Obj, language: str) -> Html:
        if invoice["status"] != "open":
            return Html("")
        words = TEXTS[language]
        if payment_of(self._box, invoice)[1]["status"] == "processing":
            return fill('<p class="help">$text</p>', text=words["being_debited"])
        amount = format_amount(invoice["amount_remaining"], invoice["currency"], language)
        return fill(
            '<form method="post" action="/invoices/$id?lang=$language"><button class="main">$text</button></form>',
            id=invoice["id"],
            language=language,
            text=words["pay_invoice"].format(amount=amount),
        )

    def _pay_invoice(self, invoice_id: str, *, query: Obj, headers: Message, **_: Any) -> Page:
        language = language_of(query.get("lang"), None, headers)
        address = f"/invoices/{invoice_id}?lang={language}"
        with self._box.acting():
            invoice = self._box.find("invoice", invoice_id)
            if invoice["status"] != "open":
                return redirect(address)
            bank, word = pay_open_invoice(self._box, invoice)
        return redirect(bank or (f"{address}&problem={word}" if word else address))

    def _show_receipt(self, charge_id: str, *, query: Obj, headers: Message, **_: Any) -> Page:
        charge = self._box.find("charge", charge_id)
        language = language_of(query.get("lang"), None, headers)
        words = TEXTS[language]
        rows = [
            (words["date"], show_day(charge["created"], language)),
            (words["status"], words[f"status_{charge['status']}"]),
            (words["charge_card"], name_method(charge["payment_method_details"], language)),
        ]
        if charge["amount_refunded"]:
            rows.append((words["refunded"], format_amount(charge["amount_refunded"], charge["currency"], language)))
        return self._bill(
            words["receipt"], rows, format_amount(charge["amount"], charge["currency"], language), language
        )

    def _bill(
        self,
        heading: str,
        rows: list[Row],
        total: str,
        language: str,
        *,
        problem: Html | str = "",
        action: Html | str = "",
    ) -> Page:
        cells = [
            fill('<tr><th scope="row">$name</th><td>$value</td></tr>', name=name, value=value) for name, value in rows
        ]
        content = render(
            "receipt.html",
            heading=heading,
            rows=join(cells),
            total_label=TEXTS[language]["total"],
            total=total,
            problem=problem,
            action=action,
            other_language=other(language),
            language_link=TEXTS[language]["language"],
        )
        return as_page(heading, content, language)


def name_method(method: Obj, language: str) -> str:
    """A payment method, or a charge's details of it, in words."""
    words = TEXTS[language]
    if method["type"] == "sepa_debit":
        return words["method_debit"].format(last4=method["sepa_debit"]["last4"])
    card = method["card"]
    return words["method_card"].format(brand=card["brand"].title(), last4=card["last4"])

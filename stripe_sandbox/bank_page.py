"""The page that stands for the bank's: is this payment yours?"""

from __future__ import annotations

from email.message import Message
from typing import Any
from urllib.parse import urlencode

from .authentication import answer_bank
from .checkout_page import return_address
from .core import Sandbox
from .markup import render
from .money import format_amount
from .page import Page, as_page, language_of, notice, other, redirect
from .store import Obj
from .texts import TEXTS


class BankPage:
    def __init__(self, box: Sandbox) -> None:
        self._box = box

    def routes(self) -> list[tuple[str, str, Any]]:
        path = r"/authenticate/(pi_\w+)"
        return [("GET", path, self._show), ("POST", path, self._answer)]

    def _show(self, intent_id: str, *, query: Obj, headers: Message, **_: Any) -> Page:
        intent = self._box.find("payment_intent", intent_id)
        language = language_of(query.get("lang"), None, headers)
        if intent["status"] != "requires_action":
            return notice(language, "answered", status=410)
        words, card = TEXTS[language], self._box.find("payment_method", intent["payment_method"])["card"]
        content = render(
            "bank.html",
            action=f"/authenticate/{intent_id}?lang={language}",
            heading=words["bank"],
            message=words["bank_message"],
            to_label=words["bank_to"],
            to="Sandbox",
            card_label=words["bank_card"],
            card=words["method_card"].format(brand=card["brand"].title(), last4=card["last4"]),
            total_label=words["total"],
            total=format_amount(intent["amount"], intent["currency"], language),
            confirm=words["bank_confirm"],
            refuse=words["bank_refuse"],
            help=words["bank_help"],
            other_language=other(language),
            language_link=words["language"],
        )
        session = self._session(intent_id)
        go_to = (session["success_url"],) if session else ()
        return as_page(words["bank"], content, language, go_to=go_to)

    def _session(self, intent_id: str) -> Obj | None:
        found = self._box.store.find("checkout.session", {"_intent": intent_id}, limit=1)
        return found[0] if found else None

    def _answer(self, intent_id: str, *, query: Obj, form: Obj, headers: Message) -> Page:
        """Back to where the payment began: on to the shop when it is paid, else to the form with the reason."""
        language = language_of(query.get("lang"), None, headers)
        with self._box.acting():
            intent = self._box.find("payment_intent", intent_id)
            if intent["status"] != "requires_action":
                return notice(language, "answered", status=410)
            session = self._session(intent_id)
            if session and session["status"] != "open":
                return notice(language, "expired", status=410)
            back = intent["next_action"]["redirect_to_url"]["return_url"]
            word = answer_bank(self._box, intent_id, is_confirmed=form.get("answer") == "yes")
            session = self._session(intent_id)
        if session and session["status"] == "complete":
            return redirect(return_address(session))
        words = {"lang": language, **({"problem": word} if word else {})}
        return redirect(f"{back}?{urlencode(words)}")

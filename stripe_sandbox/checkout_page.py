"""The form on which a reader pays: what is bought, a code, the card or the account, two buttons, a way back; and the
wallets."""

from __future__ import annotations

from .bank_accounts import PAYING
from .cards import CARDS, DECLINED
from .checkout_payment import WALLETS, known_email, pay_session, show_card_error, takes_wallets
from .core import Sandbox
from .custom_fields import answer_fields, show_fields
from .customers import email
from .errors import ApiError
from .markup import Html, fill, join, render
from .money import format_amount
from .store import Obj
from .texts import TEXTS, every, rate

_BLANK = Html("")
_ASKING = next(card for card in CARDS if card.asks == "always")
_FIELDS = ("email", "number", "iban", "code", "wallet-email")


def return_address(session: Obj) -> str:
    """success_url with Stripe's one placeholder filled in."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


class CheckoutPage:
    def __init__(self, box: Sandbox) -> None:
        self._box = box

    def pay(self, session: Obj, form: Obj) -> tuple[Obj, ApiError | None]:
        """What was typed, checked and paid. An error is one to show beside the form; the session is then still open."""
        if form.get("action") in WALLETS:
            return self._pay_by_wallet(session, form)
        is_declining = form.get("action") == "decline"
        number = DECLINED.number if is_declining else str(form.get("iban" if _is_debit(session, form) else "card", ""))
        typed = form.get("email", "")
        try:
            address = known_email(self._box, session) or (email("email", typed) if typed or not is_declining else None)
            if not is_declining:
                answer_fields(session, form)
                self._box.save(session)
            return pay_session(self._box, session["id"], address=address, name=form.get("name") or None, number=number)
        except ApiError as error:
            if error.param not in _FIELDS and not str(error.param).startswith("field-"):
                raise
            return session, error

    def _pay_by_wallet(self, session: Obj, form: Obj) -> tuple[Obj, ApiError | None]:
        """By the card that always pays, under the address that the wallet gives."""
        try:
            address = email("wallet-email", form.get("wallet-email", ""))
        except ApiError as error:
            return session, error
        number, wallet = CARDS[0].number, form["action"]
        return pay_session(self._box, session["id"], address=address, name=None, number=number, wallet=wallet)

    def show(self, session: Obj, language: str, form: Obj, error: ApiError | None) -> Html:
        """`form` is what was typed before an error; nothing of it is lost."""
        words = TEXTS[language]
        known = known_email(self._box, session)
        bad = error.param if error else None
        return render(
            "checkout.html",
            action=f"/c/pay/{session['id']}?lang={language}",
            heading=words["title"],
            other_language="en" if language == "uk" else "uk",
            language_link=words["language"],
            problem=self._problem(error, words),
            bought=words["bought"],
            lines=join([self._line(line, language) for line in session["_line_items"]]),
            discount=self._discount(session, language),
            total_label=words["total"],
            total=self._amount(session, language),
            again=self._again(session, language),
            code=self._code(session, language, form, error),
            email_label=words["email"],
            email=known or form.get("email", ""),
            email_help=words["email_fixed" if known else "email_help"],
            email_state=_state("email", is_fixed=known is not None, is_bad=bad == "email"),
            email_error=_field_error("email", words["bad_email"]) if bad == "email" else _BLANK,
            fields=show_fields(session, form, words, error),
            method=self._method(session, words, form, bad),
            pay=self._pay_label(session, language),
            decline=_decline(words) if _can_decline(session) else _BLANK,
            decline_help=_decline_help(words) if _can_decline(session) else _BLANK,
            back=self._back(session, words),
            wallet=self._wallet(session, language, form, error) if takes_wallets(session) else _BLANK,
        )

    def _wallet(self, session: Obj, language: str, form: Obj, error: ApiError | None) -> Html:
        words = TEXTS[language]
        is_bad = error is not None and error.param == "wallet-email"
        return render(
            "wallet.html",
            action=f"/c/pay/{session['id']}?lang={language}",
            is_open=Html(" open" if is_bad else ""),
            heading=words["wallet"],
            label=words["wallet_address"],
            value=form.get("wallet-email", ""),
            state=_state("wallet-email", is_fixed=False, is_bad=is_bad),
            help=words["wallet_help"],
            error=_field_error("wallet-email", words["bad_email"]) if is_bad else _BLANK,
        )

    def _problem(self, error: ApiError | None, words: dict[str, str]) -> Html:
        """A refused code is said beside its field only: nothing was to be paid yet."""
        if error is None or error.param == "code":
            return _BLANK
        by_field = {"email": "bad_email", "wallet-email": "bad_email", "number": "bad_card", "iban": "bad_iban"}
        reason = by_field.get(error.param or "", show_card_error(error))
        if str(error.param).startswith("field-"):
            reason = "bad_field"
        return fill(
            '<div class="problem" role="alert"><h2>$heading</h2><p>$reason</p></div>',
            heading=words["failed"],
            reason=words.get(reason, words["generic_decline"]),
        )

    def _line(self, line: Obj, language: str) -> Html:
        price = line["price"]
        product = self._box.find("product", price["product"])
        amount = format_amount(line["amount_subtotal"], line["currency"], language)
        if price["recurring"]:
            amount += " " + rate(price["recurring"]["interval"], price["recurring"]["interval_count"], language)
        times = f" × {line['quantity']}" if line["quantity"] > 1 else ""
        about = fill("<small>$text</small>", text=product["description"]) if product["description"] else _BLANK
        return fill(
            '<tr><th scope="row">$name$times$about</th><td>$amount</td></tr>',
            name=product["name"],
            times=times,
            about=about,
            amount=amount,
        )

    def _discount(self, session: Obj, language: str) -> Html:
        """What is taken off, by which word, and for how long."""
        if not session["_discounts"]:
            return _BLANK
        offer, words = session["_discounts"][0], TEXTS[language]
        coupon = self._box.find("coupon", offer["coupon"])
        promotion = self._box.store.get(offer["promotion_code"] or "")
        name = promotion["code"] if promotion else coupon["name"] or words["discount"]
        months = coupon["duration_in_months"]
        terms = words["for_month" if months == 1 else f"for_{coupon['duration']}"].format(months=months)
        off = format_amount(-session["total_details"]["amount_discount"], session["currency"], language)
        return fill(
            '<tr><th scope="row">$name$terms</th><td>$off</td></tr>',
            name=name,
            terms=fill("<small>$text</small>", text=terms) if session["mode"] == "subscription" else _BLANK,
            off=off,
        )

    def _code(self, session: Obj, language: str, form: Obj, error: ApiError | None) -> Html:
        if not session["allow_promotion_codes"]:
            return _BLANK
        words, action = TEXTS[language], f"/c/pay/{session['id']}/code?lang={language}"
        if session["_discounts"]:
            return fill(
                '<form class="code" method="post" action="$action">'
                '<button name="action" value="drop">$text</button></form>',
                action=action,
                text=words["code_drop"],
            )
        is_bad = error is not None and error.param == "code"
        word = words[str(error.extra.get("decline_code"))] if error and is_bad else ""
        return render(
            "code.html",
            action=action,
            label=words["code"],
            value=form.get("code", ""),
            button=words["code_apply"],
            state=Html(' aria-invalid="true" aria-describedby="code-error"') if is_bad else "",
            error=_field_error("code", word) if is_bad else "",
        )

    def _method(self, session: Obj, words: dict[str, str], form: Obj, bad: str | None) -> Html:
        """The card, the account or both to choose from; nothing where nothing is due."""
        if session["amount_total"] == 0:
            return fill('<p class="help">$text</p>', text=words["nothing_due"])
        kinds = session["payment_method_types"]
        parts = [self._choice(session, words, form)] if len(kinds) > 1 else []
        if "card" in kinds:
            parts.append(_card_fields(words, form, is_bad=bad == "number"))
        if "sepa_debit" in kinds:
            parts.append(_account_fields(words, form, is_bad=bad == "iban"))
        return join(parts)

    def _choice(self, session: Obj, words: dict[str, str], form: Obj) -> Html:
        is_debit = _is_debit(session, form)
        return render(
            "method.html",
            legend=words["how"],
            card=words["by_card"],
            card_checked=Html("" if is_debit else " checked"),
            debit=words["by_debit"],
            debit_checked=Html(" checked" if is_debit else ""),
        )

    def _amount(self, session: Obj, language: str) -> str:
        return format_amount(session["amount_total"], session["currency"], language)

    def _cycle(self, session: Obj) -> Obj | None:
        cycles = [line["price"]["recurring"] for line in session["_line_items"] if line["price"]["recurring"]]
        return cycles[0] if cycles else None

    def _again(self, session: Obj, language: str) -> Html:
        cycle = self._cycle(session)
        if cycle is None:
            return _BLANK
        interval = every(cycle["interval"], cycle["interval_count"], language)
        full = format_amount(session["amount_subtotal"], session["currency"], language)
        word = "again_full" if session["_discounts"] else "again"
        return fill('<p class="help">$text</p>', text=TEXTS[language][word].format(interval=interval, amount=full))

    def _pay_label(self, session: Obj, language: str) -> str:
        amount, cycle = self._amount(session, language), self._cycle(session)
        if session["amount_total"] == 0:
            return TEXTS[language]["pay_nothing"]
        if cycle and not session["_discounts"]:
            amount += " " + rate(cycle["interval"], cycle["interval_count"], language)
        word = session["submit_type"] if session["submit_type"] in ("book", "donate", "subscribe") else "pay"
        return TEXTS[language][word].format(amount=amount)

    def _back(self, session: Obj, words: dict[str, str]) -> Html:
        if not session["cancel_url"]:
            return _BLANK
        return fill('<a class="back" href="$href">$text</a>', href=session["cancel_url"], text=words["back"])


def _is_debit(session: Obj, form: Obj) -> bool:
    kinds = session["payment_method_types"]
    return "sepa_debit" in kinds and ("card" not in kinds or form.get("by") == "debit")


def _can_decline(session: Obj) -> bool:
    return session["amount_total"] > 0 and "card" in session["payment_method_types"]


def _decline(words: dict[str, str]) -> Html:
    markup = '<button name="action" value="decline" aria-describedby="decline-help">$text</button>'
    return fill(markup, text=words["decline"])


def _decline_help(words: dict[str, str]) -> Html:
    return fill('<p class="help" id="decline-help">$text</p>', text=words["decline_help"])


def _card_fields(words: dict[str, str], form: Obj, *, is_bad: bool) -> Html:
    return render(
        "card_fields.html",
        name_label=words["name"],
        name=form.get("name", ""),
        card_label=words["card"],
        card=form.get("card", CARDS[0].spaced),
        card_help=words["card_help"],
        card_state=_state("card", is_fixed=False, is_bad=is_bad),
        card_error=_field_error("card", words["bad_card"]) if is_bad else _BLANK,
        others_label=words["others"],
        declined=words["declined"],
        no_funds=words["no_funds"],
        asking=_ASKING.spaced,
        asks=words["asks"],
    )


def _account_fields(words: dict[str, str], form: Obj, *, is_bad: bool) -> Html:
    return render(
        "account_fields.html",
        label=words["iban"],
        iban=form.get("iban", PAYING.spaced),
        help=words["iban_help"],
        state=_state("iban", is_fixed=False, is_bad=is_bad),
        error=_field_error("iban", words["bad_iban"]) if is_bad else _BLANK,
    )


def _state(name: str, *, is_fixed: bool, is_bad: bool) -> Html:
    """The attributes that say what is the matter with a field, and where it is said in words."""
    if is_bad:
        return fill(' aria-invalid="true" aria-describedby="$name-error $name-help"', name=name)
    return fill(' aria-describedby="$name-help"$fixed', name=name, fixed=Html(" readonly" if is_fixed else ""))


def _field_error(name: str, text: str) -> Html:
    return fill('<p class="error" id="$name-error">$text</p>', name=name, text=text)

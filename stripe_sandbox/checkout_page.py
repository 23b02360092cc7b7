"""The form on which a reader pays: what is bought, the card, two buttons, a way back."""

from __future__ import annotations

from .cards import CARDS, DECLINED
from .checkout_payment import known_email, pay_session, show_card_error
from .core import Sandbox
from .customers import email
from .errors import ApiError
from .markup import Html, fill, join, render
from .money import format_amount
from .store import Obj
from .texts import TEXTS, every, rate

_BLANK = Html("")


def return_address(session: Obj) -> str:
    """success_url with Stripe's one placeholder filled in."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


class CheckoutPage:
    def __init__(self, box: Sandbox) -> None:
        self._box = box

    def pay(self, session: Obj, form: Obj) -> tuple[Obj, ApiError | None]:
        """What was typed, checked and paid. An error is one to show beside the form; the session is then still open."""
        is_declining = form.get("action") == "decline"
        number = DECLINED.number if is_declining else str(form.get("card", ""))
        typed = form.get("email", "")
        try:
            address = known_email(self._box, session) or (email("email", typed) if typed or not is_declining else None)
            return pay_session(self._box, session["id"], address=address, name=form.get("name") or None, number=number)
        except ApiError as error:
            if error.param not in ("email", "number"):
                raise
            return session, error

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
            total_label=words["total"],
            total=self._amount(session, language),
            again=self._again(session, language),
            email_label=words["email"],
            email=known or form.get("email", ""),
            email_help=words["email_fixed" if known else "email_help"],
            email_state=_state("email", is_fixed=known is not None, is_bad=bad == "email"),
            email_error=_field_error("email", words["bad_email"]) if bad == "email" else _BLANK,
            name_label=words["name"],
            name=form.get("name", ""),
            card_label=words["card"],
            card=form.get("card", CARDS[0].spaced),
            card_help=words["card_help"],
            card_state=_state("card", is_fixed=False, is_bad=bad == "number"),
            card_error=_field_error("card", words["bad_card"]) if bad == "number" else _BLANK,
            others_label=words["others"],
            declined=words["declined"],
            no_funds=words["no_funds"],
            pay=self._pay_label(session, language),
            decline=words["decline"],
            decline_help=words["decline_help"],
            back=self._back(session, words),
        )

    def _problem(self, error: ApiError | None, words: dict[str, str]) -> Html:
        if error is None:
            return _BLANK
        reason = {"email": "bad_email", "number": "bad_card"}.get(error.param or "", show_card_error(error))
        return fill(
            '<div class="problem" role="alert"><h2>$heading</h2><p>$reason</p></div>',
            heading=words["failed"],
            reason=words[reason],
        )

    def _line(self, line: Obj, language: str) -> Html:
        price = line["price"]
        product = self._box.find("product", price["product"])
        amount = format_amount(line["amount_total"], line["currency"], language)
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

    def _amount(self, session: Obj, language: str) -> str:
        return format_amount(session["amount_total"], session["currency"], language)

    def _cycle(self, session: Obj) -> Obj | None:
        cycles = [line["price"]["recurring"] for line in session["_line_items"] if line["price"]["recurring"]]
        return cycles[0] if cycles else None

    def _again(self, session: Obj, language: str) -> Html:
        cycle = self._cycle(session)
        if cycle is None:
            return _BLANK
        text = TEXTS[language]["again"].format(interval=every(cycle["interval"], cycle["interval_count"], language))
        return fill('<p class="help">$text</p>', text=text)

    def _pay_label(self, session: Obj, language: str) -> str:
        amount, cycle = self._amount(session, language), self._cycle(session)
        if cycle:
            amount += " " + rate(cycle["interval"], cycle["interval_count"], language)
        return TEXTS[language]["donate" if session["submit_type"] == "donate" else "pay"].format(amount=amount)

    def _back(self, session: Obj, words: dict[str, str]) -> Html:
        if not session["cancel_url"]:
            return _BLANK
        return fill('<a class="back" href="$href">$text</a>', href=session["cancel_url"], text=words["back"])


def _state(name: str, *, is_fixed: bool, is_bad: bool) -> Html:
    """The attributes that say what is the matter with a field, and where it is said in words."""
    if is_bad:
        return fill(' aria-invalid="true" aria-describedby="$name-error $name-help"', name=name)
    return fill(' aria-describedby="$name-help"$fixed', name=name, fixed=Html(" readonly" if is_fixed else ""))


def _field_error(name: str, text: str) -> Html:
    return fill('<p class="error" id="$name-error">$text</p>', name=name, text=text)

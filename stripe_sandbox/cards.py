"""The test cards: what each number does. Any other number is refused, so that nobody leaves a real card here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .errors import ApiError


@dataclass(frozen=True)
class Card:
    """`code` and `decline_code` are Stripe's for a card that is refused, None for one that pays.

    `asks` says when its bank wants the person to confirm: `never`, `once` (until set up for later) or `always`.
    """

    number: str
    brand: str
    code: str | None = None
    decline_code: str | None = None
    message: str | None = None
    asks: str = "never"
    dispute: str | None = None  # the reason under which the money is asked back as soon as it is paid
    is_inquiry: bool = False
    is_refund_failing: bool = False
    can_be_saved: bool = False  # although it is refused when it is charged

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def spaced(self) -> str:
        return " ".join(self.number[i : i + 4] for i in range(0, len(self.number), 4))


DECLINED = Card("4000000000000002", "visa", "card_declined", "generic_decline", "Your card was declined.")
CARDS = (
    Card("4242424242424242", "visa"),
    Card("5555555555554444", "mastercard"),
    DECLINED,
    Card("4000000000009995", "visa", "card_declined", "insufficient_funds", "Your card has insufficient funds."),
    Card("4000000000000069", "visa", "expired_card", None, "Your card has expired."),
    Card("4000000000000127", "visa", "incorrect_cvc", None, "Your card's security code is incorrect."),
    Card(
        "4000000000000119",
        "visa",
        "processing_error",
        None,
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    Card("4000000000009987", "visa", "card_declined", "lost_card", "Your card was declined."),
    Card("4000000000009979", "visa", "card_declined", "stolen_card", "Your card was declined."),
    Card("4000000000000341", "visa", "card_declined", "generic_decline", "Your card was declined.", can_be_saved=True),
    Card("4000002500003155", "visa", asks="once"),
    Card("4000002760003184", "visa", asks="always"),
    Card(
        "4000008260003178",
        "visa",
        "card_declined",
        "insufficient_funds",
        "Your card has insufficient funds.",
        asks="always",
        can_be_saved=True,
    ),
    Card("4000000000000259", "visa", dispute="fraudulent"),
    Card("4000000000002685", "visa", dispute="product_not_received"),
    Card("4000000000001976", "visa", dispute="fraudulent", is_inquiry=True),
    Card("4000000000005126", "visa", is_refund_failing=True),
)
_BY_NUMBER = {card.number: card for card in CARDS}


def find_card(number: str) -> Card:
    """Raises card_error incorrect_number for anything that is not a test card; spaces and hyphens do not matter."""
    digits = "".join(ch for ch in number if ch.isdigit())
    if digits not in _BY_NUMBER:
        raise ApiError(
            "This is a sandbox: use one of its test cards, never a real one.",
            status=402,
            kind="card_error",
            code="incorrect_number",
            param="number",
        )
    return _BY_NUMBER[digits]


def unconfirmed(card: Card) -> Card:
    """What the card does when its bank wants a person and none is there."""
    return replace(
        card,
        code="authentication_required",
        decline_code="authentication_required",
        message="Your card was declined. This transaction requires authentication.",
    )

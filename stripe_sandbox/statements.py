"""What stands on a bank statement, by Stripe's rules: https://docs.stripe.com/get-started/account/statement-descriptors"""

from __future__ import annotations

import re
from typing import Any

from .errors import ApiError
from .params import text
from .store import Obj

LONGEST, SHORTEST = 22, 5
REFUSED = "<>\\'\"*"
OWN = "SANDBOX"  # the account's own, and its prefix before a suffix


def descriptor(name: str, raw: Any) -> str:
    """A whole text, of a product."""
    value = suffix(name, raw)
    if len(value) < SHORTEST:
        raise ApiError(f"The statement descriptor must be at least {SHORTEST} characters.", param=name)
    return value


def suffix(name: str, raw: Any) -> str:
    value = text(name, raw)
    if len(value) > LONGEST:
        raise ApiError(f"The statement descriptor must be at most {LONGEST} characters.", param=name)
    if set(value) & set(REFUSED):
        raise ApiError("The statement descriptor may not contain <, >, \\, ', \" or *.", param=name)
    if not value.isascii() or not re.search("[A-Za-z]", value):
        raise ApiError("The statement descriptor must contain at least one Latin letter.", param=name)
    return value


def refuse_whole_for_cards(data: Obj, kinds: list[str]) -> None:
    """Since 2024 a payment that may be made by card takes a suffix alone."""
    if "statement_descriptor" in data and "card" in kinds:
        raise ApiError(
            "The statement_descriptor parameter is not supported for the payment_method_type `card`. Pass "
            "`statement_descriptor_suffix`, or leave it out.",
            param="payment_intent_data[statement_descriptor]",
        )


def printed(intent: Obj) -> str:
    """As a bank would show the charge."""
    if intent["statement_descriptor_suffix"]:
        return f"{OWN}* {intent['statement_descriptor_suffix']}"[:LONGEST].upper()
    return (intent["statement_descriptor"] or OWN).upper()

"""Under which text a payment stands on the bank statement."""

from members.patronage.fetching import Object
from members.patronage.models import Payment
from newsroom.lib.site_settings import site_settings


def text_of_charge(charge: Object) -> str:
    """As Stripe hands it to the card's network; empty for what shows none."""
    return charge.get("calculated_statement_descriptor") or ""


def bank_text(payment: Payment) -> str:
    """In capitals, as banks print it. Of a single payment what Stripe said of its charge; lasting support carries the
    settings' text by its tier's product. Empty where nobody knows: older rows, and ways to pay that show the account's
    own."""
    if payment.statement_text or payment.kind != Payment.Kind.RENEWAL:
        return payment.statement_text.upper()
    return site_settings().statement_text.upper()

"""A customer's balance with the shop, as a book: negative is credit that the next invoices are paid from.
https://docs.stripe.com/billing/customer/balance"""

from __future__ import annotations

from .core import Sandbox
from .errors import ApiError
from .expand import list_page
from .money import currency
from .params import EXPAND, PAGING, Schema, metadata, required, text, whole
from .shapes.catalogue import make_customer_balance_transaction
from .store import Obj

KIND = "customer_balance_transaction"
CREATE: Schema = {
    "amount": required(whole), "currency": required(currency), "description": text, "metadata": metadata, **EXPAND
}  # fmt: skip
LIST: Schema = {**PAGING}


def book(box: Sandbox, customer: Obj, amount: int, *, code: str, kind: str, **given: object) -> Obj:
    """Writes down that the balance moves by `amount` (minor units); the caller moves it."""
    row = make_customer_balance_transaction(
        box.now(), customer=customer, amount=amount, currency=code, type=kind, **given
    )
    box.save(row)
    return row


def create_transaction(box: Sandbox, params: Obj, customer_id: str) -> Obj:
    customer, code = box.find("customer", customer_id), params["currency"]
    if customer["currency"] not in (None, code):
        raise ApiError(
            f"The balance of this customer is in {customer['currency']}; nothing in {code} can be booked to it.",
            param="currency",
        )
    given = {name: params[name] for name in ("description", "metadata") if name in params}
    row = book(box, customer, params["amount"], code=code, kind="adjustment", **given)
    box.change(customer, "customer.updated", balance=row["ending_balance"], currency=code)
    return row


def list_transactions(box: Sandbox, params: Obj, customer_id: str) -> Obj:
    box.find("customer", customer_id)
    return list_page(box, KIND, f"/v1/customers/{customer_id}/balance_transactions", params, {"customer": customer_id})


def retrieve_transaction(box: Sandbox, params: Obj, customer_id: str, row_id: str) -> Obj:
    box.find("customer", customer_id)
    row: Obj = box.find(KIND, row_id)
    if row["customer"] != customer_id:
        raise ApiError(f"No such customer balance transaction: '{row_id}'", status=404, code="resource_missing")
    return row

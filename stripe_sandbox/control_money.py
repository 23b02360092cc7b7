"""/_sandbox/, the part about money: what people and banks do, done by a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .authentication import answer_bank
from .core import Sandbox, public
from .debits import settle_debit
from .discounts import enter_code
from .disputes import OUTCOME, REASONS, end_dispute, open_dispute
from .params import Schema, flag, one_of, required, text, whole
from .refunds import FAILURE_REASONS, fail_refund
from .store import Obj

Verb = Callable[..., Obj]


def _acting(work: Callable[..., Any]) -> Verb:
    """Each is one transaction and answers the object as it is then."""

    def verb(box: Sandbox, params: Obj, object_id: str) -> Obj:
        with box.acting():
            shown: Obj = public(work(box, params, object_id))
        return shown

    return verb


def _answer(box: Sandbox, params: Obj, intent_id: str) -> Obj:
    answer_bank(box, intent_id, is_confirmed=not params.get("failed", False))
    return box.find("payment_intent", intent_id)


def _settle(box: Sandbox, params: Obj, charge_id: str) -> Obj:
    given = {"is_paying": not params["failed"]} if "failed" in params else {}
    return settle_debit(box, box.find("charge", charge_id), **given)


def _dispute(box: Sandbox, params: Obj, charge_id: str) -> Obj:
    given = {"reason": params.get("reason", "fraudulent"), "is_inquiry": params.get("inquiry", False)}
    return open_dispute(box, box.find("charge", charge_id), amount=params.get("amount"), **given)


def _end(box: Sandbox, params: Obj, dispute_id: str) -> Obj:
    return end_dispute(box, box.find("dispute", dispute_id), outcome=params["outcome"])


def _fail_refund(box: Sandbox, params: Obj, refund_id: str) -> Obj:
    return fail_refund(box, box.find("refund", refund_id), reason=params.get("reason", "unknown"))


def _enter_code(box: Sandbox, params: Obj, session_id: str) -> Obj:
    return enter_code(box, box.find("checkout.session", session_id), params["code"])


MONEY_ROUTES: list[tuple[str, str, Schema, Verb]] = [
    ("POST", r"/sessions/([\w-]+)/code", {"code": required(text)}, _acting(_enter_code)),
    ("POST", r"/payment_intents/([\w-]+)/answer", {"failed": flag}, _acting(_answer)),
    ("POST", r"/charges/([\w-]+)/settle", {"failed": flag}, _acting(_settle)),
    (
        "POST",
        r"/charges/([\w-]+)/dispute",
        {"reason": one_of(*REASONS), "amount": whole, "inquiry": flag},
        _acting(_dispute),
    ),
    ("POST", r"/disputes/([\w-]+)/end", {"outcome": required(OUTCOME)}, _acting(_end)),
    ("POST", r"/refunds/([\w-]+)/fail", {"reason": one_of(*FAILURE_REASONS)}, _acting(_fail_refund)),
]
MONEY_FLAGS = ("inquiry",)

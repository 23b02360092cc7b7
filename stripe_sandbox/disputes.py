"""Disputes: a person asks their bank for the money back; the account answers with evidence, or gives in.

In Stripe's test mode the words `winning_evidence` and `losing_evidence` as uncategorized_text decide; here too.
"""

from __future__ import annotations

import copy
from typing import Any

from .core import Sandbox
from .errors import ApiError
from .ledger import DISPUTE_FEE, book
from .params import (
    EXPAND,
    PAGING,
    Schema,
    clearable,
    date_range,
    flag,
    merge_metadata,
    metadata,
    nested,
    one_of,
    text,
    unsupported,
)
from .shapes.disputes import FILES, TEXTS, make_dispute
from .store import Obj

LIST: Schema = {"charge": text, "payment_intent": text, "created": date_range, **PAGING}
_EVIDENCE: dict[str, Any] = {
    **{name: clearable(text) for name in TEXTS},
    **dict.fromkeys([*FILES, "appeal", "enhanced_evidence"], unsupported),
}
UPDATE: Schema = {
    "evidence": nested(**_EVIDENCE),
    "metadata": clearable(metadata),
    "submit": flag,
    "intended_submission_method": unsupported,
    **EXPAND,
}
REASONS = (
    "bank_cannot_process", "check_returned", "credit_not_processed", "customer_initiated", "debit_not_authorized",
    "duplicate", "fraudulent", "general", "incorrect_account_details", "insufficient_funds", "noncompliant",
    "product_not_received", "product_unacceptable", "subscription_canceled", "unrecognized",
)  # fmt: skip
DAYS_TO_ANSWER = 9
_WAITING = ("needs_response", "warning_needs_response")
_CLOSED = ("won", "lost", "warning_closed")
_VERDICT = {"winning_evidence": "won", "losing_evidence": "lost"}


def open_dispute(box: Sandbox, charge: Obj, *, reason: str, amount: int | None = None, is_inquiry: bool = False) -> Obj:
    """Takes the money and a fee from the balance, unless the bank only inquires. Raises for a second dispute."""
    if charge["disputed"]:
        raise ApiError(f"Charge {charge['id']} is disputed already.", code="charge_disputed")
    wanted = charge["amount"] - charge["amount_refunded"] if amount is None else amount
    if not charge["paid"] or not 0 < wanted <= charge["amount"]:
        raise ApiError(f"Charge {charge['id']} has no {wanted} that could be disputed.", param="amount")
    day_end = (box.now() // 86400 + DAYS_TO_ANSWER + 1) * 86400 - 1
    dispute = make_dispute(
        box.now(), charge=charge, amount=wanted, reason=reason, is_inquiry=is_inquiry, due_by=day_end
    )
    if not is_inquiry:
        note = f"Chargeback withdrawal for {charge['id']}"
        taken = book(box, "adjustment", dispute, -wanted, fee=DISPUTE_FEE, category="dispute", note=note)
        dispute["balance_transactions"].append(taken)
    box.save(dispute)
    box.change(charge, "charge.updated", disputed=True)
    box.emit("charge.dispute.created", dispute)
    if not is_inquiry:
        box.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def update_dispute(box: Sandbox, params: Obj, dispute_id: str) -> Obj:
    """Evidence is sent to the bank at once, unless `submit` is false: then it is kept for later."""
    dispute = box.find("dispute", dispute_id)
    if "evidence" in params and dispute["status"] not in _WAITING:
        raise ApiError(f"This dispute is {dispute['status']}; its evidence can no longer be changed.")
    before = copy.deepcopy(dispute)
    dispute["metadata"] = merge_metadata(dispute["metadata"], params.get("metadata"))
    dispute["evidence"].update(params.get("evidence", {}))
    details = dispute["evidence_details"]
    details["has_evidence"] = any(dispute["evidence"][name] for name in TEXTS)
    is_sent = params.get("submit", "evidence" in params)
    if is_sent:
        _submit(dispute)
    if dispute != before:
        box.save(dispute)
        box.emit("charge.dispute.updated", dispute, before=before)
    verdict = _VERDICT.get(dispute["evidence"]["uncategorized_text"] or "")
    return end_dispute(box, dispute, outcome=verdict) if is_sent and verdict else dispute


def _submit(dispute: Obj) -> None:
    details = dispute["evidence_details"]
    if dispute["status"] not in _WAITING:
        raise ApiError(f"This dispute is {dispute['status']}; there is nothing to submit.", param="submit")
    if not details["has_evidence"]:
        raise ApiError("There is no evidence to submit: give some in `evidence`.", param="submit")
    details.update(submission_count=details["submission_count"] + 1, submission_method="manual")
    dispute["status"] = "warning_under_review" if dispute["status"].startswith("warning") else "under_review"


def close_dispute(box: Sandbox, params: Obj, dispute_id: str) -> Obj:
    """Gives in: the dispute is lost, and that cannot be taken back."""
    return end_dispute(box, box.find("dispute", dispute_id), outcome="lost")


def end_dispute(box: Sandbox, dispute: Obj, *, outcome: str) -> Obj:
    """`won` brings the money back, not the fee. An inquiry only closes. Raises for one that has ended."""
    if dispute["status"] in _CLOSED:
        raise ApiError(f"This dispute is already closed: {dispute['status']}.")
    is_inquiry = dispute["status"].startswith("warning")
    dispute["status"] = "warning_closed" if is_inquiry else outcome
    is_won = outcome == "won" and not is_inquiry
    if is_won:
        note = f"Chargeback reversal for {dispute['charge']}"
        back = book(box, "adjustment", dispute, dispute["amount"], category="dispute_reversal", note=note)
        dispute["balance_transactions"].append(back)
    box.save(dispute)
    box.emit("charge.dispute.closed", dispute)
    if is_won:
        box.emit("charge.dispute.funds_reinstated", dispute)
    return dispute


def lose_unanswered(box: Sandbox, dispute: Obj) -> Obj:
    """Who does not answer in time has lost."""
    dispute["evidence_details"]["past_due"] = True
    return end_dispute(box, dispute, outcome="lost")


OUTCOME = one_of("won", "lost")

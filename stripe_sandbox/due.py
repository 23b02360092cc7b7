"""When an object has something coming that time brings by itself.

`Store.save` keeps the answer beside the object, so that what is due next is one look into an index. What then happens
is in `passing.py`: a kind that is named here has its step there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Obj = dict[str, Any]


def _session(session: Obj) -> int | None:
    return session["expires_at"] if session["status"] == "open" else None


def _subscription(subscription: Obj) -> int | None:
    """The end of its period or of itself, or of a pause in collecting, whichever comes first."""
    if subscription["status"] not in ("active", "past_due"):
        return None
    moments = [item["current_period_end"] for item in subscription["items"]["data"]]
    moments += [subscription["cancel_at"], (subscription["pause_collection"] or {}).get("resumes_at")]
    return min((moment for moment in moments if moment), default=None)


def _invoice(invoice: Obj) -> int | None:
    return invoice["next_payment_attempt"] if invoice["status"] == "open" else None


def _charge(charge: Obj) -> int | None:
    """When the bank answers a debit."""
    return charge.get("_settles_at") if charge["status"] == "pending" else None


def _refund(refund: Obj) -> int | None:
    """When the bank sends it back; hardly any has that coming."""
    return refund.get("_fails_at") if refund["status"] == "succeeded" else None


def _dispute(dispute: Obj) -> int | None:
    """The first second after the last one for an answer."""
    is_waiting = dispute["status"] in ("needs_response", "warning_needs_response")
    return dispute["evidence_details"]["due_by"] + 1 if is_waiting else None


DUE: Mapping[str, Callable[[Obj], int | None]] = {
    "checkout.session": _session,
    "subscription": _subscription,
    "invoice": _invoice,
    "charge": _charge,
    "refund": _refund,
    "dispute": _dispute,
}


def due_at(obj: Obj) -> int | None:
    """None where nothing comes by itself, so for what was loaded from elsewhere: that is shown, never acted upon."""
    rule = DUE.get(obj["object"])
    return rule(obj) if rule and "_loaded" not in obj else None

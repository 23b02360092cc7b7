"""The colours of states at the desk: of Stripe's own words, and of our rows that share them."""

STATUS_COLOURS = {
    "active": "success", "trialing": "success", "paid": "success", "succeeded": "success", "done": "success",
    "won": "success", "past_due": "warning", "incomplete": "warning", "waiting": "warning", "expired": "warning",
    "requires_action": "warning", "requires_confirmation": "warning", "needs_response": "warning",
    "warning_needs_response": "warning", "appeal_needs_response": "warning", "appeal_under_review": "info",
    "unpaid": "danger", "uncollectible": "danger", "failed": "danger",
    "requires_payment_method": "danger", "unknown": "danger", "lost": "danger", "canceled": "info", "paused": "info",
    "incomplete_expired": "info", "draft": "info", "void": "info", "processing": "info", "pending": "info",
    "new": "info", "open": "info", "claimed": "info", "under_review": "info", "warning_under_review": "info",
    "warning_closed": "info", "prevented": "info", "written off": "info",
}  # fmt: skip

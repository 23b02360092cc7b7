"""The audit of a member in plain words: one table for what was done, one for Stripe's states, one for the details.

What no table knows is shown as it was written, so that nothing is hidden from whoever looks.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from members.patronage.models import Declaration, Double, RefundRequest, SupportChange
from members.patronage.models.rhythm import say_rhythm
from members.patronage.months import show_months
from newsroom.lib.models import AuditEntry
from newsroom.lib.money import Money

# dotted action → what happened
ACTIONS: dict[str, Any] = {
    "checkout.failed": gettext_lazy("The checkout came to nothing: the bank did not pay"),
    "checkout.given_up": gettext_lazy("The checkout was given up: Stripe did not say what became of it"),
    "checkout.paid": gettext_lazy("Paid at the checkout"),
    "declaration.confirmed": gettext_lazy("Declared without signing in, and confirmed by the link"),
    "declaration.done": gettext_lazy("What was declared is carried out"),
    "declaration.failed": gettext_lazy("What was declared could not be carried out: a person must look"),
    "declaration.made": gettext_lazy("Somebody declared without signing in; it waits for the link in our letter"),
    "declaration.retried": gettext_lazy("What was declared is tried again from the desk"),
    "donation.received": gettext_lazy("A gift came in"),
    "double.found": gettext_lazy("It seems that this support is given twice"),
    "double.kept": gettext_lazy("Giving twice is meant: both go on"),
    "double.repair_asked": gettext_lazy("Wished: end the support that was given twice"),
    "double.repaired": gettext_lazy("The support that was given twice is ended"),
    "gift.handed_over": gettext_lazy("The letter with the gift went out"),
    "gift.lapsed": gettext_lazy("The gift lapsed: nobody took it in time"),
    "gift.paid": gettext_lazy("A gift for somebody else was paid"),
    "gift.recipient_changed": gettext_lazy("The gift goes to another address"),
    "gift.restored": gettext_lazy("The gift is good again: its money came back"),
    "gift.sent_again": gettext_lazy("The letter with the gift was sent again"),
    "gift.taken": gettext_lazy("The gift was taken"),
    "gift.unwanted": gettext_lazy("The gift waits for another address: no mail may go to the one that was given"),
    "gift.withdrawn": gettext_lazy("The gift was withdrawn: its money is gone"),
    "member.added": gettext_lazy("The account was made"),
    "member.address_asked": gettext_lazy("Another address was entered; it waits for proof"),
    "member.address_corrected": gettext_lazy("The address was corrected"),
    "member.address_proved": gettext_lazy("The new address was proved and holds"),
    "member.address_withdrawn": gettext_lazy("The new address was withdrawn"),
    "member.changed": gettext_lazy("The account was edited"),
    "member.erased": gettext_lazy("The account was erased"),
    "member.erasure_asked": gettext_lazy("The member asked to be erased"),
    "member.exported": gettext_lazy("The member downloaded what we hold"),
    "member.locked_out": gettext_lazy("Locked out: every session, passkey and link ended"),
    "member.name_withdrawn": gettext_lazy("The name was taken off the thank-you list"),
    "member.noted": gettext_lazy("A note was written"),
    "member.proved": gettext_lazy("The address was proved by a code"),
    "member.recovery_codes_generated": gettext_lazy("Recovery codes were made"),
    "member.role_granted": gettext_lazy("A role was given"),
    "member.role_revoked": gettext_lazy("A role was taken away"),
    "member.signed_out_everywhere": gettext_lazy("Signed out everywhere"),
    "member.signed_out_browser": gettext_lazy("Signed out one browser"),
    "member.thanked_by_name": gettext_lazy("The name was put on the thank-you list"),
    "member.totp_activated": gettext_lazy("An app became the second factor"),
    "member.totp_deactivated": gettext_lazy("The app is no second factor any more"),
    "member.webauthn_added": gettext_lazy("A passkey was added"),
    "member.webauthn_removed": gettext_lazy("A passkey was removed"),
    "payment.called_off": gettext_lazy("Called off: Stripe does not know it any more"),
    "payment.dispute_written_off": gettext_lazy("The dispute was written off: Stripe does not know it any more"),
    "payment.disputed": gettext_lazy("The payment is disputed"),
    "payment.kept": gettext_lazy("Kept in the books, although Stripe does not know it any more"),
    "payment.refund_asked": gettext_lazy("A refund was asked for"),
    "payment.refund_not_done": gettext_lazy("The refund was not done at Stripe: nothing went back"),
    "payment.refund_sent_back": gettext_lazy("The bank sent the refund back: the money is here again"),
    "payment.refund_written_off": gettext_lazy("The refund was written off: Stripe does not know it any more"),
    "payment.refunded": gettext_lazy("Money went back"),
    "payment.written_off": gettext_lazy("The payment was written off: Stripe does not know it any more"),
    "period.grace": gettext_lazy("The rights were lengthened by the days of grace"),
    "period.grace_over": gettext_lazy("The days of grace are over: the rights end with the paid time"),
    "period.granted": gettext_lazy("Became a patron, or goes on being one"),
    "period.moved": gettext_lazy("What is left of the gift runs after what was paid, and so until another day"),
    "period.restored": gettext_lazy("The rights came back"),
    "period.revoked": gettext_lazy("The rights were taken back"),
    "publishing.lent": gettext_lazy("May publish for a time"),
    "publishing.taken_back": gettext_lazy("May not publish any more"),
    "signups.set": gettext_lazy("Newsletters were chosen"),
    "staff_link.issued": gettext_lazy("A sign-in link was handed out"),
    "staff_link.used": gettext_lazy("A sign-in link was used"),
    "subscription.changed": gettext_lazy("Support changed"),
    "subscription.collecting": gettext_lazy("Collecting rests at Stripe, or goes on again"),
    "subscription.started": gettext_lazy("Support began"),
    "subscription.terms": gettext_lazy("Amount, rhythm or tier changed"),
    "support.asked_again": gettext_lazy("Asked for again from the desk"),
    "support.cancel_asked": gettext_lazy("Wished: end support at once"),
    "support.cancel_done": gettext_lazy("Support was ended at once"),
    "support.cancel_failed": gettext_lazy("Support could not be ended at once"),
    "support.credit_put_back": gettext_lazy(
        "Credit for later payments was put back: the refund it went with failed, or a bill had spent it"
    ),
    "support.credit_taken": gettext_lazy("Credit for later payments was taken back with the money that it came of"),
    "support.end_asked": gettext_lazy("Wished: end support"),
    "support.end_done": gettext_lazy("Support ends when the paid time is over"),
    "support.end_failed": gettext_lazy("Support could not be ended"),
    "support.end_unpaid": gettext_lazy("Support was ended: the grace ran out unpaid"),
    "support.keep_asked": gettext_lazy("Wished: go on after all"),
    "support.keep_done": gettext_lazy("Support goes on after all"),
    "support.keep_failed": gettext_lazy("The ending could not be taken back"),
    "support.move_kept": gettext_lazy("Keeps the old amount in spite of the new price"),
    "support.move_told": gettext_lazy("Was written to about the new price"),
    "support.pause_asked": gettext_lazy("Wished: pause support"),
    "support.pause_done": gettext_lazy("Support is paused"),
    "support.pause_failed": gettext_lazy("Support could not be paused"),
    "support.resume_asked": gettext_lazy("Wished: go on after the pause"),
    "support.resume_done": gettext_lazy("Support goes on after the pause"),
    "support.resume_failed": gettext_lazy("Support could not go on after the pause"),
    "support.terms_asked": gettext_lazy("Wished: another amount or rhythm"),
    "support.terms_done": gettext_lazy("Another amount or rhythm holds"),
    "support.terms_failed": gettext_lazy("The amount or rhythm could not be changed"),
}  # fmt: skip

# Stripe's own words for subscriptions, invoices, intents, refunds and disputes
STATUSES: dict[str, Any] = {
    "active": gettext_lazy("running"),
    "appeal_needs_response": gettext_lazy("appeal: waits for our answer"),
    "appeal_under_review": gettext_lazy("appeal: the bank decides"),
    "canceled": gettext_lazy("ended"),
    "draft": gettext_lazy("being written"),
    "failed": gettext_lazy("failed"),
    "incomplete": gettext_lazy("first payment not through yet"),
    "incomplete_expired": gettext_lazy("first payment never came"),
    "lost": gettext_lazy("lost"),
    "needs_response": gettext_lazy("waits for our answer"),
    "open": gettext_lazy("not paid yet"),
    "paid": gettext_lazy("paid"),
    "past_due": gettext_lazy("a payment did not go through"),
    "paused": gettext_lazy("paused"),
    "pending": gettext_lazy("on its way"),
    "prevented": gettext_lazy("settled before it began"),
    "processing": gettext_lazy("the bank is at it"),
    "requires_action": gettext_lazy("waits for the payer"),
    "requires_confirmation": gettext_lazy("waits for the payer"),
    "requires_payment_method": gettext_lazy("did not go through"),
    "succeeded": gettext_lazy("done"),
    "trialing": gettext_lazy("running, nothing to pay yet"),
    "uncollectible": gettext_lazy("given up"),
    "under_review": gettext_lazy("the bank decides"),
    "unpaid": gettext_lazy("unpaid"),
    "void": gettext_lazy("called off"),
    "warning_closed": gettext_lazy("inquiry closed"),
    "warning_needs_response": gettext_lazy("inquiry: waits for our answer"),
    "warning_under_review": gettext_lazy("inquiry: the bank decides"),
    "won": gettext_lazy("won"),
    "written off": gettext_lazy("written off"),
}  # fmt: skip

# Stripe's own words for why money goes back or a bank asks for it
REASONS: dict[str, Any] = {
    **dict(RefundRequest.Reason.choices),
    "bank_cannot_process": gettext_lazy("the bank cannot process it"),
    "check_returned": gettext_lazy("the cheque came back"),
    "credit_not_processed": gettext_lazy("money promised back did not come"),
    "customer_initiated": gettext_lazy("asked for by the account’s owner"),
    "debit_not_authorized": gettext_lazy("the debit was not allowed"),
    "general": gettext_lazy("no reason given"),
    "incorrect_account_details": gettext_lazy("wrong account details"),
    "insufficient_funds": gettext_lazy("not enough money in the account"),
    "noncompliant": gettext_lazy("against the network’s rules"),
    "product_not_received": gettext_lazy("nothing was received"),
    "product_unacceptable": gettext_lazy("not what was promised"),
    "subscription_canceled": gettext_lazy("support was ended before"),
    "unrecognized": gettext_lazy("does not recognise the payment"),
}  # fmt: skip

ACTORS: dict[str, Any] = {
    "stripe": gettext_lazy("Stripe"), "clock": gettext_lazy("the clock"), "system": gettext_lazy("the system"),
    "command": gettext_lazy("the command line"), "reader": gettext_lazy("a reader who was not signed in"),
}  # fmt: skip

WHYS: dict[str, Any] = {
    "refunded": gettext_lazy("the money went back"), "disputed": gettext_lazy("a dispute was lost"),
    "by hand": gettext_lazy("by hand"), "written off": gettext_lazy("the payment was written off"),
}  # fmt: skip


@dataclass(frozen=True)
class About:
    """What the entries of a member lean on: whose money a row is ({(type, pk): Money}) and what tiers are called."""

    money: dict[tuple[str, str], Money] = field(default_factory=dict)
    tiers: dict[str, str] = field(default_factory=dict)


def say_status(status: str) -> str:
    return str(STATUSES.get(status, status))


def say_reason(reason: str) -> str:
    return str(REASONS.get(reason, reason))


def say_why(why: str) -> str:
    return str(WHYS.get(why, why))


def say_action(entry: AuditEntry) -> str:
    return str(ACTIONS.get(entry.action, entry.action))


def say_details(entry: AuditEntry, about: About) -> str:
    """Who did it and what there is to know of it."""
    money = about.money.get((entry.target_type, entry.target_id))
    said = [str(ACTORS.get(entry.actor_label, entry.actor_label)), str(money or "")]
    family = entry.action.partition(".")[0]
    said += [_say_detail(family, name, value, money, about) for name, value in entry.details.items()]
    return " · ".join(filter(None, said))


def _say_detail(family: str, name: str, value: Any, money: Money | None, about: About) -> str:
    say = DETAILS.get(f"{family}.{name}") or DETAILS.get(name)
    return say(value, money, about) if say else f"{name}: {value}"


def _nothing(_value: Any, _money: Money | None, _about: About) -> str:
    """The key of a row, which tells a person nothing."""
    return ""


def _say_sum(value: Any, money: Money | None, _about: About) -> str:
    return str(Money(value, money.currency)) if money and isinstance(value, int) else str(value)


def _say_days(value: Any, _money: Money | None, _about: About) -> str:
    return (
        ngettext("%(count)s day", "%(count)s days", value) % {"count": value} if isinstance(value, int) else str(value)
    )


def _say_months(value: Any, _money: Money | None, _about: About) -> str:
    return show_months(value) if isinstance(value, int) else str(value)


def _say_rhythm(value: Any, _money: Money | None, _about: About) -> str:
    """Of an interval, or of several as `month:3`."""
    interval, _colon, count = str(value).partition(":")
    return say_rhythm(interval, int(count or 1))


def _say_until(value: Any, _money: Money | None, _about: About) -> str:
    """Of an ISO date."""
    day = parse_date(str(value))
    return _("until %(day)s") % {"day": date_format(day, "j E Y") if day else value}


def _say_paid_at(value: Any, _money: Money | None, _about: About) -> str:
    """Of an ISO moment, in the newsroom's time."""
    paid_at = parse_datetime(str(value))
    return _("paid on %(day)s") % {"day": date_format(localtime(paid_at), "j E Y")} if paid_at else str(value)


def _say_list(value: Any, _money: Money | None, _about: About) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


# by the detail's name, or by the action's family and the name where that word means something else there
DETAILS: dict[str, Callable[[Any, Money | None, About], str]] = {
    "amount": _say_sum, "refunded": _say_sum, "days": _say_days, "fields": _say_list, "newsletters": _say_list,
    "payment": _nothing, "period": _nothing, "change": _nothing, "note": _nothing, "declaration": _nothing,
    "double": _nothing, "first": _nothing, "gift": _nothing, "loan": _nothing, "months": _say_months,
    "status": lambda value, _money, _about: say_status(value),
    "is_ending": lambda value, _money, _about: _("ends when the paid time is over") if value else "",
    "at_once": lambda value, _money, _about: _("at once") if value else _("when the paid time is over"),
    "tier": lambda value, _money, about: about.tiers.get(value, str(value)),
    "why": lambda value, _money, _about: say_why(value),
    "reason": lambda value, _money, _about: say_reason(value),
    "kind": lambda value, _money, _about: str(dict(SupportChange.Kind.choices).get(value, value)),
    "declaration.written": lambda sent, _money, _about: "" if sent else _("no letter: too many had gone out that day"),
    "declaration.kind": lambda value, _money, _about: str(dict(Declaration.Kind.choices).get(value, value)),
    "double.why": lambda value, _money, _about: str(dict(Double.Why.choices).get(value, value)),
    "interval": _say_rhythm,
    "collects": lambda value, _money, _about: _("it goes on") if value else _("it rests"),
    "to": lambda value, _money, _about: str(value),
    "until": _say_until, "paid_at": _say_paid_at,
    "role": lambda value, _money, _about: str(value),
}  # fmt: skip

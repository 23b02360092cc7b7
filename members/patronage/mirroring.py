"""Writing down what Stripe knows: in any order, any number of times, from objects fetched a moment ago.

Rows are locked and unique keys referee, so that a webhook, its repetition and the thanks page may work at once; locks
leave keys free, or a new row that names a locked one would wait for it, and two would wait in a circle. Of two answers
the one asked for later wins. No function here asks Stripe anything, so all of it may run in a transaction.
"""

from collections.abc import Container
from copy import copy
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from members.patronage.bank_text import text_of_charge
from members.patronage.credit import owe_credit
from members.patronage.doubles import note_double
from members.patronage.errors import Foreign, NotYetHere
from members.patronage.fetching import (
    Fetched,
    Object,
    balance_change,
    discount_of,
    id_of,
    is_ending,
    moment,
    shared_clock,
)
from members.patronage.granting import grant_period, note_donation, settle_grace, settle_rights
from members.patronage.handing_over import gift_of, note_gift_paid, settle_gift
from members.patronage.models import Checkout, Payment, StripeCustomer, Subscription, Tier
from members.patronage.models.mirror import Mirrored
from members.patronage.payers import Payer, checkout_key, find_or_add_member, is_ours, take_customer
from members.patronage.refused_debits import tell_refused
from members.patronage.tiers import tier_for
from newsroom.lib.audit import record
from newsroom.lib.letters import withdraw_letters
from newsroom.lib.steps import step

Row = TypeVar("Row", bound=Mirrored)
DEBITS = ("_debit", "_bank_account")  # how Stripe names methods whose bank answers days later
LONGEST_DEBIT = timedelta(days=21)


def write_row(model: type[Row], fetched: Fetched, **values: Any) -> tuple[Row, bool, Row | None]:
    """The locked row for the fetched object; whether it took `values`: not when it holds a later answer; and the row as
    it was when it was locked, none for a new one: of two who write at once only one makes it. Raises Foreign for an
    object of the other mode (test or live)."""
    data = fetched.data
    check_mode(data)
    full = {**values, "livemode": data.get("livemode", False), "fetched_at": fetched.asked_at}
    made = {**full, "created_at": moment(data["created"])}
    _row, is_new = model._base_manager.get_or_create(stripe_id=data["id"], defaults=made)
    row = model._base_manager.select_for_update(no_key=True).get(stripe_id=data["id"])
    if is_new:
        return row, True, None
    before = copy(row)
    if fetched.asked_at < row.fetched_at <= shared_clock():  # one that lies ahead says nothing: a clock was set back
        return row, False, before
    for name, value in full.items():
        setattr(row, name, value)
    row.save(update_fields=list(full))
    return row, True, before


def check_mode(data: Object) -> None:
    """Raises Foreign."""
    if data.get("livemode", False) != settings.STRIPE_LIVEMODE:
        raise Foreign("It is of the other mode (test or live) than our key.")


@transaction.atomic
def mirror_checkout_session(fetched: Fetched) -> Checkout:
    """The reader's decision, and whatever it led to. A completed session may be unpaid (a bank that takes days): rights
    come with the payment alone. Raises Foreign, NotYetHere."""
    session = fetched.data
    if not is_ours(session["metadata"]):
        raise Foreign("This checkout was not made here.")
    check_mode(session)
    checkout = Checkout.objects.select_for_update(no_key=True).filter(key=checkout_key(session["metadata"])).first()
    if checkout is None:
        raise NotYetHere("The checkout that this session belongs to is not in our records.")
    payer = _payer_of_session(session)
    if session["status"] == "complete":
        checkout.member = checkout.member or find_or_add_member(payer)
    _close_checkout(checkout, session)
    if isinstance(session["subscription"], dict):
        mirror_subscription(fetched.part(session["subscription"]), payer=payer)
    if isinstance(session["invoice"], dict):
        mirror_invoice(fetched.part(session["invoice"]))
    if isinstance(session["payment_intent"], dict):
        mirror_payment_intent(fetched.part(session["payment_intent"]), payer=payer)
    return checkout


def _payer_of_session(session: Object) -> Payer:
    details = session["customer_details"] or {}
    return Payer(
        metadata=session["metadata"],
        customer_id=id_of(session["customer"]),
        email=details.get("email") or session["customer_email"] or "",
        name=details.get("name") or "",
    )


def _close_checkout(checkout: Checkout, session: Object) -> None:
    is_paid = session["status"] == "complete" and session["payment_status"] != "unpaid"
    if checkout.stripe_id not in ("", session["id"]) and not is_paid:
        return  # a checkout has one session: of any other only that it was paid counts
    checkout.stripe_id = session["id"]
    checkout.checked_at = timezone.now()
    if is_paid and checkout.state != Checkout.State.PAID:
        checkout.state, checkout.finished_at, checkout.error = Checkout.State.PAID, timezone.now(), ""
        record("checkout.paid", actor_label="stripe", target=checkout)
    elif has_failed(session) and checkout.state in (Checkout.State.NEW, Checkout.State.OPEN):
        checkout.state, checkout.finished_at = Checkout.State.FAILED, timezone.now()
        checkout.error = "The bank did not pay."
        record("checkout.failed", actor_label="stripe", target=checkout)
        tell_refused(checkout)
    elif session["status"] == "expired":
        checkout.state = Checkout.State.EXPIRED
        checkout.finished_at = checkout.finished_at or timezone.now()
    elif checkout.state == Checkout.State.NEW:
        checkout.state = Checkout.State.OPEN
    checkout.save()


def has_failed(session: Object) -> bool:
    """Complete, and the bank that takes days has said no: the intent wants another method, or the invoice went unpaid.
    Of a fetched session, with both expanded. Should it be paid after all, it is paid."""
    if session["status"] != "complete" or session["payment_status"] != "unpaid":
        return False
    intent, subscription = session["payment_intent"], session["subscription"]
    is_refused = isinstance(intent, dict) and intent["status"] in ("requires_payment_method", "canceled")
    over = ("past_due", "unpaid", "incomplete_expired", "canceled")
    return is_refused or (isinstance(subscription, dict) and subscription["status"] in over)


@transaction.atomic
def mirror_subscription(fetched: Fetched, *, payer: Payer | None = None) -> Subscription:
    """Stripe's subscription as a row; it gives no rights. Raises Foreign for one that we neither sold nor know."""
    data = fetched.data
    payer = payer or _payer_of_subscription(data)
    known = Subscription.objects.filter(stripe_id=data["id"]).first()
    if known is None and not is_sold_here(data, tier_products()):
        raise Foreign("This subscription was not sold here.")
    check_mode(data)
    customer = take_customer(payer, livemode=data["livemode"])
    row, is_taken, was = write_row(
        Subscription, fetched, member=customer.member, customer=customer, **_terms(data), **_standing(data),
        **_means(data),
    )  # fmt: skip
    before = (was.status, was.cancel_at_period_end) if was else None
    card = was.fingerprint if was else ""
    if is_taken and (before, card) != ((row.status, row.cancel_at_period_end), row.fingerprint):
        note_double(row)
    if is_taken and before != (row.status, row.cancel_at_period_end):
        action = "subscription.changed" if before else "subscription.started"
        record(action, actor_label="stripe", target=row, status=row.status, is_ending=row.cancel_at_period_end)
    if is_taken and was is not None:
        _note_terms(row, was)
    if was is not None and was.is_owing and not row.is_owing:
        withdraw_letters(f"dunning:s{row.pk}-")  # those of a grace go with it
    step("subscription.written")
    settle_grace(row)
    return row


def _note_terms(row: Subscription, was: Subscription) -> None:
    """Whoever changed them: the account's page, the desk, or somebody at Stripe's dashboard."""
    terms = ("amount", "currency", "interval", "interval_count", "tier_id")
    if any(getattr(row, name) != getattr(was, name) for name in terms):
        tier = row.tier.key if row.tier else ""
        interval = row.interval if row.interval_count == 1 else f"{row.interval}:{row.interval_count}"
        record("subscription.terms", actor_label="stripe", target=row, tier=tier, interval=interval, to=str(row.money))
    if row.is_collecting != was.is_collecting:
        record("subscription.collecting", actor_label="stripe", target=row, collects=row.is_collecting)


def is_sold_here(data: Object, products: Container[str]) -> bool:
    """Marked by a checkout of ours, or made at Stripe's dashboard of a tier's product, one of `products`. That the
    customer is ours says nothing: other shops on the account may sell to the same one."""
    items = (data.get("items") or {}).get("data", [])
    return is_ours(data["metadata"]) or any(id_of(item["price"]["product"]) in products for item in items)


def tier_products() -> dict[str, str]:
    """The keys of tiers by their products at Stripe."""
    return dict(Tier.objects.exclude(stripe_product_id="").values_list("stripe_product_id", "key"))


def _payer_of_subscription(data: Object) -> Payer:
    customer = data["customer"] if isinstance(data["customer"], dict) else {}
    return Payer(
        metadata=data["metadata"],
        customer_id=id_of(data["customer"]),
        email=customer.get("email") or "",
        name=customer.get("name") or "",
    )


def _is_known(customer_id: str) -> bool:
    return bool(customer_id) and StripeCustomer.objects.filter(stripe_id=customer_id).exists()


def _terms(data: Object) -> dict[str, Any]:
    """What is paid, how often, and for which tier; since "basil" the period's end sits on the items."""
    item = data["items"]["data"][0]
    price = item["price"]
    amount = (price["unit_amount"] or 0) * item.get("quantity", 1)
    interval, count = price["recurring"]["interval"], price["recurring"]["interval_count"]
    return {
        "amount": amount, "currency": price["currency"], "interval": interval, "interval_count": count,
        "tier": _tier_of_product(id_of(price["product"])) or tier_for(amount // count, price["currency"], interval),
        "current_period_start": moment(item["current_period_start"]),
        "current_period_end": moment(max(row["current_period_end"] for row in data["items"]["data"])),
    }  # fmt: skip


def _standing(data: Object) -> dict[str, Any]:
    return {
        "status": data["status"],
        "cancel_at_period_end": is_ending(data),
        "is_collecting": not data.get("pause_collection"),
        "canceled_at": moment(data["canceled_at"]),
        "ended_at": moment(data["ended_at"]),
        **discount_of(data),
    }


def _means(data: Object) -> dict[str, str]:
    """By what it is paid, where the answer holds it."""
    method = data.get("default_payment_method")
    if not isinstance(method, dict):
        return {}
    return {"fingerprint": (method.get(method["type"]) or {}).get("fingerprint") or ""}


def _tier_of_product(product_id: str) -> Tier | None:
    return Tier.objects.filter(stripe_product_id=product_id).first() if product_id else None


@transaction.atomic
def mirror_invoice(fetched: Fetched) -> Payment | None:
    """An invoice of a subscription as a Payment once it was tried, and its Period once it was paid; None before.
    Raises Foreign (not of a subscription of ours) and NotYetHere (of one whose row is missing)."""
    invoice = fetched.data
    subscription = _subscription_of(fetched)
    check_mode(invoice)
    if not invoice["attempted"] and invoice["status"] != "paid":
        return None
    is_paid = invoice["status"] == "paid"
    payment, _is_taken, _before = write_row(
        Payment, fetched, member=subscription.member, subscription=subscription, kind=Payment.Kind.RENEWAL,
        status=invoice["status"], amount=invoice["amount_paid"] if is_paid else invoice["amount_due"],
        currency=invoice["currency"], payment_intent_id=_intent_of(invoice),
        receipt_number=invoice["number"] or "", paid_at=moment(invoice["status_transitions"]["paid_at"]),
        balance_change=balance_change(invoice),
    )  # fmt: skip
    step("payment.written")
    if is_paid:
        _grant_for(payment, invoice, subscription)
        settle_rights(payment)
        settle_grace(subscription)
        if payment.balance_change:
            owe_credit(subscription)
    return payment


def _subscription_of(fetched: Fetched) -> Subscription:
    """Its locked row, brought up to date with the same answer where that holds it."""
    parent = fetched.data["parent"] or {}
    details = parent.get("subscription_details") or {}
    named = details.get("subscription")
    if not named:
        raise Foreign("This invoice belongs to no subscription.")
    if isinstance(named, dict):
        return mirror_subscription(fetched.part(named), payer=_payer_of_invoice(fetched.data, named))
    known = Subscription.objects.select_for_update(no_key=True).filter(stripe_id=id_of(named)).first()
    if known is None and is_ours(details.get("metadata")):
        raise NotYetHere("The subscription of this invoice is not in our records yet.")
    if known is None:
        raise Foreign("This invoice's subscription was not sold here.")
    return known


def _payer_of_invoice(invoice: Object, subscription: Object) -> Payer:
    return Payer(
        metadata=subscription["metadata"],
        customer_id=id_of(subscription["customer"]),
        email=invoice["customer_email"] or "",
        name=invoice["customer_name"] or "",
    )


def _intent_of(invoice: Object) -> str:
    """The intent that paid, else the one that tried last."""
    tries = (invoice.get("payments") or {}).get("data", [])
    tries.sort(key=lambda row: row["status"] != "paid")
    return id_of(tries[0]["payment"].get("payment_intent")) if tries else ""


def _grant_for(payment: Payment, invoice: Object, subscription: Subscription) -> None:
    stretch = paid_stretch(invoice)
    if stretch is None:
        return
    starts_at, ends_at, product_id = stretch
    tier = _tier_of_product(product_id) or subscription.tier
    if tier is None:
        raise NotYetHere("No tier on offer matches this subscription: add one, then replay.")
    grant_period(payment=payment, tier=tier, starts_at=starts_at, ends_at=ends_at)


def paid_stretch(invoice: Object) -> tuple[datetime, datetime, str] | None:
    """From, to and product of the line that reaches furthest; a change within a period has prorated lines only, of
    which what was charged counts."""
    lines = [line for line in invoice["lines"]["data"] if _item_of(line)]
    whole = [line for line in lines if not _item_of(line)["proration"]]
    wanted = whole or [line for line in lines if line["amount"] > 0]
    if not wanted:
        return None
    line = max(wanted, key=lambda row: row["period"]["end"])
    starts_at, ends_at = moment(line["period"]["start"]), moment(line["period"]["end"])
    if starts_at is None or ends_at is None or ends_at <= starts_at:
        return None
    details = (line["pricing"] or {}).get("price_details") or {}
    return starts_at, ends_at, id_of(details.get("product"))


def _item_of(line: Object) -> Object:
    return (line["parent"] or {}).get("subscription_item_details") or {}


@transaction.atomic
def mirror_payment_intent(fetched: Fetched, *, payer: Payer | None = None) -> Payment | None:
    """A single payment, and once it is there its Donation, or the gift that it pays on its way. None for an intent of a
    known customer that is not marked as ours: it pays an invoice, which is mirrored by itself. Raises Foreign."""
    intent = fetched.data
    charge = intent["latest_charge"] if isinstance(intent["latest_charge"], dict) else {}
    if not is_ours(intent["metadata"]):
        if _is_known(id_of(intent["customer"])):
            return None
        raise Foreign("This payment was not taken here.")
    if intent["status"] in ("requires_payment_method", "requires_confirmation") and not charge:
        return None  # made by the checkout's page, never tried
    is_paid = intent["status"] == "succeeded"
    known = Payment.objects.select_for_update(no_key=True).filter(stripe_id=intent["id"]).first()
    is_given = is_paid or intent["status"] == "processing"  # a bank that takes days: the payer may withdraw meanwhile
    member = find_or_add_member(payer or _payer_of_intent(intent, charge)) if is_given else None
    gift = gift_of(checkout_key(intent["metadata"]))
    kind = Payment.Kind.GIFT if gift else Payment.Kind.DONATION
    payment, _is_taken, _before = write_row(
        Payment, fetched, member=member, kind=kind, status=intent["status"],
        amount=intent["amount_received"] if is_paid else intent["amount"], currency=intent["currency"],
        payment_intent_id=intent["id"], receipt_number=charge.get("receipt_number") or "",
        statement_text=text_of_charge(charge),
        paid_at=_paid_at(intent, charge, known) if is_paid else None,
    )  # fmt: skip
    step("payment.written")
    if is_paid and gift is not None:
        note_gift_paid(payment=payment, gift=gift)
        settle_rights(payment)
        settle_gift(payment)
    elif is_paid:
        note_donation(payment=payment)
    return payment


def _paid_at(intent: Object, charge: Object, known: Payment | None) -> datetime | None:
    """When the money came. A card answers at once, so its charge's beginning says it. Of a debit, which a bank settles
    days after it began, no object says when: it is when we first heard of it, unless that is so late that a repair
    brought it (up to 14 business days pass; https://docs.stripe.com/payments/sepa-debit)."""
    if known is not None and known.paid_at:
        return known.paid_at
    begun, now = moment(charge.get("created", intent["created"])), timezone.now()
    method = (charge.get("payment_method_details") or {}).get("type", "")
    is_debit = method.endswith(DEBITS) or (known is not None and known.status == "processing")
    return now if is_debit and begun is not None and now - begun < LONGEST_DEBIT else begun


def _payer_of_intent(intent: Object, charge: Object) -> Payer:
    details = charge.get("billing_details") or {}
    return Payer(
        metadata=intent["metadata"],
        customer_id=id_of(intent["customer"]),
        email=details.get("email") or intent["receipt_email"] or "",
        name=details.get("name") or "",
    )

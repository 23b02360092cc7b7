"""What a newsroom's desk has to see to beside the calm months, one or two of each: a card that fails in the days of
grace, disputes, money given back, a double, gifts, a withdrawal. Played in the sandbox and by our own verbs, each at
its hour among the other givers; and at last a tier that costs more, with the letters to those who pay the earlier
price."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from django.db import transaction

from members.accounts.models import Member
from members.patronage.declarations import carry_out_declaration
from members.patronage.declaring import confirm_declaration, declare
from members.patronage.ending import end_support
from members.patronage.fetching import fetch_payment_intent, fetch_subscription, id_of
from members.patronage.giving import begin_gift
from members.patronage.mirroring import mirror_subscription
from members.patronage.models import (
    Declaration,
    Gift,
    GiftLink,
    Payment,
    Price,
    PriceMove,
    RefundRequest,
    Subscription,
    SupportMove,
)
from members.patronage.moving import begin_move, keep_amount, plan_move, sweep_moves
from members.patronage.redeeming import take_gift
from members.patronage.refunding import ask_refund, carry_out_refund
from members.patronage.tiers import Offers, replace_price
from newsroom.lib.money import Money
from newsroom.lib.tokens import hash_token, new_token
from newsroom.site.demo.giving import GOES_ON, RETRIES_OF_STRIPE, Giver, control, let_fail, pay, sell
from newsroom.site.demo.people import add_member

MANAGER = "membership@example.org"
DEARER = {"tier__key": "harbour-master", "currency": "eur", "interval": "month"}
FROM_AMOUNT, TO_AMOUNT = 2500, 2800


def givers(now: datetime) -> list[Giver]:
    """Days ago, who, what they give, and what becomes of it."""
    in_20_days = (now + timedelta(days=20)).date()
    table: list[tuple[float, str, str, tuple[str, int], Any]] = [
        (34, "grace", "Aurel Winterby", ("month", 900), _fail_for_good),
        (33, "grace-2", "Bettine Sandholm", ("month", 400), _fail_for_good),
        (20, "lost", "Corvin Eastlake", ("once", 2000), partial(_dispute, outcome="lost")),
        (6, "dispute", "Desider Molenwerf", ("month", 900), partial(_dispute, reason="fraudulent")),
        (2, "inquiry", "Elvira Reedham", ("once", 5000), partial(_dispute, reason="unrecognized", inquiry=1)),
        (9, "refund", "Floris Ketterby", ("once", 2000), partial(_refund, share=1)),
        (8, "refund-2", "Gudrun Pallister", ("month", 900), partial(_refund, share=3)),
        (7, "twice", "Henrik Osterley", ("month", 400), _give_twice),
        (11, "gift", "Imke Larkwood", ("once", 0), partial(_give_time, to="gift-waits", on=in_20_days)),
        (10, "gift-2", "Jorun Castellaw", ("once", 0), partial(_give_time, to="gift-open")),
        (12, "gift-3", "Kerstin Dovemoor", ("once", 0), partial(_give_time, to="gift-taken", is_taken=True)),
        (4, "withdraw", "Lucjan Harbottle", ("month", 900), partial(_withdraw, is_confirmed=True)),
        (27, "dearer", "Nikander Holtby", ("month", FROM_AMOUNT), _sell),
        (26, "dearer-2", "Oriel Stavemaker", ("month", FROM_AMOUNT), _sell),
        (25, "dearer-3", "Perpetua Quillfeather", ("month", FROM_AMOUNT), _stop),
        (3, "withdraw-2", "Mechthild Orrin", ("month", 400), partial(_withdraw, is_confirmed=False)),
    ]
    return [
        Giver(
            at=(now - timedelta(days=days)).replace(microsecond=0), email=f"{key}@example.org", name=name,
            language="en", frequency=frequency, money=Money(amount, "eur"), fate=GOES_ON, play=play,
        )
        for days, key, name, (frequency, amount), play in table
    ]  # fmt: skip


def _sell(giver: Giver) -> tuple[Member, Payment]:
    member = sell(giver)
    return member, Payment.objects.filter(member=member).latest("id")  # type: ignore[return-value]


def _stop(giver: Giver) -> None:
    member, _payment = _sell(giver)
    end_support(member=member)


def _fail_for_good(giver: Giver) -> None:
    """At the renewal, a few days ago by now."""
    member, _payment = _sell(giver)
    let_fail(member, times=RETRIES_OF_STRIPE)


def _dispute(giver: Giver, *, outcome: str = "", **said: Any) -> None:
    _member, payment = _sell(giver)
    dispute = control(f"charges/{_charge_of(payment)}/dispute", **said)
    if outcome:
        control(f"disputes/{dispute['id']}/end", outcome=outcome)


def _charge_of(payment: Payment) -> str:
    return id_of(fetch_payment_intent(payment.payment_intent_id).data["latest_charge"])


def _refund(giver: Giver, *, share: int) -> None:
    """The whole, or one part in so many."""
    _member, payment = _sell(giver)
    manager = Member.objects.get(email=MANAGER)
    request = ask_refund(
        user=manager, payment=payment, amount=payment.amount // share, reason=RefundRequest.Reason.ASKED, key=uuid4()
    )
    carry_out_refund(request)


def _give_twice(giver: Giver) -> None:
    """Not signed in, and so nobody could know."""
    _sell(giver)
    _sell(giver)


def _give_time(giver: Giver, *, to: str, on: date | None = None, is_taken: bool = False) -> None:
    address = begin_gift(
        member=None, offers=Offers(), tier_key="lantern", months=12, currency="eur",
        recipient_email=f"{to}@example.org", language="en", giver_name=giver.name, hand_over_on=on,
        message="Now you can vote on what they look into next.",
    )  # fmt: skip
    pay(giver, address)
    if is_taken:
        _take(Gift.objects.get(recipient_email=f"{to}@example.org"))


def _take(gift: Gift) -> None:
    token = new_token()
    GiftLink.objects.create(gift=gift, token_hash=hash_token(token))
    take_gift(member=add_member(gift.recipient_email, name="Nele Ostrander"), token=token)


def _withdraw(giver: Giver, *, is_confirmed: bool) -> None:
    member, _payment = _sell(giver)
    declare(kind=Declaration.Kind.WITHDRAW, given=giver.email, language="en", name=giver.name)
    if is_confirmed:
        row = confirm_declaration(declaration=Declaration.objects.get(member=member))
        carry_out_declaration(row)


def seed_price_move() -> None:
    """Once, where the price still is the demo's own. The letters leave when the site is up; one who is written to keeps
    the old amount."""
    price = Price.objects.filter(**DEARER, is_active=True, amount=FROM_AMOUNT).select_related("tier").first()
    if price is None or PriceMove.objects.exists():
        return
    for row in Subscription.objects.filter(**DEARER):  # their events wait until the site is up
        mirror_subscription(fetch_subscription(row.stripe_id))
    manager = Member.objects.get(email=MANAGER)
    with transaction.atomic():
        dearer = replace_price(user=manager, tier=price.tier, money=Money(TO_AMOUNT, "eur"), interval="month")
        if taken := plan_move(dearer).taken:
            begin_move(user=manager, price=dearer, expected=len(taken))
            sweep_moves()
            keep_amount(member=SupportMove.objects.earliest("pk").subscription.member)

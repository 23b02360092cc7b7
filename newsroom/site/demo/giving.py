"""Four months of support, sold through our own checkout while the sandbox's clock passes over them: first payments,
renewals, cards that fail once or for good, people who stop. What the months brought reaches us as it does in life, by
the events that the sandbox sends once the site is up.

The plan is the same at each seeding, and the members say how much of it is done, so that a seeding that was cut short
goes on where it stood.
"""

from __future__ import annotations

import json
import random
import re
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils import timezone

from members.accounts.models import Member
from members.patronage.checkout import open_checkout, take_session
from members.patronage.ending import end_support
from members.patronage.models import Checkout
from newsroom.lib.money import Money

SEED = 4117
DAYS = 120
PEOPLE = 64
NAMES = (
    "Aldous Brinkwater", "Berthe Kolmarr", "Cosmo Vandrick", "Dorte Fennimoor", "Elis Quaymont", "Fulvia Saltersby",
    "Godelief Marren", "Hesper Ollivant", "Ivo Tarrowby", "Jutta Wendelhoek", "Kasimir Lodebar", "Ludmila Strandhof",
    "Maarten Cobbleby", "Nerys Oldacre", "Orla Vinterhaug", "Petro Zahrebelnyi-Mol", "Quirijn Dampier-Loo",
    "Rosalba Tindrum", "Sanne Overkade", "Teofil Harrowgast", "Ulla Mistlethorn", "Vsevolod Kryha-Sad",
    "Wilmot Ashpenny", "Xenia Portagain", "Yngve Saltmarsch", "Zoriana Lystopad-Hai",
)  # fmt: skip
# Frequency, minor units, currency; drawn as often as it stands here.
GIFTS = (
    *[("month", 400, "eur")] * 9, *[("month", 900, "eur")] * 4, ("month", 2500, "eur"), ("month", 700, "eur"),
    ("month", 500, "usd"), ("month", 9900, "uah"), *[("year", 4000, "eur")] * 2, ("year", 9000, "eur"),
    *[("once", 2000, "eur")] * 2, ("once", 1000, "usd"),
)  # fmt: skip
# What becomes of those who give every month; most go on.
FAILS_ONCE, FAILS_FOR_GOOD, STOPS, GOES_ON = "fails once", "fails for good", "stops", "goes on"
FATES = (FAILS_ONCE, FAILS_FOR_GOOD, STOPS, STOPS, *[GOES_ON] * 12)
RETRIES_OF_STRIPE = 4
_SESSION = re.compile(r"cs_test_\w+")


@dataclass(frozen=True)
class Giver:
    """`play` is what they do instead of giving and meeting their fate, at their hour."""

    at: datetime
    email: str
    name: str
    language: str
    frequency: str
    money: Money
    fate: str
    play: Callable[[Giver], None] | None = None


def seed_support(*, now: datetime | None = None, others: Callable[[datetime], list[Giver]] = lambda _now: []) -> int:
    """How many gave just now, those of `others` among them; none when the months have passed already, or without the
    sandbox."""
    if not settings.STRIPE_API_BASE:
        return 0
    now = now or timezone.now()
    if _is_untouched():
        control("clock", to=_stamp(now - timedelta(days=DAYS)), hold=1)
    if _clock() >= now - timedelta(hours=1):
        return 0
    count = 0
    for giver in sorted([*_plan(now), *others(now)], key=lambda giver: giver.at):
        if Member.objects.filter(email=giver.email).exists():
            continue
        if giver.at > _clock():
            control("clock", to=_stamp(giver.at), hold=1)
        (giver.play or _give)(giver)
        count += 1
    control("clock", to="now", hold=1)
    return count


def _plan(now: datetime) -> list[Giver]:
    """More of them the nearer to today."""
    dice = random.Random(SEED)  # noqa: S311  a demo, not a secret
    begins = now - timedelta(days=DAYS)
    moments = sorted(begins + timedelta(days=DAYS - 0.5) * dice.random() ** 0.7 for _ in range(PEOPLE))
    return [_draw(dice, number, moment) for number, moment in enumerate(moments, start=1)]


def _draw(dice: random.Random, number: int, moment: datetime) -> Giver:
    frequency, amount, currency = dice.choice(GIFTS)
    return Giver(
        at=moment.replace(microsecond=0),
        email=f"giver-{number:02d}@example.org",
        name=NAMES[number % len(NAMES)],
        language="uk" if currency == "uah" else "en",
        frequency=frequency,
        money=Money(amount, currency),
        fate=dice.choice(FATES) if frequency == "month" else GOES_ON,
    )


def _give(giver: Giver) -> None:
    """As a reader does: our page, Stripe's page, our page again."""
    member = sell(giver)
    if member is None:
        return
    if giver.fate == STOPS:
        end_support(member=member)
    elif giver.fate != GOES_ON:
        let_fail(member, times=1 if giver.fate == FAILS_ONCE else RETRIES_OF_STRIPE)


def sell(giver: Giver) -> Member | None:
    """Who has paid, as the page of thanks has written it down."""
    address = open_checkout(member=None, frequency=giver.frequency, money=giver.money, language=giver.language)
    return pay(giver, address)


def pay(giver: Giver, address: str) -> Member | None:
    """On Stripe's page at `address`."""
    session_id = _SESSION.search(address)[0]  # type: ignore[index]  # the sandbox's own address
    control(f"sessions/{session_id}/pay", email=giver.email, name=giver.name)
    take_session(session_id)
    Checkout.objects.filter(stripe_id=session_id).update(created_at=giver.at, finished_at=giver.at)
    Member.objects.filter(email=giver.email).update(joined_at=giver.at)
    return Member.objects.filter(email=giver.email).first()


def let_fail(member: Member, *, times: int) -> None:
    subscription = member.subscriptions.get()
    control(f"subscriptions/{subscription.stripe_id}/fail", count=times)


def _is_untouched() -> bool:
    """An empty sandbox may start anywhere; one that has sold something stays where it is."""
    return not any(ask(f"/v1/{what}?limit=1")["data"] for what in ("customers", "products", "checkout/sessions"))


def _clock() -> datetime:
    return datetime.fromtimestamp(ask("/_sandbox/clock")["now"], tz=UTC)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def control(what: str, **values: Any) -> Any:
    return ask(f"/_sandbox/{what}", urlencode(values).encode())


def ask(path: str, form: bytes | None = None) -> Any:
    key = b64encode(f"{settings.STRIPE_SECRET_KEY}:".encode()).decode()
    request = urllib.request.Request(  # noqa: S310  the launcher's own address
        settings.STRIPE_API_BASE + path, data=form, headers={"Authorization": f"Basic {key}"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.load(answer)

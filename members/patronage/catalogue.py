"""Tiers and prices as products and prices at Stripe. Our rows are what is wanted; each says what Stripe was told last,
so that a sweep finds what differs, whoever changed it and whatever died in between.

A price at Stripe is never changed: a new one is made and the old one archived. Running subscriptions go on paying it.
"""

import hashlib

import stripe
from django.db.models import Q, QuerySet
from django.utils import timezone

from members.patronage.checkout import make_product, statement_of_product
from members.patronage.client import asking_stripe, describe, is_unknown, site_id, stripe_api
from members.patronage.errors import PatronageError, StripeRefused, StripeResting
from members.patronage.models import Price, Tier
from members.patronage.sweeping import ask_each
from newsroom.lib.audit import record
from newsroom.lib.holding import is_on_hold

SWEEP_TASK = "members.patronage.tasks.sweep_catalogue"


def is_in_step(tier: Tier) -> bool:
    """Whether Stripe was told all there is to tell of the tier and its prices."""
    if not tier.is_active and not tier.stripe_product_id:
        return True  # never sold
    return tier.stripe_told == _digest(tier) and not _untold(tier).exists()


def sweep_catalogue() -> None:
    """Tells Stripe of each tier that it has not heard of. Safe to run twice: products are made under a key of what they
    say, prices are looked up before they are made, and the rest sets what is set already."""
    if is_on_hold():
        return
    ask_each(Tier.objects.order_by("?"), _tell_if_due, failed="catalogue_refused")


def look_at_products() -> None:
    """What somebody archived or renamed at Stripe's dashboard is told anew by the next sweep: of an archived product
    nothing can be bought. Safe to run twice."""
    if not is_on_hold():
        ask_each(Tier.objects.exclude(stripe_told="").order_by("?"), _look_at_product, failed="catalogue_refused")


def _look_at_product(tier: Tier) -> None:
    try:
        with asking_stripe():
            product = stripe_api().products.retrieve(tier.stripe_product_id)
        is_as_told = (product.name, product.active) == (tier.name, tier.is_active)
    except StripeRefused as error:
        if not is_unknown(error):
            raise
        is_as_told = False
    if not is_as_told:
        Tier.objects.filter(pk=tier.pk).update(stripe_told="")


def _tell_if_due(tier: Tier) -> None:
    if is_in_step(tier):
        return
    try:
        tell_tier(tier)
    except StripeResting:
        raise
    except PatronageError as error:
        Tier.objects.filter(pk=tier.pk).update(stripe_error=f"{error} ({describe(error)})")
        raise


def tell_tier(tier: Tier) -> None:
    """Its product says what the tier says, each offered price exists, each other one is archived. Called outside any
    transaction. Raises StripeResting, StripeRefused, NotConfigured."""
    with asking_stripe():
        _tell_product(tier)
        for price in _untold(tier):
            if price.is_active:
                _make_price(tier, price)
            else:
                _archive_price(price)
    Tier.objects.filter(pk=tier.pk).update(stripe_told=_digest(tier), stripe_error="")
    record("tier.told", actor_label="stripe", target=tier, product=tier.stripe_product_id)


def _wanted(tier: Tier) -> dict[str, object]:
    return {"name": tier.name, "active": tier.is_active, **statement_of_product()}


def _digest(tier: Tier) -> str:
    """Of the product and what it was told: another product has been told nothing."""
    return hashlib.sha256(f"{tier.stripe_product_id}:{_wanted(tier)}".encode()).hexdigest()[:40]


def _untold(tier: Tier) -> QuerySet[Price]:
    """Of a tier that is not offered no price is made: Stripe takes none for a product that is not active."""
    is_new = Q(is_active=True, stripe_price_id="") if tier.is_active else Q(pk=None)
    is_gone = Q(is_active=False, stripe_archived_at__isnull=True) & ~Q(stripe_price_id="")
    return tier.prices.filter(is_new | is_gone).order_by("id")


def _tell_product(tier: Tier) -> None:
    """A product that Stripe does not know (deleted there, or of the other mode) is left behind with its prices."""
    if not tier.stripe_product_id:
        make_product(tier)
    try:
        stripe_api().products.update(tier.stripe_product_id, _wanted(tier))
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing":
            raise
        make_product(tier)
        stripe_api().products.update(tier.stripe_product_id, _wanted(tier))


def _make_price(tier: Tier, price: Price) -> None:
    """Looked up by a key of its own first: Stripe forgets idempotency keys after a day, and lookup keys never."""
    lookup_key = f"{site_id()}:{price.pk}:{tier.stripe_product_id}"
    found = stripe_api().prices.list({"lookup_keys": [lookup_key], "limit": 1}).data
    made = found[0] if found else stripe_api().prices.create(
        {
            "product": tier.stripe_product_id, "currency": price.currency, "unit_amount": price.amount,
            "recurring": {"interval": price.interval}, "lookup_key": lookup_key,
            "metadata": {"newsroom": site_id(), "tier": tier.key, "price": str(price.pk)},
        },
        {"idempotency_key": f"price:{lookup_key}"},
    )  # fmt: skip
    Price.objects.filter(pk=price.pk).update(stripe_price_id=made.id)


def _archive_price(price: Price) -> None:
    stripe_api().prices.update(price.stripe_price_id, {"active": False})
    Price.objects.filter(pk=price.pk).update(stripe_archived_at=timezone.now())

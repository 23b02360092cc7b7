"""Which refused payments are tries at a checkout of ours: the ledger that the breaker counts."""

from datetime import timedelta
from typing import Any

import structlog
from django.db.models import QuerySet
from django.utils import timezone

from members.patronage import mirroring
from members.patronage.checkout import close_session
from members.patronage.defence import breaker
from members.patronage.errors import Foreign
from members.patronage.fetching import Fetched, Object, id_of, moment
from members.patronage.models import Checkout, Decline, StripeCustomer
from members.patronage.payers import checkout_key, is_ours

logger = structlog.get_logger(__name__)

MOST_TRIES = 8  # refused cards on one checkout; then it is closed, and the reader may begin another
LOOK_BACK = timedelta(hours=1)


def take_failed_charge(fetched: Fetched) -> None:
    """`charge.failed`: one per card that was tried. A renewal of ours counts for nothing here. Raises Foreign."""
    charge = fetched.data
    mirroring.check_mode(charge)
    if charge["status"] != "failed" or _note(charge, charge["id"], charge.get("failure_code") or ""):
        return
    if _customer_of(charge) is None:
        raise Foreign("This charge is no try at a checkout of ours.")


def take_failed_intent(fetched: Fetched) -> Any:
    """`payment_intent.payment_failed`: its last charge, which `charge.failed` may have told of; then it is mirrored as
    always. Without a charge (the person did not confirm at the bank) it counts once."""
    intent = fetched.data
    mirroring.check_mode(intent)
    error = intent.get("last_payment_error")
    if intent["status"] == "requires_payment_method" and error:
        _note(intent, id_of(intent["latest_charge"]) or intent["id"], error.get("code") or "")
    return mirroring.mirror_payment_intent(fetched)


def _note(data: Object, stripe_id: str, code: str) -> bool:
    """False when it is not ours. Each is noted once, by whichever event tells of it first."""
    known = Decline.objects.filter(stripe_id=stripe_id).select_related("checkout").first()
    is_known, checkout = (True, known.checkout) if known else _find_checkout(data)
    if is_known and known is None:
        _write(data, stripe_id, code, checkout)
    if checkout is not None:
        _close_after_many(checkout)
    if is_known:
        breaker.watch_declines()
    return is_known


def _write(data: Object, stripe_id: str, code: str, checkout: Checkout | None) -> None:
    """What happened long ago is noted as of then: late events raise no alarm."""
    charge = data.get("latest_charge")
    made = charge["created"] if isinstance(charge, dict) else data["created"]
    declined_at = min(moment(made) or timezone.now(), timezone.now())
    row = Decline(
        stripe_id=stripe_id, checkout=checkout, amount=data["amount"], currency=data["currency"], code=code[:60],
        declined_at=declined_at,
    )  # fmt: skip
    Decline.objects.bulk_create([row], ignore_conflicts=True)


def _find_checkout(data: Object) -> tuple[bool, Checkout | None]:
    """Whether it is a try at a checkout of ours, and at which where that can be said. A single gift's payment bears our
    mark. The first payment of lasting support bears none before it is paid: it is known by the customer or the address
    of a member who has a checkout of that amount open. A renewal belongs to a customer who has none open."""
    if is_ours(data["metadata"]):
        return True, Checkout.objects.filter(key=checkout_key(data["metadata"])).first()
    lasting, customer = _open_for(data), _customer_of(data)
    address = _address_of(data)
    if customer is not None:
        tied = lasting.filter(member=customer.member_id)
    else:
        tied = lasting.filter(member__email__iexact=address) if address else lasting.none()
    found = list(tied.order_by("id")[:2])
    if found:
        return True, found[0] if len(found) == 1 else None
    return customer is None and _may_be_a_visitor_s(data, lasting.filter(member=None)), None


def _may_be_a_visitor_s(data: Object, unnamed: QuerySet[Checkout]) -> bool:
    """Of a charge that belongs to nobody we know nothing says on whose page it was tried: other shops of the account
    have their declines too. Each open checkout of a visitor counts for one, so that an attack elsewhere counts for no
    more than what we have open, and no page is closed for it."""
    alike = Decline.objects.filter(amount=data["amount"], currency=data["currency"], checkout=None)
    return alike.filter(declined_at__gte=timezone.now() - LOOK_BACK).count() < unnamed.count()


def _address_of(data: Object) -> str:
    """As it was typed or fixed on the page."""
    charge = data["latest_charge"] if isinstance(data.get("latest_charge"), dict) else data
    return (charge.get("billing_details") or {}).get("email") or ""


def _customer_of(data: Object) -> StripeCustomer | None:
    customer_id = id_of(data["customer"])
    return StripeCustomer.objects.filter(stripe_id=customer_id).first() if customer_id else None


def _open_for(data: Object) -> QuerySet[Checkout]:
    recent = Checkout.objects.filter(created_at__gte=timezone.now() - LOOK_BACK)
    unpaid = recent.filter(state__in=(Checkout.State.NEW, Checkout.State.OPEN, Checkout.State.EXPIRED))
    lasting = unpaid.exclude(frequency=Checkout.Frequency.ONCE)
    return lasting.filter(amount=data["amount"], currency=data["currency"])


def _close_after_many(checkout: Checkout) -> None:
    """One page at Stripe would else do for any number of cards. Raises StripeResting, and is tried again."""
    if checkout.state == Checkout.State.OPEN and checkout.declines.count() >= MOST_TRIES:
        logger.warning("checkout_closed_after_declines", checkout=checkout.pk)
        close_session(checkout)

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
    """False when it is not ours. What happened long ago is noted as of then: late events raise no alarm."""
    is_known, checkout = _find_checkout(data)
    if not is_known:
        return False
    charge = data.get("latest_charge")
    made = charge["created"] if isinstance(charge, dict) else data["created"]
    declined_at = min(moment(made) or timezone.now(), timezone.now())
    row = Decline(
        stripe_id=stripe_id, checkout=checkout, amount=data["amount"], currency=data["currency"], code=code[:60],
        declined_at=declined_at,
    )  # fmt: skip
    Decline.objects.bulk_create([row], ignore_conflicts=True)
    if checkout is not None:
        _close_after_many(checkout)
    breaker.watch_declines()
    return True


def _find_checkout(data: Object) -> tuple[bool, Checkout | None]:
    """Whether it is a try at a checkout of ours, and at which where that can be said. A single gift's payment bears our
    mark. The first payment of lasting support bears none before it is paid: it is known by its amount among the
    checkouts that are open now. A renewal belongs to a customer who has none open."""
    if is_ours(data["metadata"]):
        return True, Checkout.objects.filter(key=checkout_key(data["metadata"])).first()
    lasting = _open_for(data)
    customer = _customer_of(data)
    if customer is not None:
        lasting = lasting.filter(member=customer.member_id)
    found = list(lasting.order_by("id")[:2])
    return bool(found), found[0] if len(found) == 1 else None


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

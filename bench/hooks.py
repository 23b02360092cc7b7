"""The receipt of a webhook: signed as Stripe signs, stored, a worker woken."""

import hashlib
import hmac
import json
import time

from django.conf import settings
from django.urls import reverse

from bench.ground import Unfit
from bench.rounds import ROUNDS, Load, alternate, post
from bench.table import Figure, compared
from members.patronage.models import StripeEvent

CONNECTIONS = 32
EVENTS = 400  # a side, each round


def measure_receipt(*, site: int, reference: int) -> Figure:
    def ours(number: int) -> float:
        requests = [_event(site, f"evt_{number}_{index}") for index in range(EVENTS)]
        return Load(site, requests, CONNECTIONS, expected="200").send()

    def theirs(number: int) -> float:
        requests = [_bare(reference, f"bare_{number}_{index}") for index in range(EVENTS)]
        return Load(reference, requests, CONNECTIONS, expected="200").send()

    pairs = alternate(ours, theirs)
    stored = StripeEvent.objects.filter(event_id__startswith="evt_", state=StripeEvent.State.WAITING).count()
    if stored != EVENTS * (ROUNDS + 1):
        raise Unfit(f"{EVENTS * (ROUNDS + 1)} events were received, and {stored} wait for a worker.")
    StripeEvent.objects.all().delete()  # nobody sent them: the storm would ask Stripe for each
    return compared("webhook receipt", pairs, unit="events/s", reach=0.6)


def _event(port: int, event_id: str) -> bytes:
    """About as much as Stripe sends for an invoice."""
    invoice = {"id": f"in_{event_id}", "object": "invoice", "lines": {"data": [{"id": f"il_{n}"} for n in range(60)]}}
    event = {
        "id": event_id, "object": "event", "type": "invoice.paid", "api_version": "2026-10-28.endive",
        "livemode": settings.STRIPE_LIVEMODE, "data": {"object": invoice},
    }  # fmt: skip
    body = json.dumps(event, indent=2).encode()
    return post(reverse("stripe-webhook"), port, body, "application/json", Stripe_Signature=_sign(body))


def _sign(body: bytes) -> str:
    """https://docs.stripe.com/webhooks#verify-manually"""
    moment = int(time.time())
    secret = settings.STRIPE_WEBHOOK_SECRET.encode()
    return f"t={moment},v1={hmac.new(secret, f'{moment}.'.encode() + body, hashlib.sha256).hexdigest()}"


def _bare(port: int, event_id: str) -> bytes:
    return post(f"/insert/{event_id}/", port, b"{}", "application/json")

"""Letting go what a restore put on hold, or dropping it."""

from django.db import transaction
from django.db.models import Model, QuerySet

from members.patronage.models import Checkout, StripeEvent
from newsletters.models import Delivery, Edition
from newsroom.lib.audit import record
from newsroom.lib.models import Hold, Letter, Outbox

DROPPED = "Dropped after a restore."


def owed() -> dict[str, QuerySet[Model]]:
    """What would leave, or lead to something leaving, by what it is called."""
    return {
        "letters": Letter.objects.filter(state__in=("queued", "claimed", "handing_over")),
        "newsletters to readers": Delivery.objects.filter(state__in=("queued", "claimed", "handing_over")),
        "newsletters on the schedule": Edition.objects.filter(state=Edition.State.DRAFT, send_at__isnull=False),
        "follow-ups": Outbox.objects.filter(state__in=("waiting", "claimed")),
        "checkouts begun": Checkout.objects.filter(state=Checkout.State.NEW),
        "Stripe events to fetch": StripeEvent.objects.filter(state__in=("waiting", "claimed", "failed")),
    }


def release(*, drop: bool) -> None:
    """The hold ends. With `drop`, mail that was owed when the backup was made is never sent; events of Stripe's are
    always followed, since they only ask how things stand now. Safe to run twice."""
    with transaction.atomic():
        if drop:
            _drop()
        Hold.objects.all().delete()
        record("hold.released", actor_label="operator", dropped=drop)


def _drop() -> None:
    rows = owed()
    rows["letters"].update(state=Letter.State.FAILED, error=DROPPED)
    rows["newsletters to readers"].update(state=Delivery.State.SKIPPED, error=DROPPED)
    rows["newsletters on the schedule"].update(send_at=None)
    rows["follow-ups"].update(state=Outbox.State.FAILED, error=DROPPED)
    rows["checkouts begun"].update(state=Checkout.State.FAILED, error=DROPPED)

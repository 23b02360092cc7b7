"""Rows of the mirror that no sandbox made."""

from django.utils import timezone


def mirrored(stripe_id):
    """What each row of the mirror needs."""
    return {"stripe_id": stripe_id, "fetched_at": timezone.now(), "created_at": timezone.now()}

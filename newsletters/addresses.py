"""Addresses that must get no mail, kept as keyed hashes. The key is one of their own: a hash cannot be made anew under
another, so it must not change when SECRET_KEY does."""

from django.conf import settings
from django.utils.crypto import salted_hmac

from newsletters.models import Suppression


def address_hashes(email: str) -> list[str]:
    """Keyed hashes of the address, which can be compared and not read back: under today's key, then under each that
    was in use before."""
    keys = (settings.SUPPRESSION_KEY, *settings.SUPPRESSION_KEY_FALLBACKS)
    return [_hash("newsletters.suppression", email.strip().lower(), key) for key in keys]


def network_hash(address: str) -> str:
    """Proof of consent says from which network, without keeping its address."""
    return _hash("newsletters.consent", address, settings.SUPPRESSION_KEY)


def _hash(purpose: str, value: str, key: str) -> str:
    return salted_hmac(purpose, value, secret=key, algorithm="sha256").hexdigest()


def suppress(email: str, reason: Suppression.Reason) -> None:
    Suppression.objects.get_or_create(address_hash=address_hashes(email)[0], defaults={"reason": reason})


def is_suppressed(email: str) -> bool:
    return Suppression.objects.filter(address_hash__in=address_hashes(email)).exists()

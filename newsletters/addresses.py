"""Addresses that must get no mail, kept as keyed hashes."""

from django.utils.crypto import salted_hmac

from newsletters.models import Suppression


def address_hash(email: str) -> str:
    """A keyed hash of the address: it can be compared, not read back."""
    return salted_hmac("newsletters.suppression", email.strip().lower(), algorithm="sha256").hexdigest()


def network_hash(address: str) -> str:
    """Proof of consent says from which network, without keeping its address."""
    return salted_hmac("newsletters.consent", address, algorithm="sha256").hexdigest()


def suppress(email: str, reason: Suppression.Reason) -> None:
    Suppression.objects.get_or_create(address_hash=address_hash(email), defaults={"reason": reason})


def is_suppressed(email: str) -> bool:
    return Suppression.objects.filter(address_hash=address_hash(email)).exists()

"""Secrets that stand in mailed links. Whoever reads the database must not be able to use one, so only its hash is kept;
the secret is random and long, and needs no slow hash."""

import secrets
from hashlib import sha256


def new_token() -> str:
    """256 bits, fit for an address."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What is kept of it: 64 hexadecimal digits."""
    return sha256(token.encode()).hexdigest()

"""The form token of the step before a checkout: signed, aged, bound to one browser, good for one checkout.

The support page is the same bytes for everybody, so no token can stand in it; it stands in the uncached page that
answers when more is to be known about whoever sends. Nothing is kept until a token is spent, so that asking for many
costs us no rows.
"""

import secrets
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from hashlib import sha256
from time import time

from django.core import signing
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from members.patronage.models import SpentToken

SALT = "members.patronage.defence"
YOUNGEST = 2  # seconds; nobody reads a page and presses its button faster
OLDEST = 3 * 3600
AHEAD = 60  # seconds by which another machine's clock may be ahead
LONGEST_NONCE = 20


class TokenRefused(Exception):  # noqa: N818
    """The text can be shown to a person; what was typed is kept and a fresh token given."""


class TokenSpent(TokenRefused):
    """It has opened its checkout, and no code makes it good again."""


@dataclass(frozen=True)
class Token:
    """`bits` is the work asked for as a proof; `code` fingerprints the code that was mailed, if one was."""

    key: str
    browser: str
    made_at: int  # seconds since 1970
    bits: int = 0
    code: str = ""

    def __str__(self) -> str:
        return signing.dumps(asdict(self), salt=SALT, compress=True)

    @property
    def age(self) -> float:
        return time() - self.made_at


def new_token(browser: str, *, bits: int = 0) -> Token:
    return Token(key=secrets.token_hex(16), browser=browser, made_at=int(time()), bits=bits)


def with_code(token: Token, fingerprint: str) -> Token:
    """The same token, made anew from now on, with the code that was mailed."""
    return replace(token, made_at=int(time()), code=fingerprint)


def read_token(sent: str, browser: str) -> Token:
    """Raises TokenRefused for one that is not ours, of another browser, too young or too old."""
    try:
        token = Token(**signing.loads(sent, salt=SALT))
    except (signing.BadSignature, TypeError) as error:
        raise TokenRefused(_("This page could not be read. Please press the button once more.")) from error
    if not browser or not constant_time_compare(token.browser, browser):
        raise TokenRefused(
            _("Your browser did not send our cookie back. Allow cookies for this site and press the button once more.")
        )
    if not -AHEAD <= token.age <= OLDEST:
        raise TokenRefused(_("This page was open for a long time. Please press the button once more."))
    return token


def refuse_haste(token: Token) -> None:
    """Raises TokenRefused; `made_at` is a whole second, so that nobody who waited is told so. Of one made by a machine
    whose clock is ahead nothing is known."""
    if 0 <= token.age < YOUNGEST:
        raise TokenRefused(_("That was very quick. Please wait two seconds and press the button once more."))


def is_proof(token: Token, nonce: str) -> bool:
    """SHA-256 of "key.nonce" begins with as many zero bits as the token asks for; a script of ours looks for it."""
    if not token.bits or not nonce or len(nonce) > LONGEST_NONCE:
        return False
    found = sha256(f"{token.key}.{nonce}".encode()).digest()
    return int.from_bytes(found) >> (256 - token.bits) == 0


def spend(token: Token) -> None:
    """Raises TokenSpent for one that was spent before; of several at once one is the first."""
    _row, is_first = SpentToken.objects.get_or_create(key=token.key)
    if not is_first:
        raise TokenSpent(_("This page has been sent before. To give once more, press the button again."))


def forget_spent() -> None:
    """What is too old to be sent again need not be remembered."""
    SpentToken.objects.filter(spent_at__lt=timezone.now() - timedelta(days=2)).delete()

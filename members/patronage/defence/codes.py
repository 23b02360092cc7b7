"""The check by mail: a code to the address that somebody typed, for whoever has no script or would rather read mail."""

import secrets
from datetime import timedelta

from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from members.patronage.defence.tokens import Token, TokenRefused, with_code
from newsroom.lib.letters import write_letter
from newsroom.lib.limits import (
    CHECKOUT_CODES,
    CHECKOUT_CODES_OF_NETWORK,
    CHECKOUT_TRIES,
    count_against,
)

CODE_LASTS = timedelta(minutes=15)
LETTER = "members/checkout_code"


def send_code(*, token: Token, email: str, language: str, network: str) -> Token:
    """Mails a fresh code and answers the token that knows it; an earlier one's code is worth nothing with it. Raises
    TooMany and Unavailable."""
    count_against(CHECKOUT_CODES_OF_NETWORK, network)
    count_against(CHECKOUT_CODES, plain_address(email))
    code = f"{secrets.randbelow(10**6):06}"
    write_letter(
        LETTER, cause=f"checkout-code:{token.key}:{secrets.token_hex(4)}", to_email=email, language=language,
        context={"code": code, "minutes": int(CODE_LASTS.total_seconds() // 60)},
        is_urgent=True, expires_at=timezone.now() + CODE_LASTS,
    )  # fmt: skip
    return with_code(token, _fingerprint(token, email, code))


def check_code(*, token: Token, email: str, code: str) -> None:
    """Raises TokenRefused for a wrong or old code, and TooMany: five tries to a token, whoever counts on luck."""
    count_against(CHECKOUT_TRIES, token.key)
    is_old = token.age > CODE_LASTS.total_seconds()
    typed = "".join(code.split())
    if is_old or not token.code or not constant_time_compare(token.code, _fingerprint(token, email, typed)):
        raise TokenRefused(_("This code is wrong or too old. Look at the newest mail, or ask for another code."))


def plain_address(email: str) -> str:
    """As it is counted: in small letters and without what stands after a plus, of which one mailbox has any number."""
    local, _at, domain = email.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _fingerprint(token: Token, email: str, code: str) -> str:
    value = f"{token.key}:{email.strip().lower()}:{code}"
    return salted_hmac("members.patronage.defence.codes", value, algorithm="sha256").hexdigest()

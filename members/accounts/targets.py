"""Where a reader was going before the door. Such an address may be worth money (a gift's is), so that our tables hold
it only sealed, under the token of the mailed link; the browser that asked keeps it in a cookie of the door's."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from allauth.account.adapter import get_adapter
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

COOKIE = "sign_in_target"
LONGEST = 2000  # characters; browsers drop a cookie past 4 KB


def seal_target(target: str, *, token: str) -> str:
    """To be opened by the token alone, of which we keep the hash. Nothing for nothing."""
    return _lock(token).encrypt(target.encode()).decode() if target else ""


def open_target(sealed: str, *, token: str) -> str:
    """Nothing where it was sealed under another token, or not at all."""
    try:
        return _lock(token).decrypt(sealed).decode()
    except InvalidToken:
        return ""


def _lock(token: str) -> Fernet:
    return Fernet(urlsafe_b64encode(sha256(b"target:" + token.encode()).digest()))


def remember_target(response: HttpResponseBase, target: str) -> None:
    """For the pages of the door in this language, while a code is good; nothing forgets the one before."""
    if not target or len(target) > LONGEST:
        forget_target(response)
    else:
        response.set_cookie(
            COOKIE, target, max_age=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT, path=reverse("account_login"),
            httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip


def remembered_target(request: HttpRequest) -> str:
    """An address of this site, or nothing."""
    target = request.COOKIES.get(COOKIE, "")
    return target if target and get_adapter(request).is_safe_url(target) else ""


def forget_target(response: HttpResponseBase) -> None:
    response.delete_cookie(COOKIE, path=reverse("account_login"), samesite="Lax")

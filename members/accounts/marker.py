"""The constant sign-in marker: a cookie that says only that somebody is signed in here, so that a page which is the
same for everybody asks for its reader's fragment. It opens nothing."""

from django.conf import settings
from django.http.response import HttpResponseBase

COOKIE = "signed_in"


def set_marker(response: HttpResponseBase) -> None:
    response.set_cookie(
        COOKIE, "1", max_age=settings.SESSION_COOKIE_AGE, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax"
    )


def clear_marker(response: HttpResponseBase) -> None:
    response.delete_cookie(COOKIE, samesite="Lax")

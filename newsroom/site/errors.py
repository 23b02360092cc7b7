"""Pages for what went wrong: each says what happened and what to do, and loses nothing that was typed elsewhere."""

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _
from django_redis.exceptions import ConnectionInterrupted
from psycopg_pool import PoolTimeout
from redis import RedisError

from newsroom.lib.languages import language_of_path
from newsroom.lib.limits import TooMany, Unavailable
from newsroom.lib.media_storage import is_disk_full
from newsroom.lib.requests import FromElsewhere
from newsroom.site.error_pages import PAGES, render_error

logger = structlog.get_logger(__name__)

Page = Callable[..., HttpResponse]
RESTING = (Unavailable, RedisError, ConnectionInterrupted, OperationalError, InterfaceError, PoolTimeout)


def _answer(status: int, **other: Any) -> HttpResponse:
    """The table's page, with another title or sentence where a case has its own."""
    html = render_error(status, replace(PAGES[status], **other))
    return HttpResponse(html, status=status, headers={"Cache-Control": "no-store"})


def _in_its_language(page: Page) -> Page:
    """What is refused before the language of the path was looked at is still answered in it."""

    @wraps(page)
    def speaking(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        with translation.override(language_of_path(request.path_info)):
            return page(request, *args, **kwargs)

    return speaking


@_in_its_language
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(400)


@_in_its_language
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, FromElsewhere):
        return _answer(403, sentence=str(exception), is_sign_in_useful=False)
    return _answer(403)


@_in_its_language
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    sentence = _("Go back, reload the page and send it again. Nothing was changed.")
    return _answer(403, title=_("This form has expired"), sentence=sentence, is_sign_in_useful=False)


@_in_its_language
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(404)


@_in_its_language
def server_error(request: HttpRequest) -> HttpResponse:
    """Django answers here for what a middleware raised too, which no `process_exception` sees."""
    error = sys.exc_info()[1]
    if isinstance(error, RESTING):
        return resting(request)
    if is_disk_full(error):
        return disk_full(request)
    return _answer(500)


@_in_its_language
def resting(request: HttpRequest) -> HttpResponse:
    response = _answer(503)
    response.headers["Retry-After"] = "60"
    return response


@_in_its_language
def disk_full(request: HttpRequest) -> HttpResponse:
    """A large file does not even reach the view: the server lays it down while it reads the form."""
    return _answer(507)


class CalmErrorsMiddleware:
    """Limits and resting parts as pages instead of 500s."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, TooMany):
            response = _answer(429, sentence=str(exception))
            response.headers["Retry-After"] = str(exception.seconds)
            return response
        if isinstance(exception, RESTING):
            logger.warning("part_resting", error=type(exception.__cause__ or exception).__name__)
            return resting(request)
        if is_disk_full(exception):
            logger.error("disk_full", path=request.path)
            return disk_full(request)
        return None

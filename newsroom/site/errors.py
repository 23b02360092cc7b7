"""Pages for what went wrong: each says what happened and what to do, and loses nothing that was typed elsewhere."""

import sys
from collections.abc import Callable
from functools import wraps

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django_redis.exceptions import ConnectionInterrupted
from psycopg_pool import PoolTimeout
from redis import RedisError

from newsroom.lib.languages import language_of_path
from newsroom.lib.limits import TooMany, Unavailable
from newsroom.lib.media_storage import is_disk_full
from newsroom.lib.requests import FromElsewhere

logger = structlog.get_logger(__name__)

Page = Callable[..., HttpResponse]
RESTING = (Unavailable, RedisError, ConnectionInterrupted, OperationalError, InterfaceError, PoolTimeout)


def _page(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    """Without the site's own data: it must show while the database is down."""
    context = {"status": status, "title": title, "sentence": sentence}
    try:
        html: str = render_to_string("errors/error.html", context)
    except TemplateDoesNotExist:
        html = f"{title}. {sentence}"
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
    return _page(request, 400, _("We could not read that"), _("Please go back and try once more."))


@_in_its_language
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    general = _("If you think it should be, sign in or write to the newsroom.")
    sentence = str(exception) if isinstance(exception, FromElsewhere) else general
    return _page(request, 403, _("This is not open to you"), sentence)


@_in_its_language
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(
        request, 403, _("This form has expired"), _("Go back, reload the page and send it again. Nothing was changed.")
    )


@_in_its_language
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(
        request, 404, _("There is nothing at this address"),
        _("The story may have moved, or the address has a slip in it. The front page and the search may help."),
    )  # fmt: skip


@_in_its_language
def server_error(request: HttpRequest) -> HttpResponse:
    """Django answers here for what a middleware raised too, which no `process_exception` sees."""
    error = sys.exc_info()[1]
    if isinstance(error, RESTING):
        return resting(request)
    if is_disk_full(error):
        return disk_full(request)
    return _page(
        request, 500, _("Something broke on our side"), _("We have been told. Please try again in a few minutes.")
    )


@_in_its_language
def resting(request: HttpRequest) -> HttpResponse:
    response = _page(
        request, 503, _("Part of the site is resting"),
        _("Reading goes on; signing in and giving wait. Please try again in a few minutes."),
    )  # fmt: skip
    response.headers["Retry-After"] = "60"
    return response


@_in_its_language
def disk_full(request: HttpRequest) -> HttpResponse:
    """A large file does not even reach the view: the server lays it down while it reads the form."""
    return _page(
        request, 507, _("There is no room for this file"),
        _("The disk is full, so the file was not kept. Nothing else was changed. Please tell whoever runs this site."),
    )  # fmt: skip


class CalmErrorsMiddleware:
    """Limits and resting parts as pages instead of 500s."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, TooMany):
            response = _page(request, 429, _("A little slower, please"), str(exception))
            response.headers["Retry-After"] = "300"
            return response
        if isinstance(exception, RESTING):
            logger.warning("part_resting", error=type(exception).__name__)
            return resting(request)
        if is_disk_full(exception):
            logger.error("disk_full", path=request.path)
            return disk_full(request)
        return None

"""The language stands in the path: the main one without prefix, others under `/<code>/`. Accept-Language is never
asked, so that an address means the same bytes to everybody."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation


def main_language() -> str:
    return settings.LANGUAGE_CODES[0]


def language_of_path(path: str) -> str:
    """The language that an address of ours stands for.

    >>> language_of_path("/uk/feed/")
    'uk'
    """
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    return first if first in settings.LANGUAGE_CODES[1:] else main_language()


def language_name(code: str) -> str:
    return dict(settings.LANGUAGES).get(code, code)


class PathLanguageMiddleware:
    """Activates the language of the path for the request and for no longer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = language_of_path(request.path_info)
        with translation.override(language):
            request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

"""Middleware that sends what `header_policy` declares."""

from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from newsroom.lib.header_policy import HSTS, SECURITY_HEADERS


class SecurityHeadersMiddleware:
    """Outermost, so that static files and errors carry the headers too, also those of a middleware that no view and no
    other policy has seen."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.SECURE_HSTS_SECONDS:
            response.headers.setdefault("Strict-Transport-Security", HSTS)
        if response.headers.get("Content-Type", "").startswith("text/html") and HEADER not in response.headers:
            response.headers[HEADER] = build_policy()
        return response


class ContentPolicyMiddleware(CSPMiddleware):  # type: ignore[misc]  # django-csp ships no types
    """The strict policy everywhere, the desk's own under /admin/."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path.startswith("/admin/"):
            response._csp_replace = settings.DESK_CONTENT_POLICY  # type: ignore[attr-defined]
        return super().process_response(request, response)

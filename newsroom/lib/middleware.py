"""Health before everything else: no session, no host check, no database for /livez/."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from newsroom.lib import health


class HealthMiddleware:
    """`/livez/` says that this process answers; `/healthz/` names each part and is 200 when all are up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/livez/":
            return HttpResponse("alive\n", content_type="text/plain")
        if request.path == "/healthz/":
            parts = health.check_parts()
            is_well = all(state == "up" for state in parts.values())
            return JsonResponse(parts, status=200 if is_well else 503, headers={"Cache-Control": "no-store"})
        return self.get_response(request)

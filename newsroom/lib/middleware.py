"""What is done before everything else: health, and turning away requests that nothing here could read."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from newsroom.lib import health


class HealthMiddleware:
    """`/livez/` says that this process answers, without session, host check or database; `/healthz/` names each part
    and is 200 when all are up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/livez/":
            return HttpResponse("alive\n", content_type="text/plain")
        if request.path == "/healthz/":
            parts = health.check_parts()
            is_well = all(state == "up" for state in parts.values())
            notes = health.read_notes() if parts["redis"] == "up" else {}
            said = {**parts, **({"notes": notes} if notes else {})}
            return JsonResponse(said, status=200 if is_well else 503, headers={"Cache-Control": "no-store"})
        return self.get_response(request)


class ReadableRequestMiddleware:
    """Refuses a NUL in the address or in a cookie: no browser sends one, and PostgreSQL cannot look for it. Raises
    BadRequest."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sent = (request.path_info, *request.COOKIES.values())
        if "%00" in request.META.get("QUERY_STRING", "") or any("\0" in text for text in sent):
            raise BadRequest("There is a NUL in the address or in a cookie.")
        return self.get_response(request)

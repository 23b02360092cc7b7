"""Facts about the request that reached us: the client's address behind proxies, and where a form came from."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponse]


def client_address(request: HttpRequest) -> str:
    """The address of whoever spoke to our outermost proxy; with no proxy of ours, the peer's."""
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        if len(hops) >= settings.TRUSTED_PROXIES:
            return hops[-settings.TRUSTED_PROXIES]
    return request.META.get("REMOTE_ADDR", "")


def came_from_our_page(request: HttpRequest) -> bool:
    """Fetch metadata first; else Origin against our host. A browser that sends neither on a POST is not one we know.

    https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc == request.get_host()


def public_form(view: View) -> View:
    """For a form on a public page: those pages are the same bytes for everyone and hold no CSRF token, so a POST is
    accepted only from a page of ours. Raises PermissionDenied otherwise."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method == "POST" and not came_from_our_page(request):
            raise PermissionDenied("This form was sent from another site.")
        return view(request, *args, **kwargs)

    return guarded

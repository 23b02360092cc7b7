"""Facts about the request that reached us: the client's address behind proxies, and where a form came from."""

import ipaddress
from collections.abc import Callable
from functools import wraps
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponse]


class FromElsewhere(PermissionDenied):
    """A public form that was not sent from a page of ours. The text can be shown to a person."""


def client_address(request: HttpRequest) -> str:
    """The address of whoever spoke to our outermost proxy; with no proxy of ours, the peer's."""
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        if len(hops) >= settings.TRUSTED_PROXIES:
            return hops[-settings.TRUSTED_PROXIES]
    return request.META.get("REMOTE_ADDR", "")


def client_network(request: HttpRequest) -> str:
    """The client's address, or the /64 it lies in: an IPv6 household has that many addresses to itself."""
    address = client_address(request)
    try:
        is_v6 = ipaddress.ip_address(address).version == 6
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{address}/64", strict=False)) if is_v6 else address


def came_from_our_page(request: HttpRequest) -> bool:
    """Fetch metadata first; else Origin against our host. A browser that sends neither on a POST is not one we know.

    https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    ours = {request.get_host(), urlsplit(settings.SITE_URL).netloc}  # a proxy may hand on a name of its own
    return origin is not None and split_address(origin).netloc in ours


def split_address(text: str) -> SplitResult:
    """The parts of an address that a client sent; all are empty when it is none."""
    try:
        return urlsplit(text)
    except ValueError:
        return urlsplit("")


def public_form(view: View) -> View:
    """For a form on a public page: those pages are the same bytes for everyone and hold no CSRF token, so a POST is
    accepted only from a page of ours. Raises FromElsewhere otherwise."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method == "POST" and not came_from_our_page(request):
            raise FromElsewhere(_("This form was not sent from a page of ours. Open the page here and send it again."))
        return view(request, *args, **kwargs)

    return guarded

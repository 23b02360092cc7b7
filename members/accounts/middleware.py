"""The desk's second lock, and who was seen. allauth asks for a factor where one exists, but no setting of it demands
that one exists."""

from collections.abc import Callable

import structlog
from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from members.accounts.browsers import note_browser
from members.accounts.factors import has_factor, is_enrolment_closed, locked_out_sentence, passed_second_factor
from members.accounts.models import Member

logger = structlog.get_logger(__name__)

DESK = "/admin/"
DOORS = ("/admin/login/", "/admin/logout/")


class StaffSecondFactorMiddleware:
    """Staff enter the desk only with a session in which a second factor was passed. Others are not asked: the desk
    itself turns them away."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path.startswith(DESK) and path not in DOORS and request.user.is_staff and not passed_second_factor(request):
            return _send_to_factor(request)
        return self.get_response(request)


class SignedInBrowserMiddleware:
    """Notes when a session was last used, after answers for which somebody asked who reads. Costs no query within the
    hour."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        reader = getattr(request, "_cached_user", None)  # Django's, once `request.user` was looked at
        if isinstance(reader, Member) and request.user == reader:
            try:
                note_browser(request, reader)
            except DatabaseError:  # the answer is made already, and the next request notes it
                logger.warning("browser_not_noted", exc_info=True)
        return response


def _send_to_factor(request: HttpRequest) -> HttpResponseRedirect:
    if is_enrolment_closed(request):
        messages.error(request, locked_out_sentence())
        return redirect("mfa_index")
    if not has_factor(request.user):  # type: ignore[arg-type]
        messages.warning(request, _("The desk asks for a second factor. Set up a passkey or an app, then come back."))
        return redirect("mfa_index")
    method = get_adapter(request).get_reauthentication_methods(request.user)[0]
    return HttpResponseRedirect(f"{method['url']}?{urlencode({'next': _way_back(request)})}")


def _way_back(request: HttpRequest) -> str:
    return request.get_full_path() if request.method in ("GET", "HEAD") else reverse("admin:index")

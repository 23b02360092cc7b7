"""The second factor: who has one, and whether this session passed it."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.internal.flows.trust import is_trusted_browser
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from members.accounts.models import Member

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
STAFF_LINK_METHOD = "staff_link"
STAFF_LINK_COUNTS = 15 * 60  # seconds; as long as a re-authentication (ACCOUNT_REAUTHENTICATION_TIMEOUT)


def has_factor(member: Member) -> bool:
    return Authenticator.objects.filter(user=member, type__in=FACTORS).exists()


def passed_second_factor(request: HttpRequest) -> bool:
    """Whether this session may enter the desk: a factor that still stands was passed in it (a passkey counts alone),
    or the device is remembered, or a staff link opened it a quarter of an hour ago or less."""
    member: Any = request.user
    if is_fresh_staff_link(request):
        return True
    records = get_authentication_records(request, member)
    passed = [record["id"] for record in records if record["method"] == "mfa" and "id" in record]
    if passed and Authenticator.objects.filter(user=member, pk__in=passed).exists():
        return True
    return has_factor(member) and is_trusted_browser(request, member)


def is_fresh_staff_link(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)  # type: ignore[arg-type]
    return any(
        record["method"] == STAFF_LINK_METHOD and time.time() - record["at"] < STAFF_LINK_COUNTS for record in records
    )


def is_enrolment_closed(request: HttpRequest) -> bool:
    """Staff who were locked out prove themselves to a person first: whoever reads their mail must not be able to
    enrol a factor of their own."""
    member: Any = request.user
    is_locked = member.is_staff and member.locked_out_at is not None
    return is_locked and not has_factor(member) and not is_fresh_staff_link(request)


def enrolling(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For allauth's views that add a factor. Whoever has just shown that the new one works has passed it: without
    this they would be asked for it again before they see their recovery codes."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_enrolment_closed(request):
            messages.error(request, locked_out_sentence())
            return redirect("mfa_index")
        factors = Authenticator.objects.filter(user=request.user.pk, type__in=FACTORS)
        before = set(factors.values_list("pk", flat=True))
        response = view(request, *args, **kwargs)
        if request.method == "POST" and (new := factors.exclude(pk__in=before).first()) is not None:
            record_authentication(request, new.user, "mfa", id=new.pk, type=new.type, reauthenticated=True)
        return response

    return guarded


def locked_out_sentence() -> str:
    return _("This account was locked. Ask a publisher for a sign-in link; with it you can set up a second factor.")

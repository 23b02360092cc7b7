"""Behind the link in the sign-in mail. Mail scanners open links and follow where they lead, but press no button."""

import re
from typing import Any

from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from django.conf import settings
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from members.accounts.addresses import prove_address
from members.accounts.errors import AccountError
from members.accounts.models import SignInLink
from members.accounts.sign_in_links import LINK_LASTS, find_sign_in_link, over, use_sign_in_link
from members.accounts.targets import remember_target
from newsroom.lib.limits import SIGN_IN, limited

COOKIE = "sign_in_link"
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # as `new_token` makes them, and as a cookie can hold
PENDING_LASTS = 3600  # seconds a session lives that holds no more than a sign-in under way


@never_cache
@require_safe
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """Takes the token out of the address, so that no history, bar or link of the next page holds it, and spends
    nothing. It goes by a cookie for that page alone: a form there could not be sent under `no-referrer`, which makes
    browsers send `Origin: null`."""
    if not TOKEN.fullmatch(token):
        raise Http404
    page = reverse("account_sign_in_by_link")
    response = redirect(page)
    response.set_cookie(
        COOKIE, token, max_age=int(LINK_LASTS.total_seconds()), path=page, httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(SIGN_IN)
def sign_in_by_link(request: HttpRequest) -> HttpResponse:
    """GET names the address and shows one button; POST signs in, here, whichever browser asked."""
    if request.method == "POST":
        try:
            link = use_sign_in_link(token=request.POST.get("token", ""))
        except AccountError as error:
            return _show(request, error=str(error))
        response = _enter(request, link)
        response.delete_cookie(COOKIE, path=request.path, samesite="Lax")
        return response
    token = request.COOKIES.get(COOKIE, "")
    found = find_sign_in_link(token)
    if found is None:
        return _show(request, error=str(over()))
    return _show(request, email=found.email, token=token)


def _show(request: HttpRequest, *, error: str = "", **context: Any) -> HttpResponse:
    status = 410 if error else 200
    return render(request, "account/sign_in_link.html", {"error": error, **context}, status=status)


def _enter(request: HttpRequest, link: SignInLink) -> HttpResponse:
    """As by the code, by allauth's own flow: whoever has a second factor is asked for it. Told of the target, allauth
    would keep it in the session meanwhile."""
    if request.user.is_authenticated:
        if request.user.pk == link.member_id:
            return redirect(link.target or "account")
        logout(request)
    clear_login(request)
    request.session.set_expiry(PENDING_LASTS)
    prove_address(member=link.member)
    response: HttpResponse = _code_process(request, link).finish(None)
    if not request.user.is_authenticated:
        remember_target(response, link.target)
    elif link.target:
        response.headers["Location"] = link.target
    return response


def _code_process(request: HttpRequest, link: SignInLink) -> LoginCodeVerificationProcess:
    """What allauth has in hand when the right code was typed."""
    login = Login(user=link.member, email=link.email)
    login.state["stages"] = {"current": LoginByCodeStage.key}
    stage = LoginByCodeStage(LoginStageController(request, login), request, login)
    stage.state.update(LoginCodeVerificationProcess.initial_state(user=link.member, email=link.email))
    stage.state["initiated_by_user"] = True
    return LoginCodeVerificationProcess(stage=stage)

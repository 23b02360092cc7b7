"""The views that compose several apps: the front, the account page, the fragment of the signed-in reader."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from members.accounts.browsers import signed_in_browsers
from members.accounts.models import Member
from members.patronage.dunning import owing_subscription
from members.patronage.rights import current_period
from members.voting.showing import my_votes
from newsroom.lib.colours import NIGHT, PAPER, mend
from newsroom.lib.page_cache import public_page
from newsroom.lib.site_settings import site_settings
from newsroom.site.account import account_sentences
from newsroom.site.home import build_home

MARKER_COOKIE = "signed_in"


@require_safe
@public_page
def home(request: HttpRequest) -> HttpResponse:
    language = get_language() or settings.LANGUAGE_CODE
    request.translations = {  # type: ignore[attr-defined]
        code: "/" if code == settings.LANGUAGE_CODE else f"/{code}/" for code in settings.LANGUAGE_CODES
    }
    return render(request, "articles/home.html", build_home(language))


@require_safe
@never_cache
def me(request: HttpRequest) -> HttpResponse:
    """What is personal on a public page. Only a browser with the sign-in marker asks; one whose session has ended
    gets nothing and loses the marker."""
    if not isinstance(request.user, Member):
        response = HttpResponse("")
        response.delete_cookie(MARKER_COOKIE)
        return response
    period = current_period(request.user)
    is_owing = (period is None or period.is_grace) and owing_subscription(request.user) is not None
    context = {"member": request.user, "period": period, "is_owing": is_owing, "votes": my_votes(request.user)}
    return render(request, "_me.html", context)


@require_safe
@public_page
def theme_css(request: HttpRequest) -> HttpResponse:
    """The newsroom's accent, mended until it can be read on paper and by night."""
    accent = site_settings().accent
    css = (
        f":root{{--accent:{mend(accent, PAPER)}}}"
        f"@media (prefers-color-scheme:dark){{:root{{--accent:{mend(accent, NIGHT)}}}}}"
    )
    return HttpResponse(css, content_type="text/css; charset=utf-8")


@login_required
@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    member: Any = request.user
    context = {**account_sentences(member), "browsers": signed_in_browsers(member, request.session)}
    return render(request, "members/account.html", context)


@require_safe
def desk_login(request: HttpRequest) -> HttpResponse:
    """The desk has no door of its own: everybody signs in at one, staff pass a second factor as well."""
    target = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = reverse("admin:index")
    if request.user.is_authenticated:
        return redirect(target if getattr(request.user, "is_staff", False) else "account")
    return redirect_to_login(target, reverse("account_login"))

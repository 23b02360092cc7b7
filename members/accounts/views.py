"""The door and what stands around it. Every page here is of one person and never cached."""

from typing import Any

from allauth.account import views as allauth_views
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.internal.stagekit import clear_login
from allauth.account.internal.templatekit import get_entrance_context_data
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.account.utils import get_next_redirect_url, passthrough_next_redirect_url
from allauth.mfa.base import views as mfa_views
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from members.accounts.addresses import admit_address, find_member, prove_address
from members.accounts.browsers import note_browser, sign_out_browser, signed_in_since
from members.accounts.correcting import find_address_change, prove_new_address
from members.accounts.errors import AccountError
from members.accounts.factors import STAFF_LINK_METHOD
from members.accounts.forms import SignInForm
from members.accounts.link_views import PENDING_LASTS
from members.accounts.locking import sign_out_everywhere
from members.accounts.marker import clear_marker, set_marker
from members.accounts.models import SignedInBrowser
from members.accounts.owning import get_owned_or_404
from members.accounts.sign_in_links import end_sign_in_link, spend_code
from members.accounts.staff_links import find_staff_link, use_staff_link
from members.accounts.targets import remember_target, remembered_target
from newsroom.lib.limits import SIGN_IN, Limit, count_against, limited

# Three tries to a code and a code's one in a million: forty codes a day leave a guesser 0.01 % a day, for one address.
CODES = Limit("sign-in-codes", 6, 600)
CODES_A_DAY = Limit("sign-in-codes-a-day", 40, 86_400)
TRIES = Limit("sign-in-tries", 5, 600)  # allauth counts three in the session, which parallel requests could outrun


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(SIGN_IN)
def sign_in(request: HttpRequest) -> HttpResponse:
    """One door: the answer and the mail are the same for an address we know and one we do not, which becomes a member
    when the code is entered. Whoever comes back while a code is on its way (a phone forgets its tabs over the mail) is
    asked for that one, unless they say `other`."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(get_next_redirect_url(request) or reverse("account"))
    if request.method != "POST" and "other" not in request.GET and _is_code_pending(request):
        return _to_code(request)
    form = SignInForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        _send_code(request, form.cleaned_data["email"])
        response = _redirect_with_next(request, "account_confirm_login_code")
        remember_target(response, get_next_redirect_url(request) or "")
        return response
    return render(request, "account/login.html", _door_context(request, form), status=422 if form.is_bound else 200)


def _is_code_pending(request: HttpRequest) -> bool:
    stage = LoginStageController.enter(request, LoginByCodeStage.key)
    return stage is not None and LoginCodeVerificationProcess.resume(stage) is not None


def _to_code(request: HttpRequest) -> HttpResponseRedirect:
    """With where the reader was going when they asked for the code, unless they are going elsewhere by now."""
    target = get_next_redirect_url(request) or remembered_target(request)
    query = "?" + urlencode({"next": target}) if target else ""
    return HttpResponseRedirect(reverse("account_confirm_login_code") + query)


def _send_code(request: HttpRequest, email: str) -> None:
    _count_code(email)
    member = admit_address(email=email, language=get_language() or settings.LANGUAGE_CODE)
    clear_login(request)
    request.session.set_expiry(PENDING_LASTS)
    LoginCodeVerificationProcess.initiate(request=request, user=member, email=email)


def _count_code(email: str) -> None:
    count_against(CODES, email)
    count_against(CODES_A_DAY, email)


def _door_context(request: HttpRequest, form: Form) -> dict[str, Any]:
    target = get_next_redirect_url(request)
    entrance = get_entrance_context_data(request)
    del entrance["site"]
    hidden = format_html('<input type="hidden" name="next" value="{}">', target) if target else ""
    return {**entrance, "form": form, "redirect_field": hidden, "redirect_field_value": target or ""}


def _redirect_with_next(request: HttpRequest, name: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(passthrough_next_redirect_url(request, reverse(name), "next"))


class OurSite:
    """For allauth's views of somebody who is not signed in yet: their idea of `site` would hide ours."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        context.pop("site", None)
        return context


class AccountClosedView(OurSite, allauth_views.AccountInactiveView):  # type: ignore[misc]
    pass


class PassFactorView(OurSite, mfa_views.AuthenticateView):  # type: ignore[misc]
    pass


class TrustDeviceView(OurSite, mfa_views.TrustView):  # type: ignore[misc]
    pass


class ConfirmCodeView(OurSite, allauth_views.ConfirmLoginCodeView):  # type: ignore[misc]
    """allauth's, with tries counted where parallel requests cannot outrun them, and a word to whoever comes too late or
    with another browser."""

    is_refused = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        if getattr(response, "url", "") != reverse("account_request_login_code"):
            return response
        if not self.is_refused:
            messages.error(
                request,
                _("A code is good once, for ten minutes, in the browser that asked for it. Ask for a new one here."),
            )
        return _redirect_with_next(request, "account_login")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        state = self._process.state
        if self._action == "resend":
            if self._has_moved():
                self._process.abort()
                return redirect("account_request_login_code")
            _count_code(state["email"])
        else:
            count_against(TRIES, f"{state['email']}:{state['at']}")
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Form) -> HttpResponse:
        if self._action == "verify" and self._process.user is not None:
            if not spend_code(session=self.request.session, member=self._process.user):
                self._process.abort()
                return redirect("account_request_login_code")
            prove_address(member=self._process.user)
        return super().form_valid(form)

    def get_next_url(self) -> None:
        """Told, allauth would keep it in the session while a second factor is asked for. Whoever is signed in at once
        is led by the request's own, the others by `remembered_target`."""

    def _has_moved(self) -> bool:
        """Whoever asked for the code has another address since: the one it went to may be anybody's."""
        member = self._process.user
        return member is not None and find_member(self._process.state["email"]) != member

    def form_invalid(self, form: Form) -> HttpResponse:
        self.is_refused = True
        response: HttpResponse = super().form_invalid(form)
        if response.status_code == 302:  # that was the last try
            end_sign_in_link(session=self.request.session)
        return response


@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """GET asks, POST does."""
    response: HttpResponse = allauth_views.logout(request)
    if not request.user.is_authenticated:
        clear_marker(response)
    return response


@login_required
@never_cache
@require_POST
def sign_out_everywhere_else(request: HttpRequest) -> HttpResponse:
    member: Any = request.user
    since = signed_in_since(request)
    sign_out_everywhere(user=member)
    update_session_auth_hash(request, member)
    note_browser(request, member, signed_in_at=since)
    messages.success(request, _("You are signed out everywhere but here."))
    return redirect("account")


@login_required
@never_cache
@require_POST
def sign_out_one(request: HttpRequest, pk: int) -> HttpResponse:
    """One of one's other browsers; for this one it is signing out."""
    member: Any = request.user
    browser = get_owned_or_404(SignedInBrowser.objects.all(), member, pk=pk)
    if browser.session_key == request.session.session_key:
        return sign_out(request)
    sign_out_browser(user=member, browser=browser)
    messages.success(request, _("That browser is signed out."))
    return redirect("account")


@login_required
@never_cache
def reauthenticate(request: HttpRequest) -> HttpResponse:
    """To the factor that can be asked for again; there is no password."""
    methods = get_adapter(request).get_reauthentication_methods(request.user)
    if methods:
        return HttpResponseRedirect(passthrough_next_redirect_url(request, methods[0]["url"], "next"))
    return HttpResponseRedirect(get_next_redirect_url(request) or reverse("account"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(SIGN_IN)
def staff_link(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows one button, so that a mail scanner or a preview does not spend the link; POST signs in."""
    if request.method == "POST":
        try:
            return _enter_by_staff_link(request, token)
        except AccountError as error:
            return render(request, "account/staff_link.html", {"error": str(error)}, status=410)
    link = find_staff_link(token)
    status = 200 if link else 410
    error = "" if link else _("This sign-in link is used or has expired. Ask for a new one.")
    return render(request, "account/staff_link.html", {"link": link, "error": error}, status=status)


def _enter_by_staff_link(request: HttpRequest, token: str) -> HttpResponse:
    member = use_staff_link(token=token)
    get_adapter(request).login(request, member)
    clear_login(request)
    # After the login, which may have emptied the session; as a re-authentication, so that a lost factor can be removed.
    record_authentication(request, member, STAFF_LINK_METHOD, reauthenticated=True)
    messages.info(request, _("You have fifteen minutes to set up a new second factor."))
    response = redirect("mfa_index")
    set_marker(response)
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(SIGN_IN)
def prove_address_page(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows one button, so that a mail scanner proves nothing; POST proves. It signs nobody in."""
    if request.method == "POST":
        try:
            change = prove_new_address(token=token)
        except AccountError as error:
            return render(request, "account/prove_address.html", {"error": str(error)}, status=410)
        return render(request, "account/prove_address.html", {"change": change, "is_proved": True})
    waiting = find_address_change(token)
    error = "" if waiting else _("This link is used or has expired. Please write to the newsroom.")
    status = 200 if waiting else 410
    return render(request, "account/prove_address.html", {"change": waiting, "error": error}, status=status)

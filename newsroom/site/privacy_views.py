"""A member's own data: everything in one file, and being forgotten."""

from typing import Any

from django import forms
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.accounts.marker import clear_marker
from members.patronage.checkout import running_subscription
from newsroom.lib.limits import Limit, limited
from newsroom.site.erasing import KEY, ErasureRefused, ask_erasure, send_erase_code
from newsroom.site.exporting import export_member

EXPORT = Limit("export", 10, 3600)


def _member_key(request: HttpRequest) -> str:
    return f"member:{request.user.pk}"


@login_required
@never_cache
@require_POST
@limited(EXPORT, _member_key)
def export(request: HttpRequest) -> HttpResponse:
    """By POST: no link that somebody sends, and no prefetch, gathers it."""
    member: Any = request.user
    response = JsonResponse(export_member(member=member), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


class EraseForm(forms.Form):
    code = forms.CharField(
        label=_("Code"), max_length=12, error_messages={"required": _("Type the code that we have sent you.")}
    )
    suppress = forms.BooleanField(required=False)

    def clean_code(self) -> str:
        return "".join(self.cleaned_data["code"].split())


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """What goes and what stays; a code by mail; then the end."""
    member: Any = request.user
    context: dict[str, Any] = {
        "member": member, "subscription": running_subscription(member), "is_code_sent": KEY in request.session,
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "members/erase.html", {**context, "form": EraseForm()})
    is_sending = "send" in request.POST
    form = EraseForm(None if is_sending else request.POST)
    try:
        if is_sending:
            send_erase_code(member=member, session=request.session)
            return redirect("account-erase")
        if form.is_valid():
            return _erase(request, form)
    except ErasureRefused as error:
        context["error"] = str(error)
    return render(request, "members/erase.html", {**context, "form": form}, status=422)


def _erase(request: HttpRequest, form: EraseForm) -> HttpResponse:
    member: Any = request.user
    is_suppressing = form.cleaned_data["suppress"]
    ask_erasure(
        member=member, code=form.cleaned_data["code"], session=request.session, is_suppressing=is_suppressing
    )  # fmt: skip
    logout(request)
    response = redirect("account-erased")
    clear_marker(response)
    return response


@require_safe
@never_cache
def erased(request: HttpRequest) -> HttpResponse:
    return render(request, "members/erased.html")

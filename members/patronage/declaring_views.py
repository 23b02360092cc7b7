"""Ending support and withdrawing from the contract without signing in: two public pages that the footer leads to, and
the page behind the mailed link."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from members.patronage.declarations import carry_out_declaration
from members.patronage.declaring import LASTS, confirm_declaration, declaration_of, declare, was_link
from members.patronage.declaring_forms import EndSupportForm, WithdrawForm
from members.patronage.errors import PatronageError
from members.patronage.models import Declaration
from members.patronage.views import SeeOther, page_addresses, show_refused
from members.patronage.withdrawing import foresee
from newsroom.lib.limits import DECLARATION, DECLARE, count_if_up, limited
from newsroom.lib.page_cache import public_page
from newsroom.lib.requests import public_form

Kind = Declaration.Kind


@require_http_methods(["GET", "HEAD", "POST"])
@public_form
@limited(DECLARE, count=count_if_up)
@public_page
def support_end(request: HttpRequest) -> HttpResponse:
    """§ 312k BGB: who, and if one likes why; the end is the end of the paid time."""
    request.translations = page_addresses("support-end")  # type: ignore[attr-defined]
    return _declare(request, Kind.END, EndSupportForm, "members/support_end.html")


@require_http_methods(["GET", "HEAD", "POST"])
@public_form
@limited(DECLARE, count=count_if_up)
@public_page
def support_withdraw(request: HttpRequest) -> HttpResponse:
    """Art. 11a of Directive 2011/83/EU: who, and nothing else."""
    request.translations = page_addresses("support-withdraw")  # type: ignore[attr-defined]
    return _declare(request, Kind.WITHDRAW, WithdrawForm, "members/support_withdraw.html")


def _declare(request: HttpRequest, kind: Declaration.Kind, form_class: type[WithdrawForm], page: str) -> HttpResponse:
    """Goes on to the same page whoever it was; what cannot be read is shown again with what to do."""
    form = form_class(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        declare(kind=kind, language=get_language() or settings.LANGUAGE_CODE, **form.cleaned_data)
        return redirect("members:support-asked")
    context = {"form": form, "days": LASTS.days}
    return show_refused(request, page, context, status=422) if form.is_bound else render(request, page, context)


@require_safe
@public_page
def support_asked(request: HttpRequest) -> HttpResponse:
    """The same for every address and number, known or not."""
    request.translations = page_addresses("support-asked")  # type: ignore[attr-defined]
    return render(request, "members/support_asked.html", {"days": LASTS.days})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt  # the token in the address is the right to do this
def declaration(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what will happen and a button, since scanners open links; POST does it. Afterwards it is the receipt
    for as long as the link lasts. What was never a link is 404."""
    row = declaration_of(token)
    if row is None:
        status = 410 if was_link(token) else 404
        return _private(render(request, "members/declaration.html", {"is_expired": True}, status=status))
    if request.method != "POST":
        return _private(_show(request, row))
    count_if_up(DECLARATION, token)
    try:
        confirmed = confirm_declaration(declaration=row, is_ending=request.POST.get("as") == Kind.END)
    except PatronageError as error:
        return _private(_show(request, row, sentence=str(error), status=409))
    carry_out_declaration(confirmed)
    return SeeOther(request.path)


def _show(request: HttpRequest, row: Declaration, *, sentence: str = "", status: int = 200) -> HttpResponse:
    context = {"declaration": row, "sentence": sentence, "is_withdrawal": row.kind == Kind.WITHDRAW}
    if row.state == Declaration.State.ASKED:
        context["foreseen"] = foresee(row)
    else:
        context["effects"] = row.effects.select_related("subscription", "payment")
    return render(request, "members/declaration.html", context, status=status)


def _private(response: HttpResponse) -> HttpResponse:
    """The address holds the token: it is not passed on."""
    response.headers["Referrer-Policy"] = "same-origin"
    return response

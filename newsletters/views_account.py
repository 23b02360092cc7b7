"""The signed-in member's newsletters."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from members.accounts.models import Member
from newsletters.forms import ChoiceForm
from newsletters.models import Newsletter, Signup
from newsletters.signing_up import SignupError, set_signups
from newsroom.lib.languages import language_name
from newsroom.lib.limits import CHOOSE_NEWSLETTERS, count_if_up


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account_newsletters(request: HttpRequest) -> HttpResponse:
    """Every newsletter that is offered, ticked where it comes; saving makes it so at once."""
    member = cast(Member, request.user)
    if request.method == "POST":
        count_if_up(CHOOSE_NEWSLETTERS, f"member:{member.pk}")
    form = ChoiceForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            set_signups(member=member, newsletters=form.cleaned_data["newsletters"])
        except SignupError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. From now on you get what is ticked here."))
            return redirect("account-newsletters")
    context = {"form": form, "groups": _groups(member)}
    return render(request, "newsletters/account_newsletters.html", context, status=422 if form.is_bound else 200)


def _groups(member: Member) -> list[dict[str, object]]:
    """By language, the member's own first."""
    held = set(
        Signup.objects.filter(member=member, state=Signup.State.CONFIRMED).values_list("newsletter_id", flat=True)
    )
    groups: dict[str, list[tuple[Newsletter, bool]]] = {member.language: []}
    for row in Newsletter.objects.filter(is_active=True):
        groups.setdefault(row.language, []).append((row, row.pk in held))
    return [
        {"language": language_name(code), "code": code, "newsletters": rows} for code, rows in groups.items() if rows
    ]

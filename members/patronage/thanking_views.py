"""The thank-you list: patrons by the names they chose for it, and each one's own page to choose or take it off."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from members.accounts.models import Member
from members.accounts.thanking import THANKS_KEY, set_display_name
from members.patronage.account_forms import DisplayNameForm
from members.patronage.rights import is_patron, patrons
from newsroom.lib.limits import CHANGE_SUPPORT, limited
from newsroom.lib.page_cache import note_keys, public_page
from newsroom.lib.slugs import sort_key

MOST_NAMES = 20_000
STORED_FOR = 25  # seconds: whose support ends is off the list by the clock, which drops no stored page


@require_safe
@public_page
def thank_you(request: HttpRequest) -> HttpResponse:
    """A name that was taken off is gone at once here, that of who is no patron any more within half a minute, and both
    within a minute from whoever keeps pages in between: readers' browsers ask each time, shared caches keep it half a
    minute, our proxy not at all, or it would go on showing it while we are down."""
    note_keys(THANKS_KEY)
    request.translations = _addresses()  # type: ignore[attr-defined]
    response = render(request, "members/thank_you.html", {"names": thanked_names()})
    response.headers["Cache-Control"] = "public, max-age=0, s-maxage=30, must-revalidate"
    response.headers["X-Accel-Expires"] = "0"  # nginx keeps it to itself
    response.page_lasts = STORED_FOR  # type: ignore[attr-defined]
    return response


def thanked_names() -> list[str]:
    """Names alone: no date, no amount, no address. In the order of the alphabet, whoever gives how much."""
    shown = patrons().filter(is_active=True, erased_at__isnull=True).exclude(display_name="")
    return sorted(shown.values_list("display_name", flat=True)[:MOST_NAMES], key=sort_key)


def _addresses() -> dict[str, str]:
    found = {}
    for code in settings.LANGUAGE_CODES:
        with translation.override(code):
            found[code] = reverse("members:thank-you")
    return found


def _member_key(request: HttpRequest) -> str:
    return f"member:{request.user.pk}"


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(CHANGE_SUPPORT, _member_key)
def display_name(request: HttpRequest) -> HttpResponse:
    """Off unless the member writes a name."""
    member: Any = request.user
    if request.method != "POST":
        form = DisplayNameForm(initial={"display_name": member.display_name})
        return render(request, "members/display_name.html", {"form": form})
    form = DisplayNameForm({} if "off" in request.POST else request.POST)
    if not form.is_valid():
        return render(request, "members/display_name.html", {"form": form}, status=422)
    name = form.cleaned_data["display_name"]
    set_display_name(member=member, name=name)
    messages.success(request, _said_of(member, name))
    return redirect("account")


def _said_of(member: Member, name: str) -> str:
    if not name:
        return _("Your name is off the list.")
    if is_patron(member):
        return _("The list shows your name.")
    return _("Your name is kept. The list shows it while you are a patron.")

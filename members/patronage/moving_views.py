"""Where the letter about a new price leads to: what becomes of one's support, a button that keeps it as it is, and the
way to end it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from members.patronage.account_views import own_page
from members.patronage.moving import keep_amount, pending_moves
from newsroom.lib.row_keys import read_key


@own_page
def new_price(request: HttpRequest) -> HttpResponse:
    """A GET changes nothing, so that a mail scanner may follow the letter's link."""
    member: Any = request.user
    named = read_key(request.POST.get("move") or request.GET.get("move"))
    if request.method == "POST":
        if keep_amount(member=member, move=named):
            messages.success(request, _("It stays as it is. Thank you for your support."))
        else:
            messages.info(request, _("There is nothing to keep any more. You can change your support here."))
        return redirect("members:my-support")
    rows = pending_moves(member)
    row = next((each for each in rows if each.pk == named), rows[0] if rows else None)
    if row is None:
        return redirect("members:my-support")
    return render(request, "members/new_price.html", {"row": row, "subscription": row.subscription})

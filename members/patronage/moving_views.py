"""Where the letter about a new price leads to: what becomes of one's support, a button that keeps it as it is, and the
way to end it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from members.patronage.account_views import own_page
from members.patronage.moving import keep_amount, pending_move


@own_page
def new_price(request: HttpRequest) -> HttpResponse:
    """A GET changes nothing, so that a mail scanner may follow the letter's link."""
    member: Any = request.user
    if request.method == "POST":
        if keep_amount(member=member):
            messages.success(request, _("It stays as it is. Thank you for your support."))
        else:
            messages.info(request, _("There is nothing to keep any more. You can change your support here."))
        return redirect("members:my-support")
    row = pending_move(member)
    if row is None:
        return redirect("members:my-support")
    return render(request, "members/new_price.html", {"row": row, "subscription": row.subscription})

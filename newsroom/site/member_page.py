"""A member's page at the desk: one timeline, and what those who look after members can do."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from members.accounts.correcting import ask_address, waiting_address, withdraw_address
from members.accounts.errors import AccountError
from members.accounts.models import Member
from members.patronage import rights
from members.patronage.desk_ending import end_for_member
from members.patronage.errors import PatronageError
from members.patronage.models import Subscription, Tier
from members.patronage.noting import write_note
from members.patronage.timeline import Entry, timeline_of
from newsletters.models import Signup


def member_page(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows, POST does one thing and comes back. For those who may see members and what they give."""
    user: Any = request.user
    if not user.has_perms(["members.view_member", "members.view_period", "members.view_payment"]):
        raise PermissionDenied
    member = get_object_or_404(Member, pk=pk)
    if request.method == "POST":
        _do(request, user, member)
        return redirect("desk-member", pk)
    subscriptions = member.subscriptions.select_related("tier").order_by("-id")[:20]
    context = {
        **admin.site.each_context(request), "title": str(member), "member": member,
        "period": rights.current_period(member), "until": rights.patron_until(member), "subscriptions": subscriptions,
        "tiers": Tier.objects.filter(is_active=True), "entries": timeline_of(member, _consents(member)),
        "waiting_address": waiting_address(member),
    }  # fmt: skip
    return TemplateResponse(request, "admin/members/member.html", context)


def _consents(member: Member) -> Iterator[Entry]:
    for row in Signup.objects.filter(member=member).select_related("newsletter"):
        name = row.newsletter.name
        yield Entry(row.asked_at, "consent", _("%(name)s: asked for") % {"name": name}, row.source)
        if row.confirmed_at:
            yield Entry(row.confirmed_at, "consent", _("%(name)s: confirmed") % {"name": name})
        if row.left_at:
            yield Entry(row.left_at, "consent", _("%(name)s: left") % {"name": name})


def _do(request: HttpRequest, user: Any, member: Member) -> None:
    verb = DEEDS.get(request.POST.get("do", ""))
    if verb is None:
        messages.error(request, _("This page does not know what to do."))
        return
    try:
        verb(request, user, member)
    except (AccountError, PatronageError, PermissionDenied) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Done."))


def _note(request: HttpRequest, user: Any, member: Member) -> None:
    write_note(user=user, member=member, text=request.POST.get("text", ""))


def _free(request: HttpRequest, user: Any, member: Member) -> None:
    tier = get_object_or_404(Tier, pk=_whole(request.POST.get("tier", "")))
    rights.grant_free_period(user=user, member=member, tier=tier, days=_whole(request.POST.get("days", "")))


def _end(request: HttpRequest, user: Any, member: Member) -> None:
    row = get_object_or_404(Subscription, pk=_whole(request.POST.get("subscription", "")), member=member)
    end_for_member(user=user, subscription=row, is_at_once=request.POST.get("when") == "now")


def _address(request: HttpRequest, user: Any, member: Member) -> None:
    ask_address(user=user, member=member, email=request.POST.get("email", ""), why=request.POST.get("why", ""))


def _withdraw_address(_request: HttpRequest, user: Any, member: Member) -> None:
    withdraw_address(user=user, member=member)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


DEEDS: dict[str, Callable[[HttpRequest, Any, Member], None]] = {
    "note": _note, "free": _free, "end": _end, "address": _address, "withdraw_address": _withdraw_address,
}  # fmt: skip

"""The desk's page about card testing: what was seen lately, since when checkouts ask for a check, and its switch."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from members.patronage.defence import breaker
from members.patronage.errors import PatronageError
from members.patronage.models import CheckoutBreaker
from newsroom.lib.admin import ReadOnlyAdmin
from newsroom.lib.desk_actions import person
from newsroom.lib.site_settings import site_settings

SHOWN = 30


@admin.register(CheckoutBreaker)
class CheckoutBreakerAdmin(ReadOnlyAdmin):
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._do(request)
        context = {
            **self.admin_site.each_context(request), "title": _("Card testing"), "breaker": breaker.open_breaker(),
            "figures": breaker.read_figures(), "limits": site_settings(),
            "times": CheckoutBreaker.objects.select_related("opened_by", "closed_by")[:SHOWN],
            "may_switch": request.user.has_perm("members.change_checkoutbreaker"),
        }  # fmt: skip
        return TemplateResponse(request, "admin/members/card_testing.html", context)

    def _do(self, request: HttpRequest) -> HttpResponse:
        is_opening = "open" in request.POST
        try:
            if is_opening:
                breaker.open_by_hand(user=person(request))
            else:
                breaker.close_by_hand(user=person(request))
        except PatronageError as error:
            messages.error(request, str(error))
        else:
            on, off = _("From now on every checkout asks for a short check."), _("Checkouts are as always again.")
            messages.success(request, on if is_opening else off)
        return redirect("admin:members_checkoutbreaker_changelist")

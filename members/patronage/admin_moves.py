"""A tier's page at the desk on which running support is moved to its new price: first what will happen, then one
button; afterwards how far it is."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action

from members.patronage import moving
from members.patronage.errors import PatronageError
from members.patronage.models import Price, PriceMove, SupportMove, Tier
from newsroom.lib.desk_actions import person
from newsroom.lib.row_keys import read_key

SHOWN = 200


class TierMovesMixin:
    """What a tier's page can do for those who pay an earlier price of it."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.moves_view)  # type: ignore[attr-defined]
        return [path("<int:pk>/moves/", view, name="members_tier_moves"), *super().get_urls()]  # type: ignore[misc]

    @action(description=gettext_lazy("Move running support to a new price"), permissions=["move"])
    def move_running(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return redirect("admin:members_tier_moves", object_id)

    def has_move_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("members.add_pricemove")

    def moves_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_move_permission(request):
            raise PermissionDenied
        tier = get_object_or_404(Tier, pk=pk)
        if request.method == "POST":
            _do(request, tier)
            return redirect("admin:members_tier_moves", pk)
        offered = [moving.plan_move(price) for price in tier.prices.filter(is_active=True).select_related("tier")]
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": _("Move running support to a new price"), "tier": tier,
            "plans": [plan for plan in offered if plan.taken or plan.left_out], "moves": _moves(tier),
        }  # fmt: skip
        return TemplateResponse(request, "admin/members/moves.html", context)


def _moves(tier: Tier) -> list[dict[str, Any]]:
    """The last ones, each with how many are in which state and whoever did not move, and why."""
    last = list(PriceMove.objects.filter(price__tier=tier).select_related("price", "job", "started_by")[:10])
    supports = SupportMove.objects.filter(move__in=last)
    counted = supports.order_by().values("move", "state").annotate(count=Count("pk"))
    aside = supports.exclude(why="").select_related("subscription__member", "move__price")[:SHOWN]
    labels = dict(SupportMove.State.choices)
    return [
        {
            "move": move,
            "states": [(labels[row["state"]], row["count"]) for row in counted if row["move"] == move.pk],
            "is_open": any(row["move"] == move.pk and row["state"] in moving.OPEN for row in counted),
            "aside": [row for row in aside if row.move_id == move.pk],
        }
        for move in last
    ]  # fmt: skip


def _do(request: HttpRequest, tier: Tier) -> None:
    user = person(request)
    try:
        if "stop" in request.POST:
            move = get_object_or_404(PriceMove, pk=read_key(request.POST["stop"]), price__tier=tier)
            stopped = moving.stop_move(user=user, move=move)
            said = ngettext("%(count)s stays as it is.", "%(count)s stay as they are.", stopped) % {"count": stopped}
        else:
            price = get_object_or_404(Price, pk=read_key(request.POST.get("price", "")), tier=tier)
            moving.begin_move(user=user, price=price, expected=read_key(request.POST.get("expected", "")) or 0)
            said = _("The letters are on their way. Nobody pays more before two weeks have passed.")
    except PatronageError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)

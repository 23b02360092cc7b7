"""What patrons and the desk wanted of running support: read, and asked for again where it got stuck."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from members.patronage.asking_again import ask_again
from members.patronage.errors import PatronageError
from members.patronage.models import SupportChange
from newsroom.lib.admin import ReadOnlyAdmin
from newsroom.lib.desk_actions import person, run_each

STATES = {"shown": "info", "asked": "warning", "done": "success", "failed": "danger"}


@admin.register(SupportChange)
class SupportChangeAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "member", "kind", "wanted", "shown_state", "checked_at", "finished_at", "error"]
    list_filter = ["state", "kind"]
    list_select_related = ["member"]
    search_fields = ["subscription__stripe_id", "member__email"]
    ordering = ["-id"]
    fields = [
        "member", "subscription", "kind", "wanted", "state", "reason", "comment", "is_prorated", "refusals", "error",
        "created_at", "asked_at", "checked_at", "finished_at",
    ]  # fmt: skip
    actions = ["ask_again"]

    def has_ask_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("members.change_supportchange")

    @display(description=_("state"), label=STATES, ordering="state")
    def shown_state(self, row: SupportChange) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description=_("amount"), ordering="amount")
    def wanted(self, row: SupportChange) -> str:
        return f"{row.money} {row.get_interval_display()}" if row.amount and row.interval else ""

    @admin.action(description=_("Look at Stripe and ask again"), permissions=["ask_again"])
    def ask_again(self, request: HttpRequest, queryset: QuerySet[SupportChange]) -> None:
        rows = queryset.select_related("subscription", "member")
        run_each(request, rows, lambda row: ask_again(user=person(request), change=row), PatronageError)

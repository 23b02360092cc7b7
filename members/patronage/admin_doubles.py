"""Double support at the desk: what was found, and the same two decisions that its reader has."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from members.patronage.errors import PatronageError
from members.patronage.models import Double, Subscription
from members.patronage.repairing import REPAIR, keep_both, repair_double
from newsroom.lib.admin import ReadOnlyAdmin
from newsroom.lib.desk_actions import person, run_each


def _shown(row: Subscription) -> str:
    return f"{row.member.email or row.member}: {row.money} {row.rhythm}"


def _link(row: Subscription) -> str:
    """What it is and since when; it leads to its page."""
    url, day = reverse("admin:members_subscription_change", args=[row.pk]), date_format(row.created_at, "j E Y")
    return format_html('<a class="desk-link" href="{}">{} · {}</a>', url, _shown(row), day)


STATES = {"open": "warning", "repairing": "info", "repaired": "success", "kept": "success", "over": "info"}


@admin.register(Double)
class DoubleAdmin(ReadOnlyAdmin):
    list_display = ["found_at", "older", "younger", "why", "shown_state", "error"]
    list_filter = ["state", "why"]
    list_select_related = ["first__member", "second__member"]
    search_fields = ["first__member__email", "second__member__email"]
    fields = ["first_one", "second_one", "why", "state", "ended_one", "found_at", "decided_by", "decided_at", "error"]
    ordering = ["-id"]
    actions = ["repair", "keep"]

    @display(description=_("first"))
    def older(self, row: Double) -> str:
        return _shown(row.first)

    @display(description=_("second"))
    def younger(self, row: Double) -> str:
        return _shown(row.second)

    @display(description=_("first"))
    def first_one(self, row: Double) -> str:
        return _link(row.first)

    @display(description=_("second"))
    def second_one(self, row: Double) -> str:
        return _link(row.second)

    @display(description=_("ended"))
    def ended_one(self, row: Double) -> str:
        return _link(row.ended) if row.ended else ""

    @display(description=_("state"), label=STATES, ordering="state")
    def shown_state(self, row: Double) -> tuple[str, str]:
        return row.state, row.get_state_display()

    def has_repair_permission(self, request: HttpRequest) -> bool:
        return person(request).has_perms(REPAIR)

    @admin.action(description=_("End the surplus one and pay it back"), permissions=["repair"])
    def repair(self, request: HttpRequest, queryset: QuerySet[Double]) -> None:
        run_each(request, queryset, lambda row: repair_double(pair=row, actor=person(request)), PatronageError)

    @admin.action(description=_("Both are meant"), permissions=["repair"])
    def keep(self, request: HttpRequest, queryset: QuerySet[Double]) -> None:
        run_each(request, queryset, lambda row: keep_both(pair=row, actor=person(request)), PatronageError)

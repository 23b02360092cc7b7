"""What people declared without signing in, at the desk: read, and carried out again where it failed."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from members.patronage.declarations import RETRY, retry_declaration
from members.patronage.errors import PatronageError
from members.patronage.models import Declaration
from newsroom.lib.admin import ReadOnlyAdmin
from newsroom.lib.desk_actions import person, run_each

COLOURS = {"asked": "info", "confirmed": "warning", "done": "success", "failed": "danger"}


@admin.register(Declaration)
class DeclarationAdmin(ReadOnlyAdmin):
    list_display = ["made_at", "kind", "shown_state", "member", "came_of_it", "confirmed_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["member"]
    search_fields = ["member__email"]
    fields = ["member", "kind", "state", "given", "name", "reason", "made_at", "confirmed_at", "came_of_it", "errors"]
    ordering = ["-id"]
    actions = ["carry_out_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Declaration]:
        return super().get_queryset(request).prefetch_related("effects__subscription", "effects__payment")

    @display(description=_("state"), label=COLOURS, ordering="state")
    def shown_state(self, row: Declaration) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description=_("what came of it"))
    def came_of_it(self, row: Declaration) -> str:
        return " ".join(f"{effect.sentence} ({effect.get_state_display()})" for effect in row.effects.all())

    @display(description=_("errors"))
    def errors(self, row: Declaration) -> str:
        return "; ".join(effect.said_error for effect in row.effects.all() if effect.error)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(RETRY)

    @admin.action(description=_("Carry out again"), permissions=["retry"])
    def carry_out_again(self, request: HttpRequest, queryset: QuerySet[Declaration]) -> None:
        run_each(
            request, queryset, lambda row: retry_declaration(user=person(request), declaration=row), PatronageError
        )

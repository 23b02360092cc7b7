"""The house's own rows at the desk: read-only but for the settings."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from newsroom.lib.audit import record
from newsroom.lib.desk_actions import person, run_each
from newsroom.lib.letter_words import KindFilter, name_kind
from newsroom.lib.models import AuditEntry, Letter, Outbox, SiteSettings
from newsroom.lib.outbox import replay
from newsroom.lib.sending_again import MAY, LetterError, send_letter_again, why_not
from newsroom.lib.settings_form import COFFEE, SettingsForm
from newsroom.lib.site_settings import save_site_settings


class ReadOnlyAdmin(ModelAdmin):
    """A ledger: it is read at the desk and written by verbs only. No COUNT(*) over what may be a large table."""

    paginator = InfinitePaginator
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "actor_label", "action", "target_label"]
    list_filter = ["action"]
    search_fields = ["action", "target_label"]


@admin.register(Letter)
class LetterAdmin(ReadOnlyAdmin):
    list_display = ["shown_kind", "state", "language", "created_at", "sent_at", "attempts", "error"]
    list_filter = ["state", KindFilter]
    fields = ["shown_kind", "state", "language", "subject", "created_at", "sent_at", "attempts", "error"]
    actions = ["send_again"]
    change_form_outer_before_template = "admin/lib/_letter_again.html"

    @display(description=_("kind"), ordering="kind")
    def shown_kind(self, letter: Letter) -> str:
        return name_kind(letter.kind)

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        letter = self.get_object(request, object_id)
        failed = letter is not None and letter.state == Letter.State.FAILED and self.has_send_again_permission(request)
        shown: dict[str, Any] = {"subtitle": name_kind(letter.kind)} if letter else {}
        if failed and letter:
            shown |= {"failed_letter": letter, "why_not": why_not(letter)}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    @admin.action(description=_("Send again what failed"), permissions=["send_again"])
    def send_again(self, request: HttpRequest, rows: QuerySet[Letter]) -> None:
        run_each(request, rows, lambda row: send_letter_again(user=person(request), letter=row), LetterError)


@admin.register(Outbox)
class OutboxAdmin(ReadOnlyAdmin):
    list_display = ["kind", "key", "state", "attempts", "created_at", "next_attempt_at", "error"]
    list_filter = ["state", "kind"]
    actions = ["carry_out_again"]

    @admin.action(description=_("Carry out again what was given up"), permissions=["replay"])
    def carry_out_again(self, request: HttpRequest, rows: QuerySet[Outbox]) -> None:
        for row in rows:
            replay(user=request.user, row=row)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("lib.change_outbox")


@admin.register(SiteSettings)
class SiteSettingsAdmin(ModelAdmin):
    form = SettingsForm

    def get_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        """Coffee stands where the row has it."""
        names = [name for name in super().get_fields(request, obj) if name not in COFFEE]
        place = names.index("statement_text") + 1
        return [*names[:place], *COFFEE, *names[place:]]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not SiteSettings.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: SiteSettings, form: object, change: bool) -> None:
        save_site_settings(obj)
        record("settings.changed", actor=request.user, target=obj)

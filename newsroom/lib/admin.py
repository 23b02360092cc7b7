"""The house's own rows at the desk: read-only but for the settings."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from newsroom.lib.audit import record
from newsroom.lib.models import AuditEntry, Letter, SiteSettings
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
    list_display = ["kind", "state", "language", "created_at", "sent_at", "attempts", "error"]
    list_filter = ["state", "kind"]
    fields = ["kind", "state", "language", "subject", "created_at", "sent_at", "attempts", "error"]


@admin.register(SiteSettings)
class SiteSettingsAdmin(ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return not SiteSettings.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: SiteSettings, form: object, change: bool) -> None:
        save_site_settings(obj)
        record("settings.changed", actor=request.user, target=obj)

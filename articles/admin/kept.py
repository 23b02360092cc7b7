"""A guard for what texts use."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from articles.keeping import is_in_a_version, is_shown


class KeptAdmin(ModelAdmin):
    """What a live text or any version of one uses is not deleted. Versions are asked only where somebody deletes; there
    are no actions, so that this is one view."""

    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and is_shown(obj):
            return False
        return super().has_delete_permission(request, obj)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None or not self.has_delete_permission(request, row) or not is_in_a_version(row):
            return super().delete_view(request, object_id, extra_context)
        messages.error(request, _("A draft or an older version of a text uses this, so it stays."))
        return HttpResponseRedirect(reverse(f"admin:articles_{self.opts.model_name}_change", args=[row.pk]))

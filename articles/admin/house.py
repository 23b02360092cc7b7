"""Corrections, menus and redirects."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminSelectWidget

from articles.acting import acting_user
from articles.models import Article, Correction, Menu, MenuItem, Redirect
from articles.publishing import add_correction
from newsroom.lib.audit import record
from newsroom.lib.page_cache import purge


class CorrectionForm(forms.ModelForm):
    def clean_article(self) -> Article:
        article: Article = self.cleaned_data["article"]
        if not article.is_published():
            raise forms.ValidationError(_("Only a published story can be corrected; change the draft instead."))
        return article


@admin.register(Correction)
class CorrectionAdmin(ModelAdmin):
    """A correction stands as it was made: it is added, never changed or deleted."""

    form = CorrectionForm
    paginator = InfinitePaginator
    show_full_result_count = False
    actions = None
    list_display = ["text", "article", "corrected_at", "created_by"]
    list_select_related = ["article", "created_by"]
    search_fields = ["text", "article__headline"]
    fields = ["article", "text"]
    raw_id_fields = ["article"]

    def has_change_permission(self, request: HttpRequest, obj: Correction | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Correction | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Correction, form: Any, change: bool) -> None:
        made = add_correction(user=request.user, article=obj.article, text=obj.text)
        obj.pk, obj._state.adding = made.pk, False

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The audit has it."""


class MenuItemInline(TabularInline):
    model = MenuItem
    fields = ["position", "title", "page", "section", "address"]
    extra = 1
    ordering = ["position", "id"]


class MenuForm(forms.ModelForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "language" in self.fields:
            self.fields["language"].widget = UnfoldAdminSelectWidget(choices=settings.LANGUAGES)


@admin.register(Menu)
class MenuAdmin(ModelAdmin):
    """Menus are live rows, unlike stories: what is saved is what readers see."""

    form = MenuForm
    paginator = InfinitePaginator
    show_full_result_count = False
    actions = None
    list_display = ["place", "language"]
    inlines = [MenuItemInline]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        record("menu.changed", actor=acting_user(request), target=form.instance)
        purge(["menus"])

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The audit has it."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The audit has it."""


@admin.register(Redirect)
class RedirectAdmin(ModelAdmin):
    """What a moved or taken-down text, or a list that moved, left behind stands for ever; of it only the note on why a
    text is gone can be reworded."""

    paginator = InfinitePaginator
    show_full_result_count = False
    actions = None
    list_display = ["old_path", "leads_to", "made_at"]
    list_select_related = ["article", "page", "section", "tag", "series", "author"]
    search_fields = ["old_path", "new_path"]
    fields = ["old_path", "article", "page", "new_path", "gone_note"]
    raw_id_fields = ["article", "page"]

    def get_fields(self, request: HttpRequest, obj: Redirect | None = None) -> list[str]:
        return ["old_path", "leads_to"] if obj and obj.listed else super().get_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Redirect | None = None) -> list[str]:
        return ["old_path", "article", "page", "new_path", "leads_to"] if obj and obj.follows_a_row else []

    def has_change_permission(self, request: HttpRequest, obj: Redirect | None = None) -> bool:
        if obj is not None and obj.listed:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Redirect | None = None) -> bool:
        if obj is not None and obj.follows_a_row:
            return False
        return super().has_delete_permission(request, obj)

    @display(description=gettext_lazy("leads to"))
    def leads_to(self, row: Redirect) -> str:
        if row.gone_note:
            return _("gone: %s") % row.gone_note[:60]
        return row.new_path or str(row.text or row.listed or "—")

    @display(description=gettext_lazy("added"), ordering="created_at")
    def made_at(self, row: Redirect) -> datetime:
        return row.created_at

    def save_model(self, request: HttpRequest, obj: Redirect, form: Any, change: bool) -> None:
        obj.save()
        record("redirect.changed", actor=acting_user(request), target=obj)

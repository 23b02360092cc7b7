"""Sections, tags, series and authors: live rows, whose every change draws anew the pages that show them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminSelectWidget

from articles import taxonomy
from articles.acting import acting_user
from articles.admin.kept import KeptAdmin
from articles.models import Author, Redirect, Section, Series, Tag
from articles.moving import PublishingError
from newsroom.lib.desk_translations import TranslationAdmin, TranslationForm
from newsroom.lib.slugs import make_slug, sort_key

SUGGESTIONS = 8


class NamedForm(forms.ModelForm):
    """A slug left empty is made from the name; one that leads elsewhere is refused. What readers have bookmarked is not
    changed by accident, and what they have leads on when it is changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False
            self.fields["slug"].help_text = _("Left empty, the name makes it.")
        if "language" in self.fields:
            self.fields["language"].widget = UnfoldAdminSelectWidget(choices=settings.LANGUAGES)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "slug" in self.fields and not values.get("slug"):
            values["slug"] = make_slug(values.get("name", "")) or self.instance._meta.model_name
        return values

    def _post_clean(self) -> None:
        """The address is known only once the instance holds what was typed."""
        super()._post_clean()  # type: ignore[misc]
        if "slug" in self.fields and not self.errors and taxonomy.leads_elsewhere(self.instance):
            self.add_error("slug", taxonomy.taken_sentence())


class TranslatedForm(TranslationForm, NamedForm):
    """Of what has a name in each language; an author has one row for all."""


class LiveRowAdmin(KeptAdmin):
    """Saving purges what shows the row; what stories use is not deleted."""

    form = NamedForm
    search_fields = ["name"]
    list_per_page = 100
    paginator = InfinitePaginator  # there may be tens of thousands of tags
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        taxonomy.save_listed(user=acting_user(request), row=obj)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Of two who move addresses at once the later one reads why it was not done, and nothing is."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except PublishingError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        taxonomy.delete_listed(user=acting_user(request), row=obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, set[str], Any]:
        """What led to it from its addresses of old goes with it, though nobody may delete that by itself."""
        shown, counts, refused, kept = super().get_deleted_objects(objs, request)
        return shown, counts, refused - {Redirect._meta.verbose_name}, kept

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The audit has it."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The audit has it."""

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """The audit has it."""


@admin.register(Section)
class SectionAdmin(TranslationAdmin, LiveRowAdmin):
    form = TranslatedForm
    list_display = ["name", "slug", "language", "position", "is_on_front"]
    list_filter = ["language"]
    fields = ["name", "slug", "language", "translation_of", "description", "position", "is_on_front"]


@admin.register(Tag)
class TagAdmin(TranslationAdmin, LiveRowAdmin):
    form = TranslatedForm
    list_display = ["name", "slug", "language"]
    list_filter = ["language"]
    fields = ["name", "slug", "language", "translation_of", "description"]

    def get_urls(self) -> list[URLPattern]:
        suggest = path("suggest/", self.admin_site.admin_view(self.suggest), name="articles_tag_suggest")
        return [suggest, *super().get_urls()]

    def suggest(self, request: HttpRequest) -> JsonResponse:
        """Names that begin so, for the story's form."""
        words, language = request.GET.get("q", "").strip(), request.GET.get("language", "")
        first = sort_key(words)
        rows = Tag.objects.filter(language=language, sort_key__gte=first, sort_key__lt=first + "\U0010ffff")
        names = rows.order_by("sort_key").values_list("name", flat=True)
        return JsonResponse({"items": list(names[:SUGGESTIONS]) if first else []})


@admin.register(Series)
class SeriesAdmin(TranslationAdmin, LiveRowAdmin):
    form = TranslatedForm
    list_display = ["name", "slug", "language"]
    list_filter = ["language"]
    fields = ["name", "slug", "language", "translation_of", "description"]


@admin.register(Author)
class AuthorAdmin(LiveRowAdmin):
    list_display = ["name", "job", "slug", "member"]
    list_select_related = ["member"]
    fields = ["name", "slug", "job", "bio", "public_email", "portrait", "member", "translations"]
    raw_id_fields = ["portrait"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Whose account a byline may be: people at the desk, and who has a byline already. A number typed in would tell
        an editor the name of any reader."""
        if db_field.name == "member":
            kwargs["queryset"] = db_field.remote_field.model._default_manager.filter(
                Q(is_staff=True) | Q(author__isnull=False)
            ).order_by("name", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

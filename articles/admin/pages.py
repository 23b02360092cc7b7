"""Pages at the desk: the same form as stories, with less in it."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urljoin

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from articles import acting, revising, translating
from articles.admin import buttons
from articles.admin.forms import PageForm
from articles.admin.languages import other_languages
from articles.admin.opening import Opening, open_row
from articles.admin.stories import STATE_COLOURS, LanguageFilter
from articles.admin.writing import Verb, WritingAdmin
from articles.content import PageContent
from articles.models import Page
from newsroom.lib.desk_translations import TranslationAdmin
from newsroom.lib.languages import language_name
from newsroom.lib.translations import TranslationError, original_of, translations_of


@admin.register(Page)
class PageAdmin(TranslationAdmin, WritingAdmin):
    name_field = "latest_headline"
    list_display = ["shown_headline", "shown_state", "slug", "language", "edited_at"]
    list_filter = ["state", LanguageFilter]
    search_fields = ["latest_headline", "slug"]
    ordering = ["language", "headline", "id"]
    saving_verbs: ClassVar[dict[str, Verb]] = {"publish": buttons.publish_page}
    plain_verbs: ClassVar[dict[str, Verb]] = {"unpublish": buttons.unpublish_page}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Page]:
        return Page.objects.select_related("latest_revision")

    def has_delete_permission(self, request: HttpRequest, obj: Page | None = None) -> bool:
        return False

    @display(description=gettext_lazy("headline"))
    def shown_headline(self, row: Page) -> str:
        return row.working_headline

    @display(description=gettext_lazy("state"), label=STATE_COLOURS, ordering="state")
    def shown_state(self, row: Page) -> tuple[str, str]:
        label = row.get_state_display()
        return row.state, _("published, changed since") if row.has_unpublished_changes else label

    def new_title(self) -> str:
        return _("New page")

    def make_form(self, request: HttpRequest, row: Page | None, data: Any = None) -> PageForm:
        beside = original_of(row) if row else request.GET.get("translation_of")
        return PageForm(
            data,
            opening=open_row(request, row) if row else Opening(PageContent()),
            row=row or Page(language=self.language_of(request, row)),
            initial={"translation_of": beside},
        )

    def create(self, request: HttpRequest, form: PageForm, content: PageContent) -> Page:
        language, key = self.language_of(request, None), form.origin.session_key
        page = revising.create_page(user=request.user, language=language, content=content, session_key=key)
        self._join(request, page, form)
        return page

    def save_content(self, request: HttpRequest, row: Page, form: PageForm) -> Page:
        self._join(request, row, form)  # first: of two versions of the text it is no part
        revising.save_page_revision(user=request.user, page=row, content=form.content(), **form.ways())
        return row

    def _join(self, request: HttpRequest, row: Page, form: PageForm) -> None:
        """Of what is saved it alone is live at once."""
        if not form.names_another:
            return
        try:
            translating.join_page(user=request.user, page=row, other=form.cleaned_data["translation_of"])
        except TranslationError as error:
            messages.error(request, str(error))

    def side_context(self, request: HttpRequest, row: Page | None, form: PageForm) -> dict[str, Any]:
        return {
            "can_publish": acting.may(request.user, "publish_page"),
            "live_url": urljoin(settings.SITE_URL, row.get_absolute_url()) if row and row.is_published() else "",
            "language_label": language_name(self.language_of(request, row)),
            "other_languages": other_languages(row, list(translations_of(row))) if row else [],
        }

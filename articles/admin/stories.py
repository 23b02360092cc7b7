"""Stories at the desk."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar
from urllib.parse import urljoin

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.views import ChangeList

from articles import acting, reviewing, revising, scheduling, translating
from articles.admin import buttons
from articles.admin.dating import correct_date
from articles.admin.deciding import queue
from articles.admin.forms import StoryForm
from articles.admin.held_fields import held_fields
from articles.admin.languages import other_languages
from articles.admin.looking import look, preview
from articles.admin.opening import Opening, open_row
from articles.admin.writing import Verb, WritingAdmin
from articles.autosaving import with_own_autosave
from articles.content import BylineEntry, StoryContent
from articles.models import Article, Author, Byline, Section
from articles.models.publication import State
from newsroom.lib.languages import language_name
from newsroom.lib.row_keys import read_key, read_keys

STATE_COLOURS = {
    State.DRAFT: "info", State.IN_REVIEW: "warning", State.SCHEDULED: "primary", State.PUBLISHED: "success",
    State.UNPUBLISHED: "danger",
}  # fmt: skip
PICK_LIMIT = 20
# By the button that sets them, and no other.
TIMES = {
    "schedule": ("publish_at",), "take_down_at": ("unpublish_at", "take_down_note"), "embargo": ("embargo_until",),
}  # fmt: skip


def sections_of(request: HttpRequest) -> dict[int, Section]:
    """Every section, read once in a request."""
    if not hasattr(request, "_sections"):
        request._sections = Section.objects.in_bulk()  # type: ignore[attr-defined]
    return request._sections  # type: ignore[attr-defined]


class SectionFilter(admin.SimpleListFilter):
    """By the live section; by the one written last for what was never published."""

    title = gettext_lazy("section")
    parameter_name = "section"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(pk), f"{section.name} ({section.language})") for pk, section in sections_of(request).items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        if (wanted := read_key(self.value())) is None:
            return queryset
        unpublished = Q(first_published_at=None, latest_revision__content__section_id=wanted)
        return queryset.filter(Q(section_id=wanted) | unpublished)


class LanguageFilter(admin.SimpleListFilter):
    """From the settings: asking the table which there are would read all of it."""

    title = gettext_lazy("language")
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(settings.LANGUAGES)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(language=self.value()) if self.value() else queryset


class StoryList(ChangeList):
    """Names the authors and section of what was written last, in one query each for the page."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        sections = sections_of(request)
        wanted = {entry["author_id"] for row in self.result_list for entry in row.byline_entries or []}
        names = dict(Author.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}
        for row in self.result_list:
            row.working_section = sections.get(row.working_section_id)
            entries = row.byline_entries or []
            row.byline_names = ", ".join(names[e["author_id"]] for e in entries if e["author_id"] in names)


@admin.register(Article)
class ArticleAdmin(WritingAdmin):
    list_display = ["shown_headline", "shown_state", "shown_section", "shown_bylines", "language", "edited_at"]
    list_filter = ["state", SectionFilter, "kind", LanguageFilter]
    search_fields = ["latest_headline", "headline"]
    search_help_text = gettext_lazy("Search in headlines")
    ordering = ["-edited_at", "-id"]
    preview_view = "look"
    saving_verbs: ClassVar[dict[str, Verb]] = {
        "submit": buttons.submit,
        "publish": buttons.publish,
        "schedule": buttons.schedule,
        "take_down_at": buttons.schedule_unpublishing,
        "embargo": buttons.set_embargo,
        "request_changes": buttons.request_changes,
        "preview_link": buttons.make_preview_link,
        "translation_current": buttons.mark_translation_current,
    }
    plain_verbs: ClassVar[dict[str, Verb]] = {
        "unpublish": buttons.unpublish,
        "unschedule": buttons.unschedule,
        "revoke_preview_links": buttons.revoke_preview_links,
    }
    speaking_verbs: ClassVar[dict[str, Verb]] = {"note": buttons.add_note, "resolve": buttons.resolve_note}
    noting_verbs = frozenset({"note", "request_changes"})

    # Who may do what

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        rows = Article.objects.editable_by(request.user).select_related("latest_revision").order_by(*self.ordering)
        if request.resolver_match and request.resolver_match.url_name == "articles_article_changelist":
            # The list shows no text, and bodies are long.
            shown = translating.with_state_of_translation(reviewing.with_open_notes(rows)).annotate(
                byline_entries=F("latest_revision__content__bylines"),
                working_section_id=F("latest_revision__content__section_id"),
            )
            return shown.defer("body", "search_text", "search_vector", "latest_revision__content")
        whole = rows.select_related("latest_revision__created_by").defer("search_text", "search_vector")
        if request.resolver_match and request.resolver_match.url_name == "articles_article_change":
            source = ("translated_from__live_revision", "translated_from__latest_revision")
            unread = ("translated_from__search_text", "translated_from__search_vector")
            return with_own_autosave(request.user, whole.select_related(*source).defer(*unread))
        return whole

    def has_view_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        if obj is None:
            return super().has_view_permission(request)
        return acting.may_see(request.user, obj)

    def has_change_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        if obj is None:
            return super().has_change_permission(request)
        return acting.may_edit(request.user, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        if obj is None:
            return acting.may(request.user, "add_article")
        return obj.first_published_at is None and acting.may_edit(request.user, obj)

    # The list

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return StoryList

    @display(description=gettext_lazy("headline"), ordering="latest_headline")
    def shown_headline(self, row: Article) -> str:
        return row.working_headline

    @display(description=gettext_lazy("state"), label=STATE_COLOURS, ordering="state")
    def shown_state(self, row: Article) -> tuple[str, str]:
        if row.state == State.DRAFT and row.has_open_request:  # type: ignore[attr-defined]
            return State.UNPUBLISHED, _("changes requested")  # in the colour that asks for something
        if row.is_behind_source:  # type: ignore[attr-defined]
            return State.IN_REVIEW, _("%(state)s, source changed") % {"state": row.get_state_display()}
        return row.state, _("published, changed since") if row.has_unpublished_changes else row.get_state_display()

    @display(description=gettext_lazy("section"))
    def shown_section(self, row: Article) -> str:
        return str(row.working_section or "—")  # type: ignore[attr-defined]

    @display(description=gettext_lazy("by"))
    def shown_bylines(self, row: Article) -> str:
        return row.byline_names  # type: ignore[attr-defined]

    # The form

    def new_title(self) -> str:
        return _("New story")

    def make_form(self, request: HttpRequest, row: Article | None, data: Any = None) -> StoryForm:
        opening = open_row(request, row) if row else Opening(StoryContent(bylines=_own_byline(request)))
        times = {name: getattr(row, name) for name in ("publish_at", "unpublish_at", "embargo_until")} if row else {}
        note = {"take_down_note": row.unpublish_note} if row else {}
        # What is sent is measured by what is set.
        held = dict(held_fields(request, row).typed) if row and data is None else {}
        return StoryForm(
            data,
            opening=opening,
            language=self.language_of(request, row),
            initial=times | note | held,
        )

    def create(self, request: HttpRequest, form: StoryForm, content: StoryContent) -> Article:
        return revising.create_article(
            user=request.user,
            language=form.language,
            content=content,
            translation_of=_original_of(request, form.language),
            session_key=form.origin.session_key,
        )

    def save_content(self, request: HttpRequest, row: Article, form: StoryForm) -> Article:
        acting.check_may_edit(request.user, row)
        revising.save_revision(user=request.user, article=row, content=form.content(), **form.ways())
        return row

    def unset_sentence(self, form: StoryForm, verb: str) -> str:
        others = [name for button, names in TIMES.items() if button != verb for name in names]
        left = [str(form[name].label) for name in others if name in form.data and name in form.changed_data]
        if not left:
            return ""
        return _("Not set: %(names)s. A time counts once the button below it is pressed.") % {"names": ", ".join(left)}

    def side_context(self, request: HttpRequest, row: Article | None, form: StoryForm) -> dict[str, Any]:
        user = request.user
        return {
            "can_publish": acting.may_publish(user, row),
            "source": _source_of(request, row, form.language),
            "is_editor": acting.may(user, "publish_article"),
            "is_embargo_locked": row is not None and scheduling.is_embargo_locked(row),
            "notes": (notes := reviewing.notes_of(row) if row else []),
            "changes_requested": row is not None and reviewing.are_changes_requested(row, notes),
            "people": reviewing.people_for(row) if row else [],
            "can_submit": acting.may(user, "submit_article") and (row is None or row.state in reviewing.SUBMITTABLE),
            "can_delete": row is not None and self.has_delete_permission(request, row),
            "can_correct": row is not None and row.state == State.PUBLISHED and acting.may(user, "add_correction"),
            "lead_image": _lead_image(form["lead_image_id"].value()),
            "live_url": urljoin(settings.SITE_URL, row.get_absolute_url()) if row and row.is_published() else "",
            "language_label": language_name(self.language_of(request, row)),
            **_other_stories(row, _as_ids(form["related_ids"].value())),
        }

    # Other addresses

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("pick/", wrap(self.pick), name="articles_article_pick"),
            path("queue/", wrap(partial(queue, self)), name="articles_article_queue"),
            path("<path:object_id>/date/", wrap(partial(correct_date, self)), name="articles_article_correct_date"),
            path("<path:object_id>/preview/", wrap(partial(preview, self)), name="articles_article_preview"),
            path("<path:object_id>/look/", wrap(partial(look, self)), name="articles_article_look"),
            *super().get_urls(),
        ]

    def pick(self, request: HttpRequest) -> JsonResponse:
        """Published stories for links and related boxes, the newest first."""
        if not acting.may(request.user, "view_article"):
            raise PermissionDenied
        rows = Article.objects.published().order_by("-published_at", "-pk")
        if words := request.GET.get("q", "").strip():
            rows = rows.filter(headline__icontains=words)
        items = [
            {"id": row.pk, "title": row.headline, "note": f"{row.published_on} · {row.language}"}
            for row in rows.only("headline", "published_on", "language")[:PICK_LIMIT]
        ]
        return JsonResponse({"items": items})

    # Only what was never published may be deleted

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list[str], dict[str, int], set[str], list]:
        return [str(row.working_headline) for row in objs], {}, set(), []

    def delete_model(self, request: HttpRequest, obj: Article) -> None:
        revising.delete_draft(user=request.user, article=obj)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """The audit has it."""


def _own_byline(request: HttpRequest) -> list[BylineEntry]:
    """A writer's new story carries their name."""
    author = Author.objects.filter(member_id=request.user.pk).first()
    return [BylineEntry(author_id=author.pk, role=Byline.Role.WORDS)] if author else []


def _original_of(request: HttpRequest, language: str) -> Article | None:
    """The story that a new one translates, when nobody did so yet."""
    original = Article.objects.filter(pk=read_key(request.GET.get("translation_of"))).first()
    if original is None or not (acting.may_see(request.user, original) or original.is_published()):
        return None
    same = Article.objects.filter(translation_key=original.translation_key, language=language)
    return None if same.exists() else original


def _source_of(request: HttpRequest, row: Article | None, language: str) -> translating.Source | None:
    """Of a row as `get_queryset` read it. Beside a new story it stands from the first word."""
    if row is not None:
        return translating.source_of(request.user, row, row.translated_from)
    unsaved = Article(language=language, translated_from=_original_of(request, language))
    return translating.source_of(request.user, unsaved)


def _lead_image(value: Any) -> str:
    """Where its thumbnail is; asked for by the browser, so that the form costs no query more."""
    key = read_key(value)
    return reverse("admin:articles_image_thumb", args=[key]) if key is not None else ""


def _as_ids(wanted: Any) -> list[int]:
    if isinstance(wanted, str):
        return read_keys(wanted)
    return list(wanted or [])


def _other_stories(row: Article | None, wanted: list[int]) -> dict[str, Any]:
    """Related stories by id and headline in their order, and the other languages; one query for both."""
    key = row.translation_key if row else None
    if not wanted and key is None:
        return {"related": [], "other_languages": []}
    others = {
        other.pk: other
        for other in Article.objects.filter(Q(pk__in=wanted) | Q(translation_key=key)).only(
            "headline", "language", "translation_key", "translated_from_id", "translated_revision_id"
        )
    }
    there = [other for other in others.values() if other.translation_key == key]
    return {
        "related": [(pk, others[pk].headline) for pk in wanted if pk in others],
        "other_languages": other_languages(row, there) if row else [],
    }

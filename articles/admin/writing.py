"""What the forms of stories and pages share.

They are views of our own, not Django's change form: that one saves in `save_related` to the live tables, whatever
`save_model` does. Here saving writes a Revision, and each button calls one verb.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from js_asset import Media
from unfold.admin import ModelAdmin

from articles.admin.conflict_views import show_conflict
from articles.admin.held_fields import hold_fields, let_go_of_fields
from articles.admin.held_notes import hold_note, let_go
from articles.admin.paging import InfinitePaginator
from articles.admin.saving import saving_context, saving_urls
from articles.autosaving import begin, find_begun
from articles.moving import PublishingError
from articles.revising import EditConflict
from newsroom.lib.languages import main_language
from newsroom.lib.row_keys import read_key

Verb = Callable[[HttpRequest, Any, Any], str]


class WritingAdmin(ModelAdmin):
    """A list, and a form over the latest revision. Subclasses say how to read, save and what the buttons do."""

    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    actions = None
    preview_view = "preview"
    # Buttons that save the form first, and those that only act on the row.
    saving_verbs: ClassVar[dict[str, Verb]] = {}
    plain_verbs: ClassVar[dict[str, Verb]] = {}
    speaking_verbs: ClassVar[dict[str, Verb]] = {}  # also for those who may see the row and not change it
    noting_verbs: ClassVar[frozenset[str]] = frozenset()  # those that take the note

    def make_form(self, request: HttpRequest, row: Any, data: Any = None) -> Any:
        raise NotImplementedError

    def create(self, request: HttpRequest, form: Any, content: Any) -> Any:
        """Calls the verb that makes the row with its first revision; the row."""
        raise NotImplementedError

    def save_content(self, request: HttpRequest, row: Any, form: Any) -> Any:
        """Calls the verb that writes a revision of a row that is there; the row."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        return [*saving_urls(self), *super().get_urls()]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The admin's log knows nothing of what is written here: the revisions do."""
        return HttpResponseRedirect(reverse(f"admin:articles_{self.opts.model_name}_revisions", args=[object_id]))

    def side_context(self, request: HttpRequest, row: Any, form: Any) -> dict[str, Any]:
        raise NotImplementedError

    def find_row(self, request: HttpRequest, object_id: str) -> Any:
        """The row if this person may see it; Http404 otherwise."""
        queryset = self.get_queryset(request)
        row = queryset.filter(pk=read_key(object_id)).first()
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        return row

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.find_row(request, object_id) if object_id else None
        if row is None and not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._show(request, row, self.make_form(request, row))
        verb = "resolve" if "resolve" in request.POST else request.POST.get("verb", "save")
        hold_note(request, row)
        if row is not None:
            hold_fields(request, row)
        if row is not None and (act := self._verb_without_saving(request, row, verb)):
            self._act(request, verb, act, row, None)
            return self._return(row)
        return self._save(request, row, verb)

    def _verb_without_saving(self, request: HttpRequest, row: Any, verb: str) -> Verb | None:
        if verb in self.speaking_verbs and not self.has_change_permission(request, row):
            return self.speaking_verbs[verb]
        return self.plain_verbs.get(verb)

    def _save(self, request: HttpRequest, row: Any, verb: str) -> HttpResponse:
        form = self.make_form(request, row, request.POST)
        if not form.is_valid():
            return self._show(request, row, form, status=422)
        # A form that has begun its row already (an autosave did, or the button was pressed twice) begins no other.
        row = row or find_begun(user=request.user, kind=self.model, session_key=form.origin.session_key)
        try:
            row = self.save_content(request, row, form) if row else self._begin(request, form)
        except EditConflict as conflict:
            return show_conflict(self, request, row, form, conflict)
        hold_fields(request, row)  # also of a row that was begun just now
        if act := (self.saving_verbs | self.speaking_verbs).get(verb):
            self._act(request, verb, act, row, form)
        else:
            messages.success(request, self.saved_sentence(row))
        if unset := self.unset_sentence(form, verb):
            messages.warning(request, unset)
        if verb == "preview":
            return HttpResponseRedirect(
                reverse(f"admin:articles_{self.opts.model_name}_{self.preview_view}", args=[row.pk])
            )
        return self._return(row)

    def _begin(self, request: HttpRequest, form: Any) -> Any:
        create = partial(self.create, request, form, form.content())
        return begin(user=request.user, kind=self.model, session_key=form.origin.session_key, create=create)

    def saved_sentence(self, row: Any) -> str:
        if row.first_published_at is not None:
            return _("Saved. Readers see no change until you publish.")
        return _("Saved.")

    def unset_sentence(self, form: Any, verb: str) -> str:
        """What the form holds that only another button takes; none for most forms."""
        return ""

    def _act(self, request: HttpRequest, verb: str, act: Verb, row: Any, form: Any) -> None:
        """What was saved stays saved when the verb refuses, and the note that it would not take stays in its box."""
        try:
            messages.success(request, act(request, row, form))
        except PublishingError as error:
            for sentence in error.sentences:
                messages.error(request, sentence)
        else:
            let_go_of_fields(request, row, verb)
            if verb in self.noting_verbs:
                let_go(request, row)

    def _return(self, row: Any) -> HttpResponse:
        return HttpResponseRedirect(reverse(f"admin:articles_{self.opts.model_name}_change", args=[row.pk]))

    def _show(self, request: HttpRequest, row: Any, form: Any, status: int = 200) -> HttpResponse:
        can_edit = row is None or self.has_change_permission(request, row)
        if not can_edit:
            for field in form.fields.values():
                field.disabled = True
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": row.working_headline if row else self.new_title(),
            "form": form,
            "media": Media.from_media(form.media, nonce=getattr(request, "csp_nonce", "")),
            "can_edit": can_edit,
            "language": self.language_of(request, row),
            **saving_context(self, request, row, form),
            **self.side_context(request, row, form),
        }
        return TemplateResponse(
            request, f"admin/articles/{self.opts.model_name}/change_form.html", context, status=status
        )

    def new_title(self) -> str:
        raise NotImplementedError

    @staticmethod
    def language_of(request: HttpRequest, row: Any) -> str:
        if row is not None:
            return row.language
        wanted = request.POST.get("language") or request.GET.get("language") or ""
        return wanted if wanted in settings.LANGUAGE_CODES else main_language()

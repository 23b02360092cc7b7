"""The editors' queue, and the rights that publishers lend."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from articles import acting, lending, publishing, reviewing
from articles.admin.held_notes import held_note, hold_note, let_go
from articles.models import Article, PublishingLoan
from articles.moving import PublishingError
from newsroom.lib.row_keys import read_key

QUEUE_LENGTH = 50


def queue(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """What waits for an editor, longest first, each with a yes and a "not yet" beside it."""
    if not acting.may(request.user, "publish_article"):
        raise PermissionDenied
    if request.method == "POST":
        _decide(request)
        return HttpResponseRedirect(reverse("admin:articles_article_queue"))
    rows = list(reviewing.in_review().select_related("latest_revision__created_by", "created_by")[:QUEUE_LENGTH])
    for row in rows:
        row.held_note = held_note(request, row)  # type: ignore[attr-defined]
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Waiting for an editor"),
        "stories": rows,
    }
    return TemplateResponse(request, "admin/articles/article/queue.html", context)


def _decide(request: HttpRequest) -> None:
    """The button says which revision was read: what was saved since is not published unseen."""
    article = get_object_or_404(Article, pk=read_key(request.POST.get("story")))
    hold_note(request, article)  # until it is taken: here, or beside the story when that is no longer in review
    try:
        if request.POST.get("decision") == "changes":
            reviewing.request_changes(user=request.user, article=article, text=request.POST.get("note_text", ""))
            let_go(request, article)
            messages.success(request, _("Returned to its writer, who is told what to change."))
        else:
            article.latest_revision_id = read_key(request.POST.get("revision"))  # as it was read
            publishing.publish(user=request.user, article=article)
            messages.success(request, _("Published: %s") % article.working_headline)
    except PublishingError as error:
        for sentence in error.sentences:
            messages.error(request, f"{article.working_headline}: {sentence}")


class LoanForm(forms.ModelForm):
    """Says what the verb would refuse, beside the form."""

    class Meta:
        model = PublishingLoan
        fields = ("writer", "from_on", "until_on")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors:
            try:
                lending.check_loan(**values)
            except PublishingError as error:
                raise forms.ValidationError(error.sentences) from error
        return values


@admin.register(PublishingLoan)
class PublishingLoanAdmin(ModelAdmin):
    form = LoanForm
    paginator = InfinitePaginator
    show_full_result_count = False
    list_display = ("writer", "from_on", "until_on", "shown_state")
    list_select_related = ("writer",)
    autocomplete_fields = ("writer",)
    actions = ("take_back",)

    def has_change_permission(self, request: HttpRequest, obj: PublishingLoan | None = None) -> bool:
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: PublishingLoan | None = None) -> bool:
        return False

    @display(
        description=gettext_lazy("state"),
        label={"running": "success", "taken_back": "danger", "ahead": "info", "over": "warning"},
    )
    def shown_state(self, loan: PublishingLoan) -> tuple[str, str]:
        return lending.state_of_loan(loan)

    def save_model(self, request: HttpRequest, obj: PublishingLoan, form: Any, change: bool) -> None:
        """By the verb, which writes a row of its own."""
        loan = lending.lend_publishing(user=request.user, **form.cleaned_data)
        obj.pk = loan.pk

    @admin.action(description=gettext_lazy("Take back"), permissions=["change"])
    def take_back(self, request: HttpRequest, loans: QuerySet[PublishingLoan]) -> None:
        for loan in loans:
            lending.take_back(user=request.user, loan=loan)

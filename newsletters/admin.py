"""Newsletters and their editions at the desk: compose, look, send, watch."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display

from articles.models import Article
from newsletters import composing, sending
from newsletters.models import Delivery, Edition, EditionItem, Newsletter
from newsroom.lib.audit import record
from newsroom.lib.page_cache import purge

MAIL_POLICY = {
    "default-src": ["'none'"], "style-src": ["'unsafe-inline'"], "img-src": ["'self'", "data:"],
    "frame-ancestors": ["'self'"],
}  # fmt: skip


@admin.register(Newsletter)
class NewsletterAdmin(ModelAdmin):
    list_display = ["name", "language", "schedule", "readers", "is_active"]
    prepopulated_fields = {"slug": ["name"]}
    search_fields = ["name"]

    @display(description=gettext_lazy("readers"))
    def readers(self, newsletter: Newsletter) -> int:
        return newsletter.signups.filter(state="confirmed").count()

    def has_delete_permission(self, request: HttpRequest, obj: Newsletter | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Newsletter, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        record("newsletter.saved", actor=request.user, target=obj)
        purge([obj.page_key, "newsletters"])


class EditionItemInline(TabularInline):
    model = EditionItem
    extra = 3
    fields = ["position", "article", "blurb"]
    autocomplete_fields = ["article"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "article":
            kwargs["queryset"] = Article.objects.published()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Edition)
class EditionAdmin(ModelAdmin):
    list_display = ["subject", "newsletter", "shown_state", "progress", "dated_on"]
    list_filter = ["state", "newsletter"]
    list_select_related = ["newsletter", "job"]
    fields = ["newsletter", "subject", "preheader", "intro"]
    inlines = [EditionItemInline]
    show_full_result_count = False
    actions_detail = ["preview", "send_a_test", "send_now", "watch"]

    @display(
        description=gettext_lazy("state"),
        label={"draft": "warning", "sending": "info", "sent": "success", "stopped": "danger"},
    )
    def shown_state(self, edition: Edition) -> tuple[str, str]:
        return edition.state, edition.get_state_display()

    @display(description=gettext_lazy("delivered"))
    def progress(self, edition: Edition) -> str:
        return f"{edition.job.done} / {edition.job.total}" if edition.job else "–"

    def has_change_permission(self, request: HttpRequest, obj: Edition | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.state == Edition.State.DRAFT)

    def has_delete_permission(self, request: HttpRequest, obj: Edition | None = None) -> bool:
        return (
            obj is not None and obj.state == Edition.State.DRAFT and super().has_delete_permission(request, obj)
        )

    def save_model(self, request: HttpRequest, obj: Edition, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/mail/", view(self.mail_view), name="newsletters_edition_mail"),
            path("<int:pk>/send/", view(self.send_view), name="newsletters_edition_send"),
            path("<int:pk>/progress/", view(self.progress_view), name="newsletters_edition_progress"),
            path("<int:pk>/progress/bar/", view(self.bar_view), name="newsletters_edition_bar"),
        ]
        return own + super().get_urls()

    @action(description=gettext_lazy("Preview"), permissions=["view"])
    def preview(self, request: HttpRequest, object_id: int) -> HttpResponse:
        edition = self._edition(request, object_id)
        context = self._context(request, edition, title=_("Preview"))
        return TemplateResponse(request, "admin/newsletters/edition/preview.html", context)

    @action(description=gettext_lazy("Send a test to me"), permissions=["view"])
    def send_a_test(self, request: HttpRequest, object_id: int) -> HttpResponse:
        sending.send_test(user=request.user, edition=self._edition(request, object_id))
        messages.success(request, _("The test is on its way to your address."))
        return redirect("admin:newsletters_edition_change", object_id)

    @action(description=gettext_lazy("Send now"), permissions=["send"])
    def send_now(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return redirect("admin:newsletters_edition_send", object_id)

    @action(description=gettext_lazy("Watch it go out"), permissions=["view"])
    def watch(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return redirect("admin:newsletters_edition_progress", object_id)

    def has_send_permission(self, request: HttpRequest, object_id: int | None = None) -> bool:
        return request.user.has_perm(sending.SEND)

    @staticmethod
    def _edition(request: HttpRequest, pk: int) -> Edition:
        if not request.user.has_perm("newsletters.view_edition"):
            raise PermissionDenied
        return get_object_or_404(Edition.objects.select_related("newsletter", "job"), pk=pk)

    def _context(self, request: HttpRequest, edition: Edition, **extra: Any) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, "original": edition, "edition": edition, **extra}

    def mail_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The mail itself, for the frame of the preview."""
        edition = self._edition(request, pk)
        html = edition.html or composing.compose(edition)[0]
        response = HttpResponse(html)
        response._csp_replace = MAIL_POLICY  # type: ignore[attr-defined]
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        return response

    def send_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How many will get it, and one button."""
        edition = self._edition(request, pk)
        if not self.has_send_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            try:
                sending.start_sending(user=request.user, edition=edition)
            except sending.EditionError as error:
                messages.error(request, str(error))
                return redirect("admin:newsletters_edition_change", pk)
            return redirect("admin:newsletters_edition_progress", pk)
        context = self._context(
            request, edition, title=_("Send this edition"), recipients=sending.recipients_count(edition),
            items=composing.visible_items(edition), written=edition.items.count(),
        )  # fmt: skip
        return TemplateResponse(request, "admin/newsletters/edition/send.html", context)

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A bar that moves; POST stops the sending."""
        edition = self._edition(request, pk)
        if request.method == "POST":
            try:
                sending.stop_sending(user=request.user, edition=edition)
                messages.success(request, _("Stopped. What is queued stays unsent."))
            except sending.EditionError as error:
                messages.error(request, str(error))
            return redirect("admin:newsletters_edition_progress", pk)
        context = self._context(request, edition, title=edition.subject, **self._figures(edition))
        return TemplateResponse(request, "admin/newsletters/edition/progress.html", context)

    def bar_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        edition = self._edition(request, pk)
        return render(
            request, "admin/newsletters/edition/_bar.html", {"edition": edition, **self._figures(edition)}
        )

    @staticmethod
    def _figures(edition: Edition) -> dict[str, Any]:
        """What wants a person: rows that failed and rows of which nobody knows whether they left."""
        rows: QuerySet[Delivery] = edition.deliveries.filter(state__in=("failed", "unknown", "skipped"))
        troubled = rows.order_by().values_list("state", "error").distinct()[:20]
        return {
            "job": edition.job,
            "failed": rows.filter(state="failed").count(),
            "unknown": rows.filter(state="unknown").count(),
            "skipped": rows.filter(state="skipped").count(),
            "reasons": [error for _state, error in troubled if error],
        }

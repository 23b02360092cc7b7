"""Newsletters and their editions at the desk: compose, look, send, watch."""

from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminSelectWidget

from articles.acting import may_see
from articles.content import latest_story_content
from articles.models import Article
from articles.story_page import draft_context
from members.accounts.models import Member
from newsletters import composing, sending
from newsletters.models import Delivery, Edition, EditionItem, Newsletter, Signup
from newsroom.lib.admin import ReadOnlyAdmin
from newsroom.lib.audit import record
from newsroom.lib.desk_translations import TranslationAdmin, TranslationForm
from newsroom.lib.page_cache import purge


@admin.register(Newsletter)
class NewsletterAdmin(TranslationAdmin):
    form = TranslationForm
    paginator = InfinitePaginator
    show_full_result_count = False
    list_display = ["name", "language", "schedule", "readers", "is_active"]
    search_fields = ["name"]
    fields = [
        "name", "slug", "language", "translation_of", "description", "schedule", "sender_name", "position", "is_active",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Newsletter]:
        confirmed = Count("signups", filter=Q(signups__state=Signup.State.CONFIRMED))
        return super().get_queryset(request).annotate(readers=confirmed)

    @display(description=gettext_lazy("readers"), ordering="readers")
    def readers(self, newsletter: Any) -> int:
        return newsletter.readers

    def get_prepopulated_fields(self, request: HttpRequest, obj: Newsletter | None = None) -> dict[str, Any]:
        return {} if obj else {"slug": ["name"]}

    def get_readonly_fields(self, request: HttpRequest, obj: Newsletter | None = None) -> list[str]:
        return ["slug", "language"] if obj else []  # its address stands in mails that were sent

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "language":
            kwargs["widget"] = UnfoldAdminSelectWidget(choices=settings.LANGUAGES)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Newsletter | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Newsletter, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        record("newsletter.saved", actor=_editor(request), target=obj)
        purge([obj.page_key, "newsletters"])


class EditionItemInline(TabularInline):
    model = EditionItem
    extra = 3
    fields = ["position", "article", "blurb"]
    autocomplete_fields = ["article"]  # offers what `limit_choices_to` allows: published stories

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "article":
            field.error_messages["invalid_choice"] = _("Readers cannot open this story: publish it or choose another.")
        return field


@admin.register(Edition)
class EditionAdmin(ModelAdmin):
    list_display = ["subject", "newsletter", "shown_state", "progress", "dated_on"]
    list_filter = ["state", "newsletter"]
    list_select_related = ["newsletter", "job"]
    search_fields = ["subject"]
    fields = ["newsletter", "subject", "preheader", "intro"]
    inlines = [EditionItemInline]
    paginator = InfinitePaginator
    show_full_result_count = False
    actions_detail = ["preview", "send_now", "watch"]

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
        return obj is not None and obj.state == Edition.State.DRAFT and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Edition, form: Any, change: bool) -> None:
        try:
            sending.save_draft(user=_editor(request), edition=obj)
        except sending.EditionError as error:  # it was sent while this form stood open
            raise PermissionDenied(str(error)) from error

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        return super().get_queryset(request).defer("html", "text")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("story/<int:pk>/", view(self.story_view), name="newsletters_edition_story"),
            path("<int:pk>/mail/", view(self.mail_view), name="newsletters_edition_mail"),
            path("<int:pk>/test/", view(require_POST(self.test_view)), name="newsletters_edition_test"),
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

    @action(description=gettext_lazy("Send"), permissions=["send"])
    def send_now(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return redirect("admin:newsletters_edition_send", object_id)

    @action(description=gettext_lazy("Watch it go out"), permissions=["watch"])
    def watch(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return redirect("admin:newsletters_edition_progress", object_id)

    def has_send_permission(self, request: HttpRequest, object_id: int | str | None = None) -> bool:
        return request.user.has_perm(sending.SEND) and self._is_draft(object_id)

    def has_watch_permission(self, request: HttpRequest, object_id: int | str | None = None) -> bool:
        return self.has_view_permission(request) and not self._is_draft(object_id)

    @staticmethod
    def _is_draft(pk: int | str | None) -> bool:
        return Edition.objects.filter(pk=pk, state=Edition.State.DRAFT).exists()

    @staticmethod
    def _edition(request: HttpRequest, pk: int) -> Edition:
        if not request.user.has_perm("newsletters.view_edition"):
            raise PermissionDenied
        return get_object_or_404(Edition.objects.select_related("newsletter", "job"), pk=pk)

    def _context(self, request: HttpRequest, edition: Edition, **extra: Any) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": edition,
            "edition": edition,
            **extra,
        }

    def mail_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The mail itself, for the frame of the preview."""
        edition = self._edition(request, pk)
        html = edition.html or composing.compose(edition)[0]
        return HttpResponse(html, headers={"X-Frame-Options": "SAMEORIGIN"})

    def story_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A draft as it would stand in a letter, for the frame beside the editor."""
        article = get_object_or_404(Article.objects.select_related("latest_revision"), pk=pk)
        if not may_see(request.user, article):
            raise Http404
        story = draft_context(article, latest_story_content(article))["article"]
        headers = {"X-Frame-Options": "SAMEORIGIN", "Cache-Control": "private, no-store"}
        return HttpResponse(composing.compose_story(story), headers=headers)

    def test_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        edition = self._edition(request, pk)
        try:
            sending.send_test(user=_editor(request), edition=edition)
            messages.success(request, _("The test is on its way to your address."))
        except sending.EditionError as error:
            messages.error(request, str(error))
        return redirect("admin:newsletters_edition_preview", pk)

    def send_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How many will get it; one button for now, one for later."""
        edition = self._edition(request, pk)
        if not request.user.has_perm(sending.SEND):
            raise PermissionDenied
        if request.method == "POST":
            return self._send(request, edition)
        context = self._context(
            request, edition, title=_("Send this edition"), recipients=sending.recipients_count(edition),
            items=composing.visible_items(edition), written=edition.items.count(),
        )  # fmt: skip
        return TemplateResponse(request, "admin/newsletters/edition/send.html", context)

    @staticmethod
    def _send(request: HttpRequest, edition: Edition) -> HttpResponse:
        try:
            if "schedule" not in request.POST:
                sending.start_sending(user=_editor(request), edition=edition)
                return redirect("admin:newsletters_edition_progress", edition.pk)
            at = _read_time(request.POST.get("send_at", ""))
            sending.schedule_sending(user=_editor(request), edition=edition, at=at)
            messages.success(request, _("The clock will send it.") if at else _("It is off the schedule."))
        except sending.EditionError as error:
            messages.error(request, str(error))
        return redirect("admin:newsletters_edition_send", edition.pk)

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A bar that moves; POST stops the sending."""
        edition = self._edition(request, pk)
        if request.method == "POST":
            try:
                sending.stop_sending(user=_editor(request), edition=edition)
                messages.success(request, _("Stopped. What is queued stays unsent."))
            except sending.EditionError as error:
                messages.error(request, str(error))
            return redirect("admin:newsletters_edition_progress", pk)
        context = self._context(request, edition, title=edition.subject, **self._figures(request, edition))
        return TemplateResponse(request, "admin/newsletters/edition/progress.html", context)

    def bar_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        edition = self._edition(request, pk)
        return render(
            request, "admin/newsletters/edition/_bar.html", {"edition": edition, **self._figures(request, edition)}
        )

    @staticmethod
    def _figures(request: HttpRequest, edition: Edition) -> dict[str, Any]:
        """What wants a person: rows that failed, rows of which nobody knows whether they left, and what waits for a
        server that refuses."""
        rows = edition.deliveries.order_by()
        troubled = rows.filter(Q(state__in=("failed", "unknown")) | Q(state="queued") & ~Q(error=""))
        counted = troubled.values_list("state", "error").annotate(count=Count("pk")).order_by("-count")
        reasons = list(counted[:20])
        return {
            "job": edition.job,
            "may_see_rows": request.user.has_perm("newsletters.view_delivery"),
            "failed": sum(count for state, _error, count in reasons if state == "failed"),
            "unknown": sum(count for state, _error, count in reasons if state == "unknown"),
            "waiting": sum(count for state, _error, count in reasons if state == "queued"),
            "skipped": rows.filter(state="skipped").count(),
            "reasons": sorted({error for _state, error, _count in reasons if error}),
        }


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """What became of each reader's mail; never the address."""

    list_display = ["id", "edition", "reader", "state", "attempts", "error", "sent_at"]
    list_filter = ["state"]
    list_select_related = ["edition", "signup__member"]
    fields = ["edition", "reader", "state", "attempts", "error", "created_at", "claimed_at", "sent_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).defer("edition__html", "edition__text")

    @display(description=gettext_lazy("reader"))
    def reader(self, delivery: Delivery) -> str:
        return str(delivery.signup.member)


def _editor(request: HttpRequest) -> Member:
    """The desk lets nobody else in."""
    return cast(Member, request.user)


def _read_time(text: str) -> datetime | None:
    """What `<input type="datetime-local">` sends, newsroom time; None for nothing. Raises EditionError."""
    if not text:
        return None
    try:
        return timezone.make_aware(datetime.fromisoformat(text))
    except ValueError as error:
        raise sending.EditionError(_("This is not a date and time.")) from error

"""Commissions at the desk: the promise, its reporter and story, and why it was taken back."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminTextareaWidget

from members.voting import commissioning
from members.voting.admin.acting import STATE_COLOURS, run_each
from members.voting.errors import VotingError
from members.voting.models import Commission
from newsroom.lib.desk_actions import person

REASONS = {f"why_{code}": code for code in settings.LANGUAGE_CODES}


class BareCommissionForm(forms.ModelForm):
    """Without the reasons, of which `CommissionForm` has a field per language of the newsroom."""

    class Meta:
        model = Commission
        fields = ["reporter", "article"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, code in REASONS.items():
            if name in self.fields:
                self.fields[name].initial = self.instance.withdrawn_reasons.get(code, "")

    def reasons(self) -> dict[str, str]:
        """By language; one whose field was not shown keeps what it had."""
        written = {code: self.cleaned_data[name] for name, code in REASONS.items() if name in self.cleaned_data}
        return {**self.instance.withdrawn_reasons, **written}


def _reason_field(language: str) -> forms.CharField:
    label = format_lazy(_("why it is withdrawn ({language})"), language=language)
    return forms.CharField(label=label, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


CommissionForm = type(BareCommissionForm)(
    "CommissionForm",
    (BareCommissionForm,),
    {name: _reason_field(dict(settings.LANGUAGES)[code]) for name, code in REASONS.items()},
)


@admin.register(Commission)
class CommissionAdmin(ModelAdmin):
    form = CommissionForm
    list_display = ["__str__", "shown_state", "patrons", "reporter", "story", "commissioned_at"]
    list_filter = ["state"]
    list_select_related = ["topic", "article__latest_revision", "reporter"]
    search_fields = ["topic__texts__question"]
    autocomplete_fields = ["article", "reporter"]
    actions = ["withdraw"]
    paginator = InfinitePaginator
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Commission]:
        return super().get_queryset(request).prefetch_related("topic__texts")

    def get_fields(self, request: HttpRequest, obj: Commission | None = None) -> list[str]:
        """The reason in each language that the topic has, while it can still be written; then as it was given."""
        shown = ["topic", "state", "patrons", "reporter", "article"]
        if obj is None or obj.state != Commission.State.PROMISED:
            return [*shown, "given_reasons"]
        spoken = {text.language for text in obj.topic.texts.all()}
        return [*shown, *(name for name, code in REASONS.items() if code in spoken)]

    def get_readonly_fields(self, request: HttpRequest, obj: Commission | None = None) -> list[str]:
        if obj is not None and obj.state == Commission.State.PROMISED:
            return ["topic", "state", "patrons"]
        return ["topic", "state", "patrons", "article", "given_reasons"]

    @display(description=_("why it is withdrawn"))
    def given_reasons(self, commission: Commission) -> str:
        given = [(code, why) for code, why in commission.withdrawn_reasons.items() if why]
        return format_html_join("", '<p lang="{}">{}</p>', given) if given else "–"

    @display(description=_("state"), label=STATE_COLOURS)
    def shown_state(self, commission: Commission) -> tuple[str, str]:
        return commission.state, commission.get_state_display()

    @display(description=_("story"))
    def story(self, commission: Commission) -> str:
        if commission.article is None:
            return "–"
        address = reverse("admin:articles_article_change", args=[commission.article_id])
        return format_html('<a href="{}">{}</a>', address, commission.article.working_headline)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # commissioned from a topic or a round

    def has_delete_permission(self, request: HttpRequest, obj: Commission | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Commission, form: Any, change: bool) -> None:
        try:
            if any(name in form.changed_data for name in REASONS):
                commissioning.note_reasons(user=person(request), commission=obj, reasons=form.reasons())
            if "reporter" in form.changed_data:
                commissioning.name_reporter(user=person(request), commission=obj, reporter=obj.reporter)
            if "article" in form.changed_data:
                self._link(request, obj)
        except VotingError as error:
            messages.error(request, str(error))

    @staticmethod
    def _link(request: HttpRequest, commission: Commission) -> None:
        if commission.article is None:
            commissioning.unlink_story(user=person(request), commission=commission)
        else:
            commissioning.link_story(user=person(request), commission=commission, article=commission.article)

    @admin.action(description=_("Withdraw, with the reason written on it"), permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Commission]) -> None:
        def take_back(row: Commission) -> None:
            commissioning.withdraw_commission(user=person(request), commission=row, reasons=row.withdrawn_reasons)

        run_each(request, queryset, take_back)

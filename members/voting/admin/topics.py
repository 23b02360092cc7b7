"""Topics at the desk: suggestions and the newsroom's own questions, in each of their languages."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Field, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from members.voting import commissioning, moderating
from members.voting.admin.acting import STATE_COLOURS, FollowsParent, run_each
from members.voting.errors import VotingError
from members.voting.models import Round, Topic, TopicText
from members.voting.suggesting import clean_wording
from newsroom.lib.desk_actions import person


def written_reasons(topic: Topic) -> dict[str, str]:
    """What stands on the topic's page as the reason, by language."""
    return {text.language: text.decline_reason for text in topic.texts.all()}


class TopicTextInline(FollowsParent, TabularInline):
    model = TopicText
    extra = 1
    fields = ["language", "question", "why", "decline_reason"]

    def get_readonly_fields(self, request: HttpRequest, obj: Topic | None = None) -> list[str]:
        return [] if obj is not None and obj.state in moderating.WAITING else ["decline_reason"]

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "language":
            return language_field()
        if db_field.name == "why":
            kwargs["required"] = False  # as for readers, who may leave it out
        return super().formfield_for_dbfield(db_field, request, **kwargs)


def language_field() -> forms.ChoiceField:
    return forms.ChoiceField(label=_("language"), choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget)


class NewTopicForm(forms.ModelForm):
    """A question of the newsroom's own; its other languages are written on its page."""

    question = forms.CharField(label=_("question"), max_length=200, widget=UnfoldAdminTextInputWidget)
    why = forms.CharField(
        label=_("why it matters"), max_length=1000, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )

    class Meta:
        model = Topic
        fields = ["language"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "question" in data:
            try:
                clean_wording(data["question"], data.get("why", ""))
            except VotingError as error:
                self.add_error("question", str(error))
        return data


@admin.register(Topic)
class TopicAdmin(ModelAdmin):
    list_display = ["question", "shown_state", "language", "suggested_by", "created_at"]
    list_filter = ["state", "language"]
    list_select_related = ["suggested_by"]
    search_fields = ["texts__question", "slug"]
    autocomplete_fields = ["merged_into"]
    fields = ["state", "slug", "language", "suggested_by", "merged_into"]
    inlines = [TopicTextInline]
    paginator = InfinitePaginator
    show_full_result_count = False
    actions = ["put_to_vote", "open_topics", "decline_topics", "merge_topics", "commission_topics"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Topic]:
        return super().get_queryset(request).prefetch_related("texts")

    def get_form(self, request: HttpRequest, obj: Topic | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewTopicForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Topic | None = None) -> list[str]:
        return ["language", "question", "why"] if obj is None else self.fields

    def get_inlines(self, request: HttpRequest, obj: Topic | None) -> list[type[TabularInline]]:
        return [] if obj is None else self.inlines

    def get_readonly_fields(self, request: HttpRequest, obj: Topic | None = None) -> list[str]:
        if obj is None:
            return []
        if obj.state in moderating.WAITING:
            return ["state", "slug", "suggested_by"]
        return ["state", "slug", "suggested_by", "merged_into"]

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "language":
            return language_field()
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @display(description=_("state"), label=STATE_COLOURS, ordering="state")
    def shown_state(self, topic: Topic) -> tuple[str, str]:
        return topic.state, topic.get_state_display()

    @display(description=_("question"))
    def question(self, topic: Topic) -> str:
        return str(topic)

    def has_delete_permission(self, request: HttpRequest, obj: Topic | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Topic, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        data = form.cleaned_data
        added = moderating.add_topic(
            user=person(request), language=data["language"], question=data["question"], why=data["why"]
        )
        obj.pk, obj.slug, obj._state.adding = added.pk, added.slug, False

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save(commit=False)  # tells the admin's log what was changed; the verb writes it
        rows = [row.cleaned_data for row in formset.forms if row.cleaned_data and row not in formset.deleted_forms]
        texts = {row["language"]: (row["question"], row["why"]) for row in rows}
        try:
            moderating.edit_texts(user=person(request), topic=form.instance, texts=texts)
            if form.instance.state in moderating.WAITING:
                reasons = {row["language"]: row["decline_reason"] for row in rows}
                moderating.note_reasons(user=person(request), topic=form.instance, reasons=reasons)
        except VotingError as error:
            messages.error(request, str(error))

    @admin.action(description=_("Put to the vote in the open or next round"), permissions=["change"])
    def put_to_vote(self, request: HttpRequest, queryset: QuerySet[Topic]) -> None:
        round_ = Round.objects.exclude(state=Round.State.CLOSED).order_by("state", "number").first()
        if round_ is None:
            messages.error(request, _("Plan a round first."))
            return
        run_each(request, queryset, lambda row: moderating.open_topic(user=person(request), topic=row, round_=round_))

    @admin.action(description=_("Show to readers"), permissions=["change"])
    def open_topics(self, request: HttpRequest, queryset: QuerySet[Topic]) -> None:
        run_each(request, queryset, lambda row: moderating.open_topic(user=person(request), topic=row))

    @admin.action(description=_("Decline, with the reason written on the topic"), permissions=["change"])
    def decline_topics(self, request: HttpRequest, queryset: QuerySet[Topic]) -> None:
        run_each(
            request, queryset,
            lambda row: moderating.decline_topic(user=person(request), topic=row, reasons=written_reasons(row)),
        )  # fmt: skip

    @admin.action(description=_("Merge into the topic chosen on it"), permissions=["change"])
    def merge_topics(self, request: HttpRequest, queryset: QuerySet[Topic]) -> None:
        def merge(row: Topic) -> None:
            if row.merged_into is None:
                raise VotingError(str(_("Choose on its page which topic it is merged into.")))
            moderating.merge_topic(user=person(request), topic=row, into=row.merged_into)

        run_each(request, queryset, merge)

    @admin.action(description=_("Commission"), permissions=["change"])
    def commission_topics(self, request: HttpRequest, queryset: QuerySet[Topic]) -> None:
        run_each(request, queryset, lambda row: commissioning.commission_topic(user=person(request), topic=row))

"""Topics, rounds and commissions at the desk. Every change of state is a verb; what is refused is said in a message."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from members.voting import commissioning, moderating, rounds
from members.voting.errors import VotingError
from members.voting.models import Candidate, Commission, Round, Topic, TopicText
from members.voting.suggesting import clean_wording

STATE_COLOURS = {
    "suggested": "warning", "open": "info", "commissioned": "info", "published": "success", "declined": "danger",
    "promised": "info", "withdrawn": "danger", "planned": "warning", "closed": "success",
}  # fmt: skip


def person(request: HttpRequest) -> Any:
    """Who acts: the admin lets nobody in who is not signed in, which the request's type does not know."""
    return request.user


def run_each(request: HttpRequest, queryset: QuerySet[Any], verb: Callable[[Any], object]) -> None:
    """Calls the verb for each row; says how many went well and, for the others, why not."""
    done = 0
    for row in queryset:
        try:
            verb(row)
        except VotingError as error:
            messages.error(request, f"{row}: {error}")
        else:
            done += 1
    if done:
        messages.success(request, ngettext("Done for one.", "Done for %(count)s.", done) % {"count": done})


def written_reasons(topic: Topic) -> dict[str, str]:
    """What stands on the topic's page as the reason, by language."""
    return {text.language: text.decline_reason for text in topic.texts.all()}


class FollowsParent:
    """Whoever may look after the parent may look after its rows."""

    parent_model: type[Model]

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, "view") or self._may(request, "change")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, "change")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, "change")

    def _may(self, request: HttpRequest, action: str) -> bool:
        return request.user.has_perm(f"members.{action}_{self.parent_model._meta.model_name}")


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


class CandidateInline(FollowsParent, TabularInline):
    """What stands to the vote. A row is put in or taken out, never turned into another: its votes would move."""

    model = Candidate
    extra = 0
    fields = ["topic", "votes"]
    readonly_fields = ["votes"]
    autocomplete_fields = ["topic"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Candidate]:
        return super().get_queryset(request).with_votes().with_topics()  # type: ignore[attr-defined]

    @display(description=_("votes"))
    def votes(self, candidate: Candidate) -> int:
        return getattr(candidate, "votes", 0)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class RoundForm(forms.ModelForm):
    class Meta:
        model = Round
        fields = ["opens_at", "closes_at"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        opens_at, closes_at = data.get("opens_at", self.instance.opens_at), data.get("closes_at")
        if opens_at and closes_at and closes_at <= opens_at:
            self.add_error("closes_at", _("A round must close after it opens."))
        return data


@admin.register(Round)
class RoundAdmin(ModelAdmin):
    form = RoundForm
    list_display = ["__str__", "shown_state", "opens_at", "closes_at"]
    fields = ["number", "state", "opens_at", "closes_at"]
    inlines = [CandidateInline]
    actions = ["open_rounds", "close_rounds", "commission_leading"]

    @display(description=_("state"), label=STATE_COLOURS)
    def shown_state(self, round_: Round) -> tuple[str, str]:
        return round_.state, round_.get_state_display()

    def get_readonly_fields(self, request: HttpRequest, obj: Round | None = None) -> list[str]:
        is_planned = obj is None or obj.state == Round.State.PLANNED
        return ["number", "state"] if is_planned else ["number", "state", "opens_at"]

    def has_change_permission(self, request: HttpRequest, obj: Round | None = None) -> bool:
        """A closed round stays as it is and can be looked at."""
        is_over = obj is not None and obj.state == Round.State.CLOSED
        return not is_over and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Round | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Round, form: Any, change: bool) -> None:
        try:
            if change:
                rounds.move_round(user=person(request), round_=obj, opens_at=obj.opens_at, closes_at=obj.closes_at)
            else:
                planned = rounds.plan_round(user=person(request), opens_at=obj.opens_at, closes_at=obj.closes_at)
                obj.pk, obj.number, obj._state.adding = planned.pk, planned.number, False
        except VotingError as error:
            messages.error(request, str(error))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        added = formset.save(commit=False)
        verbs: list[Callable[[], object]] = [
            partial(moderating.drop_candidate, user=person(request), candidate=row) for row in formset.deleted_objects
        ]
        verbs += [
            partial(moderating.open_topic, user=person(request), topic=row.topic, round_=form.instance) for row in added
        ]
        for verb in verbs:
            try:
                verb()
            except VotingError as error:
                messages.error(request, str(error))

    @admin.action(description=_("Open"), permissions=["change"])
    def open_rounds(self, request: HttpRequest, queryset: QuerySet[Round]) -> None:
        run_each(request, queryset, lambda row: rounds.open_round(user=person(request), round_=row))

    @admin.action(description=_("Close"), permissions=["change"])
    def close_rounds(self, request: HttpRequest, queryset: QuerySet[Round]) -> None:
        run_each(request, queryset, lambda row: rounds.close_round(user=person(request), round_=row))

    @admin.action(description=_("Commission the leading topic"), permissions=["change"])
    def commission_leading(self, request: HttpRequest, queryset: QuerySet[Round]) -> None:
        def commission(round_: Round) -> None:
            leading = round_.candidates.with_votes().filter(topic__state=Topic.State.OPEN).first()  # type: ignore[attr-defined]
            if leading is None:
                raise VotingError(str(_("There is no open topic in this round.")))
            commissioning.commission_topic(user=person(request), topic=leading.topic, round_=round_)

        run_each(request, queryset, commission)


class CommissionForm(forms.ModelForm):
    class Meta:
        model = Commission
        fields = ["reporter", "article", "withdrawn_why"]


@admin.register(Commission)
class CommissionAdmin(ModelAdmin):
    form = CommissionForm
    list_display = ["__str__", "shown_state", "patrons", "reporter", "story", "commissioned_at"]
    list_filter = ["state"]
    list_select_related = ["topic", "article__latest_revision", "reporter"]
    fields = ["topic", "state", "patrons", "reporter", "article", "withdrawn_why"]
    search_fields = ["topic__texts__question"]
    autocomplete_fields = ["article", "reporter"]
    actions = ["withdraw"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Commission]:
        return super().get_queryset(request).prefetch_related("topic__texts")

    def get_readonly_fields(self, request: HttpRequest, obj: Commission | None = None) -> list[str]:
        if obj is not None and obj.state == Commission.State.PROMISED:
            return ["topic", "state", "patrons"]
        return ["topic", "state", "patrons", "article", "withdrawn_why"]

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
        Commission.objects.filter(pk=obj.pk, state=Commission.State.PROMISED).update(withdrawn_why=obj.withdrawn_why)
        try:
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
            commissioning.withdraw_commission(user=person(request), commission=row, reason=row.withdrawn_why)

        run_each(request, queryset, take_back)

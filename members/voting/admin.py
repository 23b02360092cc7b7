"""Topics, rounds and commissions at the desk. Every change of state is a verb; what is refused is said in a message."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from members.voting import commissioning, moderating, rounds
from members.voting.errors import VotingError
from members.voting.models import Candidate, Commission, Round, Topic, TopicText
from members.voting.suggesting import free_slug
from newsroom.lib.audit import record
from newsroom.lib.page_cache import purge

STATE_COLOURS = {
    "suggested": "warning", "open": "info", "commissioned": "info", "published": "success", "declined": "danger",
    "promised": "info", "withdrawn": "danger", "planned": "warning", "closed": "success",
}  # fmt: skip


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


class TopicTextInline(TabularInline):
    model = TopicText
    extra = 1
    fields = ["language", "question", "why"]


class TopicForm(forms.ModelForm):
    class Meta:
        model = Topic
        fields = ["slug", "language", "decline_reason", "merged_into"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False
            self.fields["slug"].help_text = _("Left empty, it is made of the question.")


@admin.register(Topic)
class TopicAdmin(ModelAdmin):
    form = TopicForm
    list_display = ["question", "shown_state", "language", "suggested_by", "created_at"]
    list_filter = ["state", "language"]
    list_select_related = ["suggested_by"]
    search_fields = ["texts__question", "slug"]
    autocomplete_fields = ["merged_into"]
    readonly_fields = ["state", "suggested_by"]
    fields = ["state", "slug", "language", "suggested_by", "decline_reason", "merged_into"]
    inlines = [TopicTextInline]
    show_full_result_count = False
    actions = ["put_to_vote", "open_topics", "decline_topics", "merge_topics", "commission_topics"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Topic]:
        return super().get_queryset(request).prefetch_related("texts")

    @display(description=_("state"), label=STATE_COLOURS, ordering="state")
    def shown_state(self, topic: Topic) -> tuple[str, str]:
        return topic.state, topic.get_state_display()

    @display(description=_("question"))
    def question(self, topic: Topic) -> str:
        return str(topic)

    def has_delete_permission(self, request: HttpRequest, obj: Topic | None = None) -> bool:
        return False

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        topic = form.instance
        first = topic.texts.first()
        if not topic.slug and first:
            topic.slug = free_slug(first.question)
            topic.save(update_fields=["slug"])
        record("topic.edited", actor=request.user, target=topic)
        purge([topic.page_key, "topics", "rounds"])

    @admin.action(description=_("Put to the vote in the open or next round"), permissions=["change"])
    def put_to_vote(self, request: HttpRequest, queryset: QuerySet[Topic]) -> None:
        round_ = Round.objects.exclude(state=Round.State.CLOSED).order_by("state", "number").first()
        if round_ is None:
            messages.error(request, _("Plan a round first."))
            return
        run_each(request, queryset, lambda row: moderating.open_topic(user=request.user, topic=row, round_=round_))

    @admin.action(description=_("Show to readers"), permissions=["change"])
    def open_topics(self, request: HttpRequest, queryset: QuerySet[Topic]) -> None:
        run_each(request, queryset, lambda row: moderating.open_topic(user=request.user, topic=row))

    @admin.action(description=_("Decline, with the reason written on the topic"), permissions=["change"])
    def decline_topics(self, request: HttpRequest, queryset: QuerySet[Topic]) -> None:
        run_each(
            request, queryset,
            lambda row: moderating.decline_topic(user=request.user, topic=row, reason=row.decline_reason),
        )  # fmt: skip

    @admin.action(description=_("Merge into the topic chosen on it"), permissions=["change"])
    def merge_topics(self, request: HttpRequest, queryset: QuerySet[Topic]) -> None:
        def merge(row: Topic) -> None:
            if row.merged_into is None:
                raise VotingError(str(_("Choose on its page which topic it is merged into.")))
            moderating.merge_topic(user=request.user, topic=row, into=row.merged_into)

        run_each(request, queryset, merge)

    @admin.action(description=_("Commission"), permissions=["change"])
    def commission_topics(self, request: HttpRequest, queryset: QuerySet[Topic]) -> None:
        run_each(request, queryset, lambda row: commissioning.commission_topic(user=request.user, topic=row))


class CandidateInline(TabularInline):
    model = Candidate
    extra = 0
    fields = ["topic", "votes"]
    readonly_fields = ["votes"]
    autocomplete_fields = ["topic"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Candidate]:
        return super().get_queryset(request).with_votes().prefetch_related("topic__texts")  # type: ignore[attr-defined]

    @display(description=_("votes"))
    def votes(self, candidate: Candidate) -> int:
        return getattr(candidate, "votes", 0)

    def has_delete_permission(self, request: HttpRequest, obj: Round | None = None) -> bool:
        return obj is None or obj.state == Round.State.PLANNED


@admin.register(Round)
class RoundAdmin(ModelAdmin):
    list_display = ["__str__", "shown_state", "opens_at", "closes_at"]
    fields = ["number", "state", "opens_at", "closes_at"]
    readonly_fields = ["number", "state"]
    inlines = [CandidateInline]
    actions = ["open_rounds", "close_rounds", "commission_leading"]

    @display(description=_("state"), label=STATE_COLOURS)
    def shown_state(self, round_: Round) -> tuple[str, str]:
        return round_.state, round_.get_state_display()

    def has_delete_permission(self, request: HttpRequest, obj: Round | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Round, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            record("round.edited", actor=request.user, target=obj)
            purge([obj.page_key, "rounds"])
            return
        planned = rounds.plan_round(user=request.user, opens_at=obj.opens_at, closes_at=obj.closes_at)
        obj.pk, obj.number = planned.pk, planned.number

    @admin.action(description=_("Open"), permissions=["change"])
    def open_rounds(self, request: HttpRequest, queryset: QuerySet[Round]) -> None:
        run_each(request, queryset, lambda row: rounds.open_round(user=request.user, round_=row))

    @admin.action(description=_("Close"), permissions=["change"])
    def close_rounds(self, request: HttpRequest, queryset: QuerySet[Round]) -> None:
        run_each(request, queryset, lambda row: rounds.close_round(user=request.user, round_=row))

    @admin.action(description=_("Commission the leading topic"), permissions=["change"])
    def commission_leading(self, request: HttpRequest, queryset: QuerySet[Round]) -> None:
        def commission(round_: Round) -> None:
            leading = round_.candidates.with_votes().filter(topic__state=Topic.State.OPEN).first()  # type: ignore[attr-defined]
            if leading is None:
                raise VotingError(str(_("There is no open topic in this round.")))
            commissioning.commission_topic(user=request.user, topic=leading.topic, round_=round_)

        run_each(request, queryset, commission)


@admin.register(Commission)
class CommissionAdmin(ModelAdmin):
    list_display = ["__str__", "shown_state", "patrons", "reporter", "story", "commissioned_at"]
    list_filter = ["state"]
    list_select_related = ["topic", "article", "reporter"]
    fields = ["topic", "state", "patrons", "reporter", "article", "withdrawn_why"]
    readonly_fields = ["topic", "state", "patrons"]
    autocomplete_fields = ["article", "reporter"]
    actions = ["withdraw"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Commission]:
        return super().get_queryset(request).prefetch_related("topic__texts")

    @display(description=_("state"), label=STATE_COLOURS)
    def shown_state(self, commission: Commission) -> tuple[str, str]:
        return commission.state, commission.get_state_display()

    @display(description=_("story"))
    def story(self, commission: Commission) -> str:
        if commission.article is None:
            return "–"
        address = reverse("admin:articles_article_change", args=[commission.article_id])
        return format_html('<a href="{}">{}</a>', address, commission.article.headline or _("in work"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # commissioned from a topic or a round

    def has_delete_permission(self, request: HttpRequest, obj: Commission | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Commission, form: Any, change: bool) -> None:
        with transaction.atomic():
            if "article" in form.changed_data and obj.article is not None:
                try:
                    commissioning.link_story(user=request.user, commission=obj, article=obj.article)
                except VotingError as error:
                    messages.error(request, str(error))
            Commission.objects.filter(pk=obj.pk).update(reporter=obj.reporter, withdrawn_why=obj.withdrawn_why)

    @admin.action(description=_("Withdraw, with the reason written on it"), permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Commission]) -> None:
        run_each(
            request, queryset,
            lambda row: commissioning.withdraw_commission(user=request.user, commission=row, reason=row.withdrawn_why),
        )  # fmt: skip

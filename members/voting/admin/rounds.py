"""Rounds at the desk: planned, opened, closed, and what stands in them to the vote."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from members.voting import commissioning, moderating, rounds
from members.voting.admin.acting import STATE_COLOURS, FollowsParent, run_each
from members.voting.errors import VotingError
from members.voting.models import Candidate, Round, Topic
from newsroom.lib.desk_actions import person


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

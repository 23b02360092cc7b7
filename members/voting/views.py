"""The topics' pages. The public ones are the same bytes for everybody; voting and suggesting ask who you are."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from members.patronage.rights import is_patron, votes_allowance
from members.voting.ballots import ballot_of, cast_ballot
from members.voting.errors import VotingError
from members.voting.forms import BallotForm, SuggestForm
from members.voting.models import Candidate, Commission, Round, Topic
from members.voting.suggesting import similar_topics, suggest_topic
from newsroom.lib.limits import SUGGEST, VOTE, limited
from newsroom.lib.page_cache import note_keys, public_page


def _member_key(request: HttpRequest) -> str:
    return f"member:{request.user.pk}"


def _same_page_elsewhere(request: HttpRequest, name: str, *args: object) -> None:
    """This address under each language's prefix, for the edition switch."""
    addresses = {}
    for code in settings.LANGUAGE_CODES:
        with translation.override(code):
            addresses[code] = reverse(f"members:{name}", args=args)
    request.translations = addresses  # type: ignore[attr-defined]


@require_safe
@public_page
def topics(request: HttpRequest) -> HttpResponse:
    note_keys("topics", "rounds")
    _same_page_elsewhere(request, "topics")
    round_ = Round.objects.open_now().first()
    shown = Topic.objects.shown().prefetch_related("texts")
    context = {
        "round": round_,
        "candidates": _results(round_) if round_ else [],
        "past_rounds": Round.objects.filter(state=Round.State.CLOSED)[:6],
        "commissioned": Commission.objects.on_board().filter(state=Commission.State.PROMISED)[:20],
        "published": Commission.objects.on_board().filter(state=Commission.State.PUBLISHED)[:20],
        "declined": shown.filter(state=Topic.State.DECLINED)[:20],
    }
    return render(request, "members/topics.html", context)


def _results(round_: Round) -> list[Candidate]:
    """The round's candidates with their `votes`, leading first."""
    rows = list(round_.candidates.with_votes().select_related("topic").prefetch_related("topic__texts"))
    note_keys(round_.page_key, *(row.topic.page_key for row in rows))
    return rows


@require_safe
@public_page
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    _same_page_elsewhere(request, "topic", slug)
    row = get_object_or_404(Topic.objects.shown().prefetch_related("texts"), slug=slug)
    note_keys(row.page_key, "topics")
    round_ = Round.objects.open_now().first()
    candidate = row.candidacies.with_votes().filter(round=round_).first() if round_ else None
    if round_:
        note_keys(round_.page_key)
    context = {
        "topic": row,
        "commission": Commission.objects.on_board().select_related("reporter").filter(topic=row).first(),
        "candidate": candidate,
        "round": round_,
    }
    return render(request, "members/topic.html", context)


@require_safe
@public_page
def round_results(request: HttpRequest, number: int) -> HttpResponse:
    _same_page_elsewhere(request, "round", number)
    round_ = get_object_or_404(Round.objects.exclude(state=Round.State.PLANNED), number=number)
    candidates = _results(round_)
    context = {
        "round": round_,
        "candidates": candidates,
        "most": max((row.votes for row in candidates), default=0),
        "votes": sum(row.votes for row in candidates),
        "patrons": round_.ballots.filter(spent__gt=0).count(),
    }
    return render(request, "members/topics_round.html", context)


@require_safe
@public_page
def board(request: HttpRequest) -> HttpResponse:
    note_keys("topics", "rounds")
    _same_page_elsewhere(request, "board")
    rows = Commission.objects.on_board().select_related("reporter")[:100]
    return render(request, "members/topics_board.html", {"commissions": rows})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(SUGGEST, _member_key)
def suggest(request: HttpRequest) -> HttpResponse:
    form = SuggestForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    language = get_language() or settings.LANGUAGE_CODE
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        context["similar"] = [] if data["is_another"] else similar_topics(data["question"], language)
        if not context["similar"]:
            try:
                suggest_topic(member=request.user, language=language, question=data["question"], why=data["why"])
            except VotingError as error:
                form.add_error("question", str(error))
            else:
                messages.success(request, _("Thank you. An editor reads every suggestion; you will find it here."))
                return redirect("account")
    status = 422 if request.method == "POST" else 200
    return render(request, "members/topics_suggest.html", context, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(VOTE, _member_key)
def vote(request: HttpRequest) -> HttpResponse:
    round_ = Round.objects.open_now().first()
    if round_ is None or not is_patron(request.user):
        return render(request, "members/topics_vote.html", {"round": round_, "may_vote": False})
    candidates = list(round_.candidates.select_related("topic").prefetch_related("topic__texts").order_by("id"))
    ballot = ballot_of(request.user, round_)
    allowance = ballot.allowance if ballot else votes_allowance(request.user)
    cast = {row.candidate_id: row.count for row in ballot.votes.all()} if ballot else {}
    form = BallotForm(request.POST or None, candidates=candidates, allowance=allowance)
    if request.method == "POST" and form.is_valid():
        try:
            cast_ballot(member=request.user, round_=round_, votes=form.votes())
        except VotingError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your ballot is cast. You can change it until the round closes."))
            return redirect("members:vote")
    return _ballot_page(request, round_, form, allowance, cast)


def _ballot_page(
    request: HttpRequest, round_: Round, form: BallotForm, allowance: int, cast: dict[int, int]
) -> HttpResponse:
    """The ballot as it stands, or as it was typed when it was refused."""
    choices = []
    for candidate in form.candidates:
        name = f"candidate-{candidate.pk}"
        typed = str(form.data.get(name, "")) if form.is_bound else str(cast.get(candidate.pk, 0))
        count = int(typed) if typed.isdecimal() else 0
        dots = [{"value": value, "is_chosen": value == count} for value in range(1, allowance + 1)]
        choices.append({"candidate": candidate, "name": name, "count": count, "dots": dots})
    context = {
        "round": round_, "may_vote": True, "allowance": allowance, "choices": choices,
        "left": max(0, allowance - sum(choice["count"] for choice in choices)),
        "form_error": next(iter(form.non_field_errors()), "") or (form.errors and _("Please choose from the dots.")),
    }  # fmt: skip
    return render(request, "members/topics_vote.html", context, status=422 if form.is_bound else 200)

"""The topics' pages. The public ones are the same bytes for everybody; voting and suggesting ask who you are."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from articles.models import Article
from members.patronage.rights import is_patron, votes_allowance
from members.voting.ballots import ballot_of, cast_ballot
from members.voting.errors import VotingError
from members.voting.forms import BallotForm, SuggestForm, name_of
from members.voting.models import Ballot, Candidate, Commission, Round, Topic
from members.voting.suggesting import similar_topics, suggest_topic
from newsroom.lib.limits import SUGGEST, VOTE, limited
from newsroom.lib.page_cache import note_keys, public_page

LISTED = 20  # of each kind on the topics page
ON_BOARD = 100


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
    context = {
        "round": round_,
        "candidates": _results(round_) if round_ else [],
        "past_rounds": Round.objects.filter(state=Round.State.CLOSED)[:6],
        "commissioned": _promises(state=Commission.State.PROMISED)[:LISTED],
        "answered": [row for row in _promises(state=Commission.State.PUBLISHED) if row.story][:LISTED],
        "declined": Topic.objects.filter(state=Topic.State.DECLINED).prefetch_related("texts")[:LISTED],
    }
    return render(request, "members/topics.html", context)


def _results(round_: Round) -> list[Candidate]:
    """The round's candidates with their `votes`, leading first."""
    rows = list(round_.candidates.with_votes().with_topics())
    note_keys(round_.page_key, *(row.topic.page_key for row in rows))
    return rows


def _promises(**which: object) -> list[Commission]:
    """Of the newest promises those that `which` names; the one kept last first."""
    found = Commission.objects.on_board().filter(**which).order_by("-published_at", "-commissioned_at")
    rows = list(found[:ON_BOARD])
    note_keys(*(row.article.page_key for row in rows if row.article))
    _show_in_language(rows)
    return rows


def _show_in_language(rows: list[Commission]) -> None:
    """Puts the story's translation in its place where the page's language has one; nothing is saved."""
    language = get_language() or settings.LANGUAGE_CODE
    foreign = [row for row in rows if row.article is not None and row.article.language != language]
    if not foreign:
        return
    keys = [row.article.translation_key for row in foreign if row.article]
    stories = Article.objects.published().in_language(language).filter(translation_key__in=keys)
    found = {story.translation_key: story for story in stories.defer("body", "search_text", "search_vector")}
    for row in foreign:
        row.article = found.get(row.article.translation_key, row.article) if row.article else None


@require_safe
@public_page
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    row = get_object_or_404(Topic.objects.select_related("merged_into").prefetch_related("texts"), slug=slug)
    note_keys(row.page_key, "topics", "rounds")
    if row.state == Topic.State.MERGED and row.merged_into:
        return redirect(row.merged_into)
    if row.state not in Topic.SHOWN:
        raise Http404
    _same_page_elsewhere(request, "topic", slug)
    commission = None if row.state == Topic.State.OPEN else next(iter(_promises(topic=row)), None)
    candidacy = row.candidacies.exclude(round__state=Round.State.PLANNED).select_related("round").with_votes()
    latest = candidacy.order_by("-round__number").first()
    if latest:
        note_keys(latest.round.page_key)
    return render(request, "members/topic.html", {"topic": row, "commission": commission, "candidacy": latest})


@require_safe
@public_page
def round_results(request: HttpRequest, number: int) -> HttpResponse:
    _same_page_elsewhere(request, "round", number)
    round_ = get_object_or_404(Round.objects.exclude(state=Round.State.PLANNED), number=number)
    candidates = _results(round_)
    votes_cast = sum(row.votes for row in candidates)
    for row in candidates:
        row.percent = _percent(row.votes, candidates[0].votes)  # type: ignore[attr-defined]  # of the leader's
        row.share = _percent(row.votes, votes_cast)  # type: ignore[attr-defined]
    context = {
        "round": round_,
        "candidates": candidates,
        "votes_cast": votes_cast,
        "ballots": round_.ballots.filter(spent__gt=0).count(),
    }
    return render(request, "members/round.html", context)


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


@require_safe
@public_page
def board(request: HttpRequest) -> HttpResponse:
    note_keys("topics", "rounds")
    _same_page_elsewhere(request, "board")
    rows = _promises()
    context = {
        "promised": [row for row in rows if row.state == Commission.State.PROMISED],
        "kept": [row for row in rows if row.state == Commission.State.PUBLISHED],
        "withdrawn": [row for row in rows if row.state == Commission.State.WITHDRAWN],
    }
    return render(request, "members/board.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(SUGGEST, _member_key)
def topic_suggest(request: HttpRequest) -> HttpResponse:
    member: Any = request.user
    form = SuggestForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    language = get_language() or settings.LANGUAGE_CODE
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        context["similar"] = [] if data["is_another"] else similar_topics(data["question"], language)
        if not context["similar"]:
            try:
                suggest_topic(member=member, language=language, question=data["question"], why=data["why"])
            except VotingError as error:
                form.add_error("question", str(error))
            else:
                messages.success(request, _("Thank you. An editor reads every suggestion; you will find it here."))
                return redirect("account")
    return render(request, "members/topic_suggest.html", context, status=_status(request))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(VOTE, _member_key)
def vote(request: HttpRequest) -> HttpResponse:
    member: Any = request.user
    round_ = Round.objects.open_now().first()
    if round_ is None or not is_patron(member):
        context: dict[str, Any] = {"round": round_, "is_patron": False}
        return render(request, "members/vote.html", context, status=_status(request))
    ballot = ballot_of(member, round_)
    candidates = list(round_.candidates.with_topics().order_by("id"))
    allowance = ballot.allowance if ballot else votes_allowance(member)
    data = request.POST if request.method == "POST" else None
    form = BallotForm(data, candidates=[row for row in candidates if row.is_votable()], allowance=allowance)
    if form.is_valid():
        try:
            cast_ballot(member=member, round_=round_, votes=form.votes())
        except VotingError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your ballot is cast. You can change it until the round closes."))
            return redirect("members:vote")
    context = {"round": round_, "is_patron": True, "form": form, "allowance": allowance}
    context |= _ballot_rows(form, ballot, candidates, allowance)
    return render(request, "members/vote.html", context, status=_status(request))


def _ballot_rows(
    form: BallotForm, ballot: Ballot | None, candidates: list[Candidate], allowance: int
) -> dict[str, Any]:
    """The ballot as it stands, or as it was typed when it was refused; `settled` is what can no longer be changed."""
    cast = {row.candidate_id: row.count for row in ballot.votes.all()} if ballot else {}
    rows = [
        {
            "candidate": row, "topic": row.topic, "name": name_of(row),
            "value": form.count_of(row) if form.is_bound else cast.get(row.pk, 0),
        }
        for row in form.candidates
    ]  # fmt: skip
    settled = [
        {"topic": row.topic, "votes": cast[row.pk]} for row in candidates if row.pk in cast and not row.is_votable()
    ]
    to_give = allowance - sum(row["votes"] for row in settled)
    return {
        "rows": rows,
        "settled": settled,
        "choices": range(allowance + 1),
        "to_give": to_give,
        "left": max(0, to_give - sum(row["value"] for row in rows)),
        "has_voted": bool(cast),
    }


def _status(request: HttpRequest) -> int:
    """A form that is shown again was refused."""
    return 422 if request.method == "POST" else 200

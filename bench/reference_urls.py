"""What the figures are compared with: the least that a Django view could do for the same answer."""

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from articles.models import Article
from members.patronage.models import StripeEvent
from members.voting.models import Ballot, Vote


def constant(request: HttpRequest, size: int) -> HttpResponse:
    return HttpResponse(_body(size))


@cache
def _body(size: int) -> bytes:
    return b"x" * size


def one_query(request: HttpRequest, slug: str) -> HttpResponse:
    """One query, a small template."""
    story = Article.objects.defer("search_text", "search_vector").get(slug=slug)
    return render(request, "bench/story.html", {"story": story})


@csrf_exempt
def one_insert(request: HttpRequest, event_id: str) -> HttpResponse:
    """The row that a webhook's receipt leaves."""
    StripeEvent.objects.create(event_id=event_id, type="invoice.paid", object_id=event_id)
    return HttpResponse("")


@csrf_exempt
def two_writes(request: HttpRequest) -> HttpResponse:
    """The two rows that a ballot with one vote leaves."""
    posted = request.POST
    ballot = Ballot.objects.create(round_id=posted["round"], member_id=posted["member"], allowance=3, spent=3)
    Vote.objects.create(ballot=ballot, candidate_id=posted["candidate"], count=3)
    return redirect("/")


urlpatterns = [
    path("constant/<int:size>/", constant),
    path("story/<slug:slug>/", one_query),
    path("insert/<str:event_id>/", one_insert),
    path("writes/", two_writes),
]

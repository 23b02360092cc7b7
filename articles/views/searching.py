"""The search page."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from articles.listing import PER_PAGE, ListPage
from articles.search import MOST_LETTERS, found_stories, search_stories
from articles.views.stories import current_language
from newsroom.lib.limits import SEARCH, count_against
from newsroom.lib.page_cache import public_page
from newsroom.lib.requests import client_address


@require_safe
@public_page
def search(request: HttpRequest) -> HttpResponse:
    """The same for everybody, but not stored: there are as many pages as words. Raises TooMany beyond the limit."""
    query = " ".join(request.GET.get("q", "")[:MOST_LETTERS].replace("\0", "").split())
    if not query:
        return render(request, "articles/search.html", {"query": ""})
    count_against(SEARCH, client_address(request))
    ids = search_stories(query, current_language())
    response = render(request, "articles/search.html", {"query": query, "page": _take(ids, request.GET.get("page"))})
    response.headers["Cache-Control"] = "no-store"
    return response


def _take(ids: list[int], asked: str | None) -> ListPage:
    """Ranked results are few enough to be counted from the top."""
    part = Paginator(ids, PER_PAGE).get_page(asked)
    return ListPage(
        found_stories(list(part)),
        number=str(part.number),
        previous_page_number=str(part.previous_page_number()) if part.has_previous() else "",
        next_page_number=str(part.next_page_number()) if part.has_next() else "",
    )

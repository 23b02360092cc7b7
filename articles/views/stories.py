"""The story page, and the preview of one that is not published."""

from __future__ import annotations

import datetime
from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from articles.previews import PreviewOver, content_for_preview
from articles.reading import published_story
from articles.redirects import Gone, Moved, find_gone_story, find_redirect
from articles.story_page import draft_context, story_context, story_keys
from newsroom.lib.page_cache import note_keys, public_page
from newsroom.lib.requests import View


def current_language() -> str:
    return get_language() or settings.LANGUAGE_CODE


@require_safe
@public_page
def article(request: HttpRequest, year: str, month: str, day: str, slug: str) -> HttpResponse:
    """A published story; its new address when it moved (301); the editors' note when it was taken down (410)."""
    try:
        published_on = datetime.date(int(year), int(month), int(day))
    except ValueError as error:
        raise Http404 from error
    language = current_language()
    found = published_story(language, published_on, slug)
    if found is None:
        return answer_unpublished(request, find_gone_story(language, published_on, slug))
    story, around = found
    note_keys(*story_keys(story, around))
    editions = {other.language: other.get_absolute_url() for other in (story, *around.translations)}
    request.translations = editions  # type: ignore[attr-defined]
    return render(request, "articles/article.html", story_context(story, around))


def answer_unpublished(request: HttpRequest, otherwise: Gone | None = None) -> HttpResponse:
    """For an address where nothing is published: what a redirect says, else `otherwise`, else 404."""
    found = find_redirect(request.path) or otherwise
    if isinstance(found, Moved):
        return redirect(found.url, permanent=True)
    if found is None:
        raise Http404
    return render(request, "articles/gone.html", {"note": found.note}, status=410)


def follows_moves(view: View) -> View:
    """Where the view finds nothing, what stood at its address of old is looked for."""

    @wraps(view)
    def finding(request: HttpRequest, *args: object, **names: object) -> HttpResponse:
        try:
            return view(request, *args, **names)
        except Http404:
            return answer_unpublished(request)

    return finding


@require_safe
def preview(request: HttpRequest, token: str) -> HttpResponse:
    """The latest draft for whoever holds the link; that it is over (410) when it expired or was revoked. Nobody may
    keep it, index it or learn its address."""
    try:
        story, content = content_for_preview(token)
        with translation.override(story.language):
            response = render(request, "articles/article.html", draft_context(story, content))
    except PreviewOver as over:
        with translation.override(over.language):
            response = render(request, "articles/preview_over.html", {"sentence": str(over)}, status=410)
    patch_cache_control(response, private=True, no_store=True)
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response

"""Static pages, and addresses of old."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from articles.models import Page
from articles.models.pages import OTHER_WAYS_SLUG
from articles.rendering import load_named, named_keys, render_body
from articles.views.stories import answer_unpublished, current_language
from newsroom.lib.page_cache import note_keys, public_page


@require_safe
@public_page
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """A published page; one word that names none may be an address of old."""
    if slug == OTHER_WAYS_SLUG:
        return redirect("articles:other-ways", permanent=True)
    return _show(request, slug)


@require_safe
@public_page
def other_ways(request: HttpRequest) -> HttpResponse:
    """The page on other ways to support, which editors write as any other."""
    return _show(request, OTHER_WAYS_SLUG)


@require_safe
def moved(request: HttpRequest, path: str) -> HttpResponse:
    """Any address that nothing of ours answers to."""
    return answer_unpublished(request)


def _show(request: HttpRequest, slug: str) -> HttpResponse:
    shown = Page.objects.published().in_language(current_language()).filter(slug=slug).first()
    if shown is None:
        return answer_unpublished(request)
    named = load_named([shown.body])
    note_keys(shown.page_key, *named_keys(named))
    others = Page.objects.published().filter(translation_key=shown.translation_key)
    request.translations = {other.language: other.get_absolute_url() for other in others}  # type: ignore[attr-defined]
    shown.body_html = render_body(shown.body, named)  # type: ignore[attr-defined]
    return render(request, "articles/page.html", {"page": shown})

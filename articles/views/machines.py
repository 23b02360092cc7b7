"""What search engines ask for."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from articles import sitemaps
from articles.rendering import whole_address
from articles.views.stories import current_language
from newsroom.lib.page_cache import note_keys, public_page

XML = "application/xml; charset=utf-8"
# A preview is not among them: an engine that may not ask for it never reads that it must not be indexed, and lists the
# bare address when somebody has linked to it.
NOT_FOR_ENGINES = (
    "/admin/",
    "/account/",
    "/fragment/",
    "/search/",
    "/topics/vote/",
    "/support/thanks/",
    "/support/?",
)


@require_safe
@public_page
def sitemap(request: HttpRequest) -> HttpResponse:
    return _answer(sitemaps.write_index(_language()))


@require_safe
@public_page
def sitemap_lists(request: HttpRequest) -> HttpResponse:
    return _answer(sitemaps.write_lists(_language()))


@require_safe
@public_page
def sitemap_stories(request: HttpRequest, number: int) -> HttpResponse:
    if not 1 <= number <= 10_000:
        raise Http404
    return _answer(sitemaps.write_stories(_language(), number))


@require_safe
@public_page
def news_sitemap(request: HttpRequest) -> HttpResponse:
    return _answer(sitemaps.write_news(_language()))


@require_safe
@public_page
def robots(request: HttpRequest) -> HttpResponse:
    """One file speaks for the whole host, so it names the sitemaps of every language."""
    lines = ["User-agent: *", *(f"Disallow: {prefix}{path}" for prefix in _prefixes() for path in NOT_FOR_ENGINES)]
    for language in settings.LANGUAGE_CODES:
        with translation.override(language):
            lines += [f"Sitemap: {whole_address(reverse(f'articles:{name}'))}" for name in ("sitemap", "news-sitemap")]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def _prefixes() -> list[str]:
    return ["", *(f"/{code}" for code in settings.LANGUAGE_CODES[1:])]


def _language() -> str:
    language = current_language()
    note_keys(f"sitemap:{language}")
    return language


def _answer(xml: str) -> HttpResponse:
    return HttpResponse(xml, content_type=XML)

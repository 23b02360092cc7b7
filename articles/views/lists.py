"""Lists of stories: a section, a tag, a series, an author; and what was corrected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from articles.listing import Finish, IsFirstPage, ListPage, NoSuchPage, take_page
from articles.models import Article, Author, Byline, Correction, Section, Series, Tag
from articles.models.articles import ArticleQuerySet
from articles.models.taxonomy import Named
from articles.reading import finish_pictures, with_pictures
from articles.views.stories import current_language, follows_moves
from newsroom.lib.page_cache import note_keys, public_page


@require_safe
@public_page
@follows_moves
def section(request: HttpRequest, slug: str) -> HttpResponse:
    found = _find_named(request, Section, slug)
    return _show_stories(request, "section", found, _stories().filter(section=found))


@require_safe
@public_page
@follows_moves
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    found = _find_named(request, Tag, slug)
    return _show_stories(request, "tag", found, _stories().filter(tags=found))


@require_safe
@public_page
@follows_moves
def series(request: HttpRequest, slug: str) -> HttpResponse:
    found = _find_named(request, Series, slug)
    return _show_stories(request, "series", found, _stories().filter(series=found))


@require_safe
@public_page
@follows_moves
def author(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Author.objects.select_related("portrait"), slug=slug)
    return _show_stories(request, "author", found, stories_by(found))


def stories_by(found: Author) -> ArticleQuerySet:
    """Each story once, whatever the author did for it."""
    return _stories().filter(Exists(Byline.objects.filter(article=OuterRef("pk"), author=found)))


@require_safe
@public_page
def corrections(request: HttpRequest) -> HttpResponse:
    language = current_language()
    note_keys(f"corrections:{language}")
    rows = Correction.objects.filter(article__in=Article.objects.published().in_language(language))
    rows = rows.select_related("article").defer("article__body", "article__search_text", "article__search_vector")

    def show(page: ListPage) -> HttpResponse:
        note_keys(*(row.article.page_key for row in page.object_list))
        return render(request, "articles/corrections.html", {"page": page})

    return _show_page(request, rows, show, field="corrected_at", finish=list)


def _stories() -> ArticleQuerySet:
    return Article.objects.published().in_language(current_language())


def _find_named(request: HttpRequest, model: type[Named], slug: str) -> Any:
    """The section, tag or series of this address in this language; its translations for the edition switch."""
    rows = model._default_manager
    found = get_object_or_404(rows, language=current_language(), slug=slug)
    others = rows.filter(translation_key=found.translation_key)
    request.translations = {other.language: other.get_absolute_url() for other in others}  # type: ignore[attr-defined]
    return found


def _show_stories(request: HttpRequest, name: str, found: Any, rows: ArticleQuerySet) -> HttpResponse:
    note_keys(found.page_key)

    def show(page: ListPage) -> HttpResponse:
        return render(request, f"articles/{name}.html", {name: found, "page": page})

    return _show_page(request, with_pictures(rows.for_lists()), show, finish=finish_pictures)


def _show_page(
    request: HttpRequest,
    rows: QuerySet[Any],
    show: Callable[[ListPage], HttpResponse],
    *,
    finish: Finish,
    field: str = "published_at",
) -> HttpResponse:
    try:
        return show(take_page(rows, request.GET.get("page", ""), field=field, finish=finish))
    except NoSuchPage as error:
        raise Http404 from error
    except IsFirstPage:
        return redirect(request.path)

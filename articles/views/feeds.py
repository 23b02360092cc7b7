"""Feeds of the whole paper, of a section, a tag, an author; each as RSS and as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import http_date
from django.views.decorators.http import conditional_page, require_safe

from articles.feeds import Feed, build_feed, write_json, write_rss
from articles.models import Article, Author, Section, Tag
from articles.views.lists import stories_by
from articles.views.stories import current_language, follows_moves
from newsroom.lib.page_cache import note_keys, public_page
from newsroom.lib.requests import View

Make = Callable[..., Feed]
RSS = "application/rss+xml; charset=utf-8"
JSON = "application/feed+json; charset=utf-8"


def _front(**_names: str) -> Feed:
    language = current_language()
    note_keys(f"feed:{language}")
    stories = Article.objects.published().in_language(language)
    return build_feed(stories, language=language, path=reverse("home"))


def _of_section(slug: str) -> Feed:
    found = get_object_or_404(Section, language=current_language(), slug=slug)
    return _of(found, found.name, Article.objects.published().filter(section=found))


def _of_tag(slug: str) -> Feed:
    found = get_object_or_404(Tag, language=current_language(), slug=slug)
    return _of(found, found.name, Article.objects.published().filter(tags=found))


def _of_author(slug: str) -> Feed:
    found = get_object_or_404(Author, slug=slug)
    return _of(found, found.shown_name, stories_by(found))


def _of(found: Any, title: str, stories: Any) -> Feed:
    note_keys(found.page_key)
    language = current_language()
    about = getattr(found, "description", "")
    return build_feed(stories, language=language, path=found.get_absolute_url(), title=title, about=about)


def _feed_view(make: Make, write: Callable[[Feed, str], str], content_type: str) -> View:
    @require_safe
    @conditional_page
    @public_page
    @follows_moves
    def view(request: HttpRequest, **names: str) -> HttpResponse:
        made = make(**names)
        response = HttpResponse(write(made, request.path), content_type=content_type)
        if made.changed_at is not None:
            response.headers["Last-Modified"] = http_date(made.changed_at.timestamp())
        return response

    return view


feed, feed_json = _feed_view(_front, write_rss, RSS), _feed_view(_front, write_json, JSON)
section_feed, section_feed_json = _feed_view(_of_section, write_rss, RSS), _feed_view(_of_section, write_json, JSON)
tag_feed, tag_feed_json = _feed_view(_of_tag, write_rss, RSS), _feed_view(_of_tag, write_json, JSON)
author_feed, author_feed_json = _feed_view(_of_author, write_rss, RSS), _feed_view(_of_author, write_json, JSON)

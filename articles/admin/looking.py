"""A draft as it will look: on a wide screen, on a phone, by night, in a letter, as a card where it is shared."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext_lazy as _

from articles.content import latest_story_content
from articles.models import Article
from articles.story_page import draft_context

LOOKS = {
    "wide": _("Wide"), "phone": _("Phone"), "dark": _("Dark"), "letter": _("Newsletter"), "card": _("Share card"),
}  # fmt: skip


def preview(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """The draft as readers will see it; no cache keeps it and no search engine. Shown in our own frames too."""
    row = model_admin.find_row(request, object_id)
    with translation.override(row.language):
        response = render(request, "articles/article.html", draft_context(row, latest_story_content(row)))
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return _only_here(response)


def look(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """One of the looks in a frame, with the way to the others; `bare` leaves out the desk around it."""
    row = model_admin.find_row(request, object_id)
    chosen = request.GET.get("as", "")
    chosen = chosen if chosen in LOOKS else "wide"
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "original": row,
        "title": row.working_headline,
        "looks": LOOKS.items(),
        "chosen": chosen,
        "frame": _frame(row, chosen),
        "story": draft_context(row, latest_story_content(row))["article"] if chosen == "card" else None,
    }
    bare = "bare" in request.GET
    template = "admin/articles/article/_look.html" if bare else "admin/articles/article/look.html"
    return _only_here(TemplateResponse(request, template, {**context, "bare": bare}).render())


def _frame(row: Article, chosen: str) -> str:
    if chosen == "card":
        return ""
    name = "newsletters_edition_story" if chosen == "letter" else "articles_article_preview"
    return reverse(f"admin:{name}", args=[row.pk])


def _only_here(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, private=True, no_store=True)
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response

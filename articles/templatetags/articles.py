"""What the head of a story page says to machines."""

import json
from datetime import datetime
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from articles.models import Article, Byline
from articles.rendering import whole_address
from newsroom.lib.site_settings import site_settings

register = template.Library()

# What would end the script element or begin another, in a form that JSON reads as the same.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.simple_tag
def news_article(article: Article) -> SafeString:
    """The story as https://schema.org/NewsArticle. Data, not a script: the content policy lets it stand."""
    text = json.dumps(_describe(article), ensure_ascii=False).translate(_ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')


@register.filter
def whole(path: str) -> str:
    """An address with our origin."""
    return whole_address(path)


def _describe(article: Article) -> dict[str, Any]:
    site = site_settings()
    known = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.headline,
        "description": article.deck,
        "url": whole_address(article.get_absolute_url()),
        "mainEntityOfPage": whole_address(article.get_absolute_url()),
        "datePublished": _iso(article.published_at),
        "dateModified": _iso(article.updated_at or article.published_at),
        "inLanguage": article.language,
        "articleSection": article.section.name if article.section else "",
        "wordCount": article.word_count,
        "image": [whole_address(article.lead_image.file.url)] if article.lead_image else [],
        "author": [_person(byline) for byline in article.bylines.all() if byline.role == Byline.Role.WORDS],
        "publisher": {
            "@type": "NewsMediaOrganization",
            "name": site.text("name", article.language),
            "url": whole_address("/"),
        },
        "isAccessibleForFree": True,
        "correction": [correction.text for correction in article.corrections.all()],
    }
    return {name: value for name, value in known.items() if value}


def _person(byline: Byline) -> dict[str, str]:
    author = byline.author
    return {"@type": "Person", "name": author.shown_name, "url": whole_address(author.get_absolute_url())}


def _iso(time: datetime | None) -> str:
    return time.isoformat(timespec="seconds") if time else ""

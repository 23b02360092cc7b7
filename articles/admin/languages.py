"""A story or page in other languages, beside its form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse

from articles import translating
from articles.models import Article, Page
from newsroom.lib.languages import language_name


def other_languages(row: Article | Page, same: Iterable[Article | Page]) -> list[dict[str, Any]]:
    """For each other language the translation, or where to begin it; `same` are the rows that share the key."""
    base = f"admin:articles_{row._meta.model_name}"
    there = {other.language: other for other in same}
    return [
        {
            "name": language_name(code),
            "exists": code in there,
            "is_behind": _is_behind(there.get(code), row),
            "url": reverse(f"{base}_change", args=[there[code].pk])
            if code in there
            else f"{reverse(f'{base}_add')}?language={code}&translation_of={row.pk}",
        }
        for code in settings.LANGUAGE_CODES
        if code != row.language
    ]


def _is_behind(other: Article | Page | None, row: Article | Page) -> bool:
    """Only a story follows its source."""
    if not isinstance(other, Article) or not isinstance(row, Article):
        return False
    return other.translated_from_id == row.pk and translating.is_behind(other, row)

"""One text in several languages: its rows share a `translation_key`, one row a language. Each table has a constraint
for that, `…_one_per_language`; what is asked before it says in words what the constraint would refuse."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from newsroom.lib.languages import language_name


class TranslationError(Exception):
    """The text can be shown to a person."""


def translations_of(row: Any) -> QuerySet[Any]:
    """The same in other languages."""
    return type(row)._default_manager.filter(translation_key=row.translation_key).exclude(pk=row.pk)


def original_of(row: Any) -> Any:
    """Which of them the desk shows beside the row: the one in the language that stands first in the settings."""
    order = {code: place for place, code in enumerate(settings.LANGUAGE_CODES)}
    return min(translations_of(row), key=lambda other: order.get(other.language, len(order)), default=None)


def key_beside(other: Any) -> uuid.UUID:
    """For a row that is a translation of `other`, or of nothing any more."""
    return other.translation_key if other is not None else uuid.uuid4()


def check_is_free(row: Any, key: uuid.UUID, language: str) -> None:
    """Raises TranslationError when what has this key has another row in this language."""
    there = type(row)._default_manager.filter(translation_key=key, language=language).exclude(pk=row.pk).first()
    if there is not None:
        raise TranslationError(
            _("“%(name)s” has the same in %(language)s already: there is one for each language.")
            % {"name": there, "language": language_name(language)}
        )


@contextmanager
def one_per_language() -> Iterator[None]:
    """Around a transaction: of two who join the same at once, the later reads why it was not done."""
    try:
        yield
    except IntegrityError as error:
        if "one_per_language" not in str(error):
            raise
        raise TranslationError(
            _("Somebody named another translation in this language just now. Nothing was changed: look at it again.")
        ) from error

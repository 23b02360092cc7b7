"""Gathers every string that readers and editors see, without gettext's own programs: Babel reads Python, Django's
templatize turns templates into what Babel can read."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation.template import templatize

SOURCES = ("newsroom", "articles", "members", "newsletters")
KEYWORDS: dict[str, Any] = {
    "_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip


class Command(BaseCommand):
    help = "Gathers the strings into newsroom/locale/*/django.po and compiles them; --check only says what is missing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Write nothing; fail when a string has no translation."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = gather_strings(settings.BASE_DIR)
        missing = [
            f"{language}: {text}"
            for language in settings.LANGUAGE_CODES[1:]
            for text in (missing_in(language, found) if options["check"] else update_catalogue(language, found))
        ]
        if missing and options["check"]:
            raise CommandError("Without a translation:\n" + "\n".join(missing))
        self.stdout.write(f"{len(found)} strings, {len(missing)} without a translation.")


def gather_strings(root: Path) -> Any:
    """A Babel catalogue of all strings in the sources and templates."""
    from babel.messages import Catalog
    from babel.messages.extract import extract_python

    catalogue = Catalog()
    for path, source in _sources(root):
        for line, function, messages, _comments in extract_python(BytesIO(source), KEYWORDS, [], {"encoding": "utf-8"}):
            text = _message_id(function, messages)
            if text:
                catalogue.add(text, locations=[(str(path.relative_to(root)), line)], flags=_flags(text))
    return catalogue


def _sources(root: Path) -> Iterator[tuple[Path, bytes]]:
    for folder in SOURCES:
        for path in sorted((root / folder).rglob("*.py")):
            if "migrations" not in path.parts and "embedded" not in path.parts:
                yield path, path.read_bytes()
    for path in sorted((root / "templates").rglob("*.*")):
        if path.suffix in (".html", ".txt", ".xml"):
            lines = templatize(path.read_text(encoding="utf-8"), origin=str(path)).splitlines()
            yield path, "\n".join(line.strip() for line in lines).encode()  # Babel minds Python's indentation


def _message_id(function: str, messages: Any) -> Any:
    """Babel gives the arguments of the call; those that are no plain text come as None."""
    if not isinstance(messages, tuple):
        return messages
    texts = [message for message in messages if isinstance(message, str)]
    if function in ("ngettext", "ngettext_lazy"):
        return tuple(texts[:2]) if len(texts) >= 2 else None
    return texts[0] if texts else None


def _flags(text: Any) -> list[str]:
    first = text[0] if isinstance(text, tuple) else text
    return ["python-format"] if "%(" in first else []


def catalogue_path(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"


def read_catalogue(language: str) -> Any:
    from babel.messages import Catalog
    from babel.messages.pofile import read_po

    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def missing_in(language: str, found: Any) -> list[str]:
    kept = read_catalogue(language)
    return [str(message.id) for message in found if message.id and not _is_translated(kept, message.id)]


def _is_translated(catalogue: Any, message_id: Any) -> bool:
    message = catalogue.get(message_id)
    if message is None or message.fuzzy:
        return False
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def update_catalogue(language: str, found: Any) -> list[str]:
    """Merges what was found into the language's file, keeps what was translated, drops what nobody says any more, and
    compiles. What has no translation."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import write_po

    kept = read_catalogue(language)
    kept.update(found, no_fuzzy_matching=True)
    kept.obsolete.clear()
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, kept, width=120, sort_output=True, omit_header=False, include_lineno=False)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, kept)
    return missing_in(language, found)

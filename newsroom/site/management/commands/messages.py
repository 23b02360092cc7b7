"""Gathers every string that readers and editors see, without gettext's own programs: Babel reads Python, Django's
templatize turns templates into what Babel can read."""

import gettext
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation.template import templatize

SOURCES = ("newsroom", "articles", "members", "newsletters")
WRITTEN_IN = "en"
ONE, MANY = (1,), (1, 2)
KEYWORDS: dict[str, Any] = {
    "_": ONE, "gettext": ONE, "gettext_lazy": ONE, "gettext_noop": ONE, "ngettext": MANY, "ngettext_lazy": MANY,
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3),
}  # fmt: skip
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sd]")


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
            for language in settings.LANGUAGE_CODES
            if language != WRITTEN_IN
            for text in (missing_in(language, found) if options["check"] else update_catalogue(language, found))
        ]
        if missing and options["check"]:
            raise CommandError("Without a translation:\n" + "\n".join(missing))
        self.stdout.write(f"{len(found)} strings, {len(missing)} without a translation.")


def gather_strings(root: Path) -> Any:
    """A Babel catalogue of all strings in the sources and templates."""
    from babel.messages import Catalog
    from babel.messages.extract import extract

    catalogue = Catalog()
    for path, source in _sources(root):
        for line, text, _comments, context in extract("python", BytesIO(source), KEYWORDS, (), {"encoding": "utf-8"}):
            location = (path.relative_to(root).as_posix(), line)
            catalogue.add(text, locations=[location], flags=_flags(text), context=context)
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


def _flags(text: Any) -> list[str]:
    first = text[0] if isinstance(text, tuple) else text
    return ["python-format"] if PLACEHOLDER.search(first) else []


def catalogue_path(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"


def read_catalogue(language: str) -> Any:
    """The language's catalogue, or an empty one, with the plural rule of Django's own: Django merges what shares it."""
    from babel.messages import Catalog
    from babel.messages.pofile import read_po

    path = catalogue_path(language)
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language)
    else:
        catalogue = Catalog(locale=language, project="Newsroom", version="1", header_comment="#", fuzzy=False)
        catalogue.msgid_bugs_address, catalogue.revision_date = "-", datetime.now(UTC)
        catalogue.last_translator = catalogue.language_team = "Newsroom"
    if rule := _plural_rule(language):
        catalogue.mime_headers = [("Plural-Forms", rule)]
    return catalogue


def _plural_rule(language: str) -> str:
    folder = Path(django.__file__).parent / "conf" / "locale"
    return gettext.translation("django", folder, [language], fallback=True).info().get("plural-forms", "")


def missing_in(language: str, found: Any) -> list[str]:
    kept = read_catalogue(language)
    return [str(message.id) for message in found if message.id and not _is_translated(kept, message)]


def _is_translated(catalogue: Any, wanted: Any) -> bool:
    message = catalogue.get(wanted.id, wanted.context)
    if message is None or message.fuzzy:
        return False
    if not wanted.pluralizable:
        return bool(message.string)
    return len(message.string) == catalogue.num_plurals and all(message.string)


def update_catalogue(language: str, found: Any) -> list[str]:
    """Merges what was found into the language's file, keeps what was translated, drops what nobody says any more, and
    compiles. What has no translation."""
    kept = read_catalogue(language)
    kept.update(found, no_fuzzy_matching=True, update_creation_date=False)
    kept.obsolete.clear()
    write_catalogue(language, kept)
    return missing_in(language, found)


def write_catalogue(language: str, catalogue: Any) -> None:
    """Writes the catalogue and what Django reads, compiled, beside it."""
    from babel.messages.pofile import write_po

    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=120, sort_output=True, include_lineno=False)
    path.with_suffix(".mo").write_bytes(compile_catalogue(read_catalogue(language)))


def compile_catalogue(catalogue: Any) -> bytes:
    from babel.messages.mofile import write_mo

    compiled = BytesIO()
    write_mo(compiled, catalogue)
    return compiled.getvalue()

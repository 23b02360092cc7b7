"""Static files: hashed names, those of old releases kept for thirty days; of our stylesheets what a browser reads."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import time
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

OURS = "newsroom/css/"
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SPACE_BETWEEN_LINES = re.compile(r"\s*\n\s*")
HASHED = re.compile(r"\.[0-9a-f]{12}(\.\w+)?$")
COMPRESSED = re.compile(r"\.(br|gz)$")
KEPT_SECONDS = 30 * 24 * 3600  # after the release that named it last was replaced


def lighten(css: str) -> str:
    """Without comments and indentation: what is written for people is some 500 bytes of a story's weight.

    >>> lighten("/* One. */\\n.a {\\n  color: red;  /* Two. */\\n}\\n")
    '.a {\\ncolor: red;\\n}\\n'
    """
    return SPACE_BETWEEN_LINES.sub("\n", COMMENT.sub("", css)).lstrip()


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """A file that a third-party stylesheet names but does not ship is left as it stands, not an error."""

    manifest_strict = False

    def hashed_name(self, name: str, content: object = None, filename: str | None = None) -> str:
        try:
            return super().hashed_name(name, content, filename)
        except ValueError:
            return name

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Our stylesheets are lightened before they are hashed and compressed; at last goes what is too old."""
        if dry_run:
            return
        for name in [name for name in paths if name.startswith(OURS) and name.endswith(".css")]:
            storage, path = paths[name]
            paths[name] = self._lightened(storage, path, name)
        named_before = set(self.load_manifest()[0].values())
        yield from super().post_process(paths, dry_run, **options)
        self._let_go(named_before)

    def _let_go(self, named_before: set[str]) -> None:
        """When a file was named last is kept as its own time. One that cannot be touched fails no release."""
        named, oldest = set(self.hashed_files.values()), time() - KEPT_SECONDS
        for path in Path(self.location).rglob("*"):
            name = COMPRESSED.sub("", path.relative_to(self.location).as_posix())
            if name in named or not HASHED.search(name):
                continue
            with suppress(OSError):
                if name in named_before:
                    os.utime(path)
                elif path.stat().st_mtime < oldest:
                    path.unlink()

    def _lightened(self, storage: Storage, path: str, name: str) -> tuple[Storage, str]:
        with storage.open(path) as file:
            css = file.read().decode("utf-8")
        self.delete(name)
        self._save(name, ContentFile(lighten(css).encode()))
        return self, name

"""Static files: hashed names, those of old releases kept for baked pages; of our stylesheets what a browser reads."""

import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

OURS = "newsroom/css/"
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SPACE_BETWEEN_LINES = re.compile(r"\s*\n\s*")


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
        """Our stylesheets are lightened before they are hashed and compressed."""
        if not dry_run:
            for name in [name for name in paths if name.startswith(OURS) and name.endswith(".css")]:
                storage, path = paths[name]
                paths[name] = self._lightened(storage, path, name)
        yield from super().post_process(paths, dry_run, **options)

    def _lightened(self, storage: Storage, path: str, name: str) -> tuple[Storage, str]:
        with storage.open(path) as file:
            css = file.read().decode("utf-8")
        self.delete(name)
        self._save(name, ContentFile(lighten(css).encode()))
        return self, name

"""Pictures and files on disk: whole, or not there at all."""

import errno
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_disk_full(error: BaseException | None) -> bool:
    return isinstance(error, OSError) and error.errno in FULL


class WholeFileStorage(FileSystemStorage):
    """Django's, which leaves what it has written of a file when the disk is full."""

    def _save(self, name: str, content: Any) -> str:
        """`name` is free: `save` has seen to that."""
        try:
            return super()._save(name, content)
        except OSError:
            with suppress(OSError):  # the first error is the one to tell
                Path(self.path(name)).unlink(missing_ok=True)
            raise

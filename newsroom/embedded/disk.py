"""Room on the disk that holds the data: asked before the start, and named as the reason when it runs out."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newsroom.embedded.datafolder import DataFolder
from newsroom.embedded.refusal import Refusal

NEEDED = 500 * 1024 * 1024  # bytes
FULL = 17 * 1024 * 1024  # PostgreSQL writes its log in pieces of 16 MB, and does not start without one
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def check_disk(folder: DataFolder) -> None:
    free = _free(folder)
    if free < NEEDED:
        raise Refusal(
            f"The disk that holds {folder.path} has only {free // 2**20} MB left and the demo needs "
            f"{NEEDED // 2**20} MB: free some space, or name a folder on another disk in NEWSROOM_VAR."
        )


def is_full(folder: DataFolder) -> bool:
    return _free(folder) < FULL


def _free(folder: DataFolder) -> int:
    return shutil.disk_usage(_existing(folder.path)).free


def _existing(place: Path) -> Path:
    while not place.exists():
        place = place.parent
    return place


@contextmanager
def naming_full_disk(folder: DataFolder) -> Iterator[None]:
    """Whatever fails for want of room is refused in these words. What failed may have made some room by then, as initdb
    does, so its own words count as well as the disk."""
    try:
        yield
    except (Refusal, OSError) as error:
        has_no_room = isinstance(error, OSError) and error.errno in NO_ROOM
        if has_no_room or "No space left" in str(error) or is_full(folder):
            raise Refusal(
                f"The disk that holds {folder.path} is full: free {NEEDED // 2**20} MB and start again, "
                "or name a folder on another disk in NEWSROOM_VAR."
            ) from error
        raise

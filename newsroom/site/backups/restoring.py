"""Restoring: everything is checked before anything is touched, and the database changes in one step."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_redis import get_redis_connection
from redis import RedisError

from newsroom.site.backups.archive import DUMP, MEDIA, unpack
from newsroom.site.backups.database import count_others, count_tables, restore_database
from newsroom.site.backups.errors import BackupError
from newsroom.site.backups.sealing import opened

STAGED = ".restoring-"
# In the restoring transaction itself: there is no moment at which a sweep could see the rows and not the hold.
_HOLD = """INSERT INTO public.lib_hold (id, since, reason) VALUES (1, now(), 'restored from a backup')
ON CONFLICT (id) DO UPDATE SET since = excluded.since, reason = excluded.reason;"""


def restore_backup(*, path: Path, key: str = "", replace: bool = False) -> dict[str, Any]:
    """Puts database and media back and everything that would leave the building on hold; returns the manifest.

    `replace` allows a database that is not empty. Media files that the backup does not know stay: their names are
    never used twice. Raises BackupError, and then the database is as it was.
    """
    _check_ground(replace)
    with _staging() as folder:
        try:
            with opened(path, key) as stream:
                manifest = unpack(stream, folder)
        except OSError as error:
            raise BackupError(
                f"{path} cannot be read, or there is no room for it: {error.strerror or error}"
            ) from error
        _check_release(manifest)
        _move_media(folder / MEDIA)
        restore_database(folder / DUMP, afterwards=_HOLD)
    _empty_redis()
    return manifest


def _check_ground(replace: bool) -> None:
    if count_tables() and not replace:
        raise BackupError("The database is not empty: add --replace to drop what is in it.")
    if others := count_others():
        raise BackupError(f"{others} other connections use the database: stop web, workers and beat first.")
    try:
        get_redis_connection().ping()
    except RedisError as error:
        raise BackupError("Redis does not answer, and a restore empties it: start it first.") from error


@contextmanager
def _staging() -> Iterator[Path]:
    """Beside the media files, so that moving them is only a change of name; hidden, so that nobody is served them."""
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    for leftover in root.glob(f"{STAGED}*"):
        shutil.rmtree(leftover)
    with tempfile.TemporaryDirectory(prefix=STAGED, dir=root) as folder:
        yield Path(folder)


def _check_release(manifest: dict[str, Any]) -> None:
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations or {}}
    if unknown := sorted(set(manifest["migrations"]) - known):
        raise BackupError(f"The backup was made by a newer release ({unknown[0]} is not known here): install that one.")


def _move_media(folder: Path) -> None:
    root = Path(settings.MEDIA_ROOT)
    for path in sorted(folder.rglob("*")):
        target = root / path.relative_to(folder)
        if path.is_dir():
            target.mkdir(exist_ok=True)
        else:
            path.replace(target)


def _empty_redis() -> None:
    """Old tasks, pages and counts go; sessions stand in the database."""
    connection.close()
    try:
        get_redis_connection().flushdb()
    except RedisError as error:
        raise BackupError(
            "The database is restored, but Redis went away before it was emptied: empty it (FLUSHDB) before you start."
        ) from error

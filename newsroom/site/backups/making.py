"""Making a backup: whole or not at all."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from newsroom.site.backups.archive import DUMP, MEDIA, Pieces, pack
from newsroom.site.backups.database import dump_database
from newsroom.site.backups.errors import BackupError
from newsroom.site.backups.sealing import recipient_of, seal

NAMES = "newsroom-????-??-??T??????.??????Z.tar*"
MOMENT = "%Y-%m-%dT%H%M%S.%fZ"  # within the name
HALF_MADE = ".making-"  # what a run that was killed leaves behind; never counted as a backup


def make_backup(*, folder: Path, key: str = "", keep: int = 0) -> Path:
    """Database first, then media, whose names are never used twice. The file takes its name when all of it is on the
    disk. Of those made here before, the newest `keep` stay (0: all). Raises BackupError, and then there is no file."""
    if key:
        recipient_of(key)  # before the work, not after
    folder.mkdir(parents=True, exist_ok=True)
    name = f"newsroom-{datetime.now(UTC):{MOMENT}}.tar{'.age' if key else ''}"
    with _alone_in(folder), tempfile.TemporaryDirectory(prefix=HALF_MADE, dir=folder) as scratch:
        dump, half_made = Path(scratch) / DUMP, Path(scratch) / name
        try:
            dump_database(dump)
            half_made.touch(mode=0o600, exist_ok=False)  # everybody's addresses: for its owner alone
            with half_made.open("wb") as target:
                _write(dump, target, key)
            half_made.replace(folder / name)
            _sync(folder)
        except OSError as error:
            raise BackupError(f"The backup could not be written to {folder}: {error.strerror or error}") from error
        _rotate(folder, keep)
    return folder / name


def made_at(path: Path) -> datetime:
    """By its name, which copying does not change."""
    moment = path.name.removeprefix("newsroom-").partition(".tar")[0]
    return datetime.strptime(moment, MOMENT).replace(tzinfo=UTC)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _lock(descriptor, folder)
        for leftover in folder.glob(f"{HALF_MADE}*"):
            shutil.rmtree(leftover)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    """For as long as the descriptor is open, however this process ends."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BackupError(f"Another backup is being made in {folder}: wait for it to end.") from error


def _write(dump: Path, target: IO[bytes], key: str) -> None:
    source = Pieces(pack(_files(dump), _facts()))
    if key:
        seal(source, target, key)  # type: ignore[arg-type]
    else:
        shutil.copyfileobj(source, target, 1 << 20)  # type: ignore[misc]
    target.flush()
    os.fsync(target.fileno())


def _files(dump: Path) -> Iterator[tuple[str, Path]]:
    yield DUMP, dump
    root = Path(settings.MEDIA_ROOT)
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if path.is_file() and not any(part.startswith(".") for part in name.parts):
            yield f"{MEDIA}/{name.as_posix()}", path


def _facts() -> dict[str, Any]:
    applied = MigrationRecorder(connection).applied_migrations()
    return {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "site": settings.SITE_URL,
        "migrations": sorted(f"{app}.{name}" for app, name in applied),
    }


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _rotate(folder: Path, keep: int) -> None:
    for old in sorted(folder.glob(NAMES))[:-keep] if keep else []:
        old.unlink()

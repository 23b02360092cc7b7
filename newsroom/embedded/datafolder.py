"""Where the launcher keeps its data, and who holds it.

Everything lies under one folder: `var/` in the checkout, or what NEWSROOM_VAR names. `var/lock` is held with flock for
as long as a launcher works in it, so the kernel frees it however that launcher ends.
"""

import errno
import fcntl
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from newsroom.embedded.refusal import Refusal

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class DataFolder:
    path: Path

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def inbox(self) -> Path:
        return self.path / "inbox"

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    @property
    def services(self) -> Path:
        """The environment of the services that run now, for `with`."""
        return self.run / "services.json"

    def make(self) -> Self:
        """Make the folders that are missing. Raises Refusal when that is impossible."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for private in (self.run, self.log, self.inbox):
                private.mkdir(mode=0o700, exist_ok=True)
            for public in ("media", "static"):
                (self.path / public).mkdir(exist_ok=True)
            self._check_that_it_can_be_written()
        except OSError as error:
            raise Refusal(
                f"The data folder {self.path} cannot be used ({error.strerror}: {error.filename}): delete it, "
                "start as its owner, or name another folder in NEWSROOM_VAR."
            ) from error
        return self

    def _check_that_it_can_be_written(self) -> None:
        probe = self.run / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()


def locate_folder(environ: Mapping[str, str]) -> DataFolder:
    """NEWSROOM_VAR, read from the checkout when relative, else `var/` there."""
    return DataFolder((CHECKOUT / environ.get("NEWSROOM_VAR", "var")).resolve())


def write_private(path: Path, content: str) -> None:
    """Replace a file in one step; only its owner may read it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


@dataclass
class FolderLock:
    """Holds a data folder for one launcher; a context manager. Raises Refusal when another one holds it."""

    folder: DataFolder
    purpose: str
    port: int | None = None
    _descriptor: int | None = field(default=None, init=False)

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def acquire(self) -> None:
        while self._descriptor is None:
            descriptor = os.open(self.folder.lock, os.O_RDWR | os.O_CREAT, 0o644)
            if not _flock_patiently(descriptor):
                os.close(descriptor)
                raise Refusal(describe_holder(self.folder))
            # The former holder removes the file when it leaves: a lock on a removed file guards nothing.
            if _is_same_file(descriptor, self.folder.lock):
                self._descriptor = descriptor
            else:
                os.close(descriptor)
        holder = {"pid": os.getpid(), "port": self.port, "purpose": self.purpose}
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(holder).encode(), 0)

    def release(self) -> None:
        if self._descriptor is not None:
            self.folder.lock.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None


def _flock_patiently(descriptor: int) -> bool:
    """Another launcher that only looks who holds the folder has it for a blink: ask more than once."""
    for _ in range(5):
        if _flock(descriptor):
            return True
        time.sleep(0.05)
    return False


def _flock(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise
    return True


def _is_same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def read_holder(folder: DataFolder) -> dict[str, Any] | None:
    """Who holds the folder now ({} when the holder has not written it yet), or None."""
    try:
        descriptor = os.open(folder.lock, os.O_RDONLY)
    except OSError:
        return None
    try:
        if _flock(descriptor, fcntl.LOCK_SH):
            return None
        return _parse_holder(os.pread(descriptor, 1000, 0))
    finally:
        os.close(descriptor)


def _parse_holder(content: bytes) -> dict[str, Any]:
    try:
        holder = json.loads(content)
    except ValueError:
        return {}
    return holder if isinstance(holder, dict) else {}


def describe_holder(folder: DataFolder) -> str:
    holder = read_holder(folder) or {}
    port = f" on port {holder['port']}" if holder.get("port") else ""
    return (
        f"The data folder {folder.path} is in use by process {holder.get('pid', 'unknown')} "
        f"({holder.get('purpose', 'starting')}{port}): stop that one first, or name another folder in NEWSROOM_VAR."
    )

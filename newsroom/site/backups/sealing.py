"""Sealing with age (https://age-encryption.org/v1): without us, `age -d -i key backup.tar.age` opens it too.

BACKUP_KEY is a secret key (AGE-SECRET-KEY-1…), or its public half (age1…), with which a server can make backups that
it cannot read itself.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyrage
from django.conf import settings
from pyrage import x25519

from newsroom.site.backups.errors import BackupError

HEADER = b"age-encryption.org/"
NO_KEY = (
    "{name} is sealed and BACKUP_KEY is not its secret key: set BACKUP_KEY to the AGE-SECRET-KEY-1… it was made with."
)


def given_key() -> str:
    """BACKUP_KEY, else the key in BACKUP_KEY_FILE among age-keygen's comments; empty: backups are not sealed."""
    if settings.BACKUP_KEY or not settings.BACKUP_KEY_FILE:
        return str(settings.BACKUP_KEY)
    try:
        lines = Path(settings.BACKUP_KEY_FILE).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise BackupError(f"BACKUP_KEY_FILE cannot be read: {error.strerror}.") from error
    return next((line.strip() for line in lines if line.strip() and not line.startswith("#")), "")


def make_key() -> tuple[str, str]:
    """A new secret key and its public half."""
    secret = x25519.Identity.generate()
    return str(secret), str(secret.to_public())


def seal(source: IO[bytes], target: IO[bytes], key: str) -> None:
    """In pieces, so that nothing large is held in memory. Raises BackupError for a key that is none, OSError."""
    recipient = recipient_of(key)
    try:
        pyrage.encrypt_io(source, target, [recipient])
    except pyrage.EncryptError as error:  # also when the disk is full
        raise OSError(str(error)) from error


def recipient_of(key: str) -> x25519.Recipient:
    try:
        if key.startswith("age1"):
            return x25519.Recipient.from_str(key)
        return x25519.Identity.from_str(key).to_public()
    except (pyrage.IdentityError, pyrage.RecipientError) as error:
        raise BackupError(
            "BACKUP_KEY is no age key: `manage.py backup --new-key` makes one (AGE-SECRET-KEY-1… or age1…)."
        ) from error


@contextmanager
def opened(path: Path, key: str) -> Iterator[IO[bytes]]:
    """The plain content as a stream. Raises BackupError when it is sealed and the key does not fit, or damaged; what
    was read before that must not be used."""
    with path.open("rb") as file:
        is_sealed = file.read(len(HEADER)) == HEADER
        file.seek(0)
        if not is_sealed:
            yield file
            return
        opener = _Opener(file, _secret_of(key, path))
        try:
            with os.fdopen(opener.start(), "rb") as plain:
                yield plain
                while plain.read(1 << 20):  # the seal's own end says whether all of it is there
                    pass
        finally:
            opener.finish(path)  # what went wrong there explains what went wrong here


def _secret_of(key: str, path: Path) -> x25519.Identity:
    try:
        return x25519.Identity.from_str(key)
    except pyrage.IdentityError as error:
        raise BackupError(NO_KEY.format(name=path.name)) from error


class _Opener:
    """age pushes what it has opened and tar wants to pull: a pipe between two threads."""

    def __init__(self, file: IO[bytes], secret: x25519.Identity) -> None:
        self._file, self._secret = file, secret
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._push, daemon=True)

    def start(self) -> int:
        reading, self._writing = os.pipe()
        self._thread.start()
        return reading

    def _push(self) -> None:
        try:
            with os.fdopen(self._writing, "wb") as pipe:
                pyrage.decrypt_io(self._file, pipe, [self._secret])
        except BrokenPipeError:
            pass  # the reader has had enough, and says why
        except Exception as error:  # told to the other thread, whatever it is
            self._error = error

    def finish(self, path: Path) -> None:
        self._thread.join()
        if isinstance(self._error, pyrage.DecryptError):
            raise BackupError(NO_KEY.format(name=path.name)) from self._error
        if self._error is not None:
            raise BackupError(f"{path.name} is damaged or cut short; nothing was changed.") from self._error

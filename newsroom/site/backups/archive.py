"""One tar stream: the database's dump, the media files, and last the manifest with everybody's checksum. Whoever cuts
it short cuts off the manifest."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

from newsroom.site.backups.errors import BackupError

DUMP, MANIFEST, MEDIA = "database.dump", "manifest.json", "media"
FORMAT = 1
PIECE = 1 << 20


def pack(files: Iterable[tuple[str, Path]], facts: dict[str, Any]) -> Iterator[bytes]:
    """The archive in pieces. A file that goes while this runs was deleted after the dump: it is left out."""
    sums: dict[str, str] = {}
    for name, path in files:
        try:
            file = path.open("rb")
        except FileNotFoundError:
            continue
        with file:
            yield from _pack_file(name, file, sums)
    manifest = json.dumps({"format": FORMAT, **facts, "sha256": sums}, indent=1).encode()
    yield from _pack_file(MANIFEST, io.BytesIO(manifest), {})
    yield bytes(2 * tarfile.BLOCKSIZE)


def _pack_file(name: str, file: IO[bytes], sums: dict[str, str]) -> Iterator[bytes]:
    info = tarfile.TarInfo(name)
    info.size = left = file.seek(0, io.SEEK_END)
    file.seek(0)
    yield info.tobuf(tarfile.PAX_FORMAT)
    digest = hashlib.sha256()
    while left:
        piece = file.read(min(PIECE, left))
        if not piece:
            raise BackupError(f"{name} became shorter while it was read: make the backup again.")
        left -= len(piece)
        digest.update(piece)
        yield piece
    yield bytes(-info.size % tarfile.BLOCKSIZE)
    sums[name] = digest.hexdigest()


class Pieces(io.RawIOBase):
    """Pieces as a file to read from."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._rest = iter(pieces), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)


def unpack(stream: IO[bytes], folder: Path) -> dict[str, Any]:
    """Writes the files into `folder` and returns the manifest. Raises BackupError when a file is missing, too many or
    not what the manifest says."""
    sums: dict[str, str] = {}
    try:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                sums[member.name] = _unpack_file(tar, member, folder)
    except (tarfile.TarError, EOFError) as error:
        raise BackupError("The backup is damaged or cut short; nothing was changed.") from error
    sums.pop(MANIFEST, None)
    return _check(folder / MANIFEST, sums)


def _unpack_file(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> str:
    name = PurePosixPath(member.name)
    is_ours = member.name in (DUMP, MANIFEST) or (name.parts[0] == MEDIA and ".." not in name.parts)
    source = tar.extractfile(member)
    if not is_ours or not member.isfile() or source is None:
        raise BackupError(f"The backup holds {member.name}, which is none of ours; nothing was changed.")
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with path.open("wb") as target:
        while piece := source.read(PIECE):
            digest.update(piece)
            target.write(piece)
    return digest.hexdigest()


def _check(path: Path, sums: dict[str, str]) -> dict[str, Any]:
    if not path.exists():
        raise BackupError("The backup is cut short: its manifest is missing; nothing was changed.")
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BackupError("The backup's manifest is damaged; nothing was changed.") from error
    if manifest.get("format") != FORMAT:
        raise BackupError("The backup was made by another release, in a form that this one does not read.")
    wrong = [name for name in {*sums, *manifest["sha256"]} if sums.get(name) != manifest["sha256"].get(name)]
    if wrong:
        raise BackupError(f"The backup is damaged, {sorted(wrong)[0]} for one; nothing was changed.")
    return manifest

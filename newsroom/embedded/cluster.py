"""Makes the PostgreSQL data folder: role and database `newsroom`, passwords by SCRAM, text sorted by C.UTF-8."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from newsroom.embedded.children import die_with_parent
from newsroom.embedded.pghome import PostgresHome
from newsroom.embedded.refusal import Refusal

MAJOR_VERSION = "18"
ENVIRON = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def prepare_cluster(home: PostgresHome, *, password: str, durable: bool) -> None:
    """Make the data folder if it is missing, and give the role this password. Raises Refusal when it is half-made."""
    if home.data.exists() and not any(home.data.iterdir()):
        home.data.rmdir()
    if not home.data.exists():
        _make_cluster(home, password=password, durable=durable)
        return
    _check_cluster(home.data)
    if _read_password(home) != password:
        _set_password(home, home.data, password)


def _check_cluster(data: Path) -> None:
    try:
        version = (data / "PG_VERSION").read_text().strip()
        is_whole = (data / "global" / "pg_control").exists()
    except OSError:
        version, is_whole = "", False
    if not is_whole:
        raise Refusal(f"{data} is half-made, it lacks PostgreSQL's own files: delete it, or restore it from a backup.")
    if version != MAJOR_VERSION:
        raise Refusal(
            f"{data} was made by PostgreSQL {version} and this is PostgreSQL {MAJOR_VERSION}: "
            "dump it with the old version first, or delete it to start with a new demo."
        )


def _make_cluster(home: PostgresHome, *, password: str, durable: bool) -> None:
    """Made beside its place and renamed when whole, so that an interrupted start leaves nothing that looks whole."""
    fresh = home.path / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    home.give_folder(fresh)
    _run_initdb(home, fresh, password=password, durable=durable)
    _write_access_rules(home, fresh)
    make_role = f"CREATE ROLE newsroom LOGIN CREATEDB PASSWORD {_quote(password)};"
    _run_alone(home, fresh, make_role, "CREATE DATABASE newsroom OWNER newsroom;")
    _remember_password(home, password)
    fresh.rename(home.data)


def _run_initdb(home: PostgresHome, data: Path, *, password: str, durable: bool) -> None:
    password_file = home.path / "password.new"
    password_file.unlink(missing_ok=True)
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    home.own(password_file)
    options = ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8"]
    # The wheel has no ICU, and the system's locales differ from machine to machine: PostgreSQL's own is everywhere.
    options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    try:
        _run(home, ["initdb", "-D", str(data), *options, *([] if durable else ["--no-sync"])])
    finally:
        password_file.unlink(missing_ok=True)


def _write_access_rules(home: PostgresHome, data: Path) -> None:
    """Only our role, only from this machine, only with its password: the superuser cannot sign in at all."""
    rules = data / "pg_hba.conf"
    rules.write_text("host all newsroom 127.0.0.1/32 scram-sha-256\n")
    home.own(rules)


def _set_password(home: PostgresHome, data: Path, password: str) -> None:
    """The keys were made anew: the old password is gone, and PostgreSQL's single-user mode needs none."""
    _run_alone(home, data, f"ALTER ROLE newsroom PASSWORD {_quote(password)};")
    _remember_password(home, password)


def _remember_password(home: PostgresHome, password: str) -> None:
    path = home.path / "password"
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(password)


def _read_password(home: PostgresHome) -> str | None:
    try:
        return (home.path / "password").read_text()
    except OSError:
        return None


def _quote(literal: str) -> str:
    return "'" + literal.replace("'", "''") + "'"


def _run_alone(home: PostgresHome, data: Path, *statements: str) -> None:
    """Run statements as superuser without a server. A line break ends one, so each must be a single line."""
    command = ["postgres", "--single", "-D", str(data), "-c", "exit_on_error=on", "postgres"]
    _run(home, command, given="".join(f"{statement}\n" for statement in statements))


def _run(home: PostgresHome, command: Sequence[str], *, given: str = "") -> None:
    as_user = {"user": home.account.uid, "group": home.account.gid, "extra_groups": []} if home.account else {}
    result = subprocess.run(  # type: ignore[call-overload]
        [str(home.bin / command[0]), *command[1:]],
        input=given,
        capture_output=True,
        text=True,
        cwd=home.path,
        env=ENVIRON,
        start_new_session=True,
        preexec_fn=die_with_parent(9),
        check=False,
        **as_user,
    )
    if result.returncode != 0:
        lines = (result.stderr or result.stdout).strip().splitlines() or ["it gave no reason"]
        raise Refusal(f"PostgreSQL's data folder in {home.path} cannot be prepared: {lines[-1].strip()}")

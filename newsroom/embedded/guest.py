"""`test` and `with`: somebody's command, run with the services' addresses in its environment."""

import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import rmtree

from newsroom.embedded.application import collect_static
from newsroom.embedded.children import die_with_parent
from newsroom.embedded.datafolder import DataFolder, FolderLock, locate_folder, read_holder
from newsroom.embedded.disk import check_disk, naming_full_disk
from newsroom.embedded.environment import check_given_servers, clear_for_test, path_with_our_programs, refuse_production
from newsroom.embedded.ports import parse_port, pick_port
from newsroom.embedded.refusal import Refusal
from newsroom.embedded.stack import read_services, start_stack
from newsroom.embedded.stale import end_stale_processes
from newsroom.embedded.supervisor import Stopped, Supervisor

START_LIMIT = 60.0  # seconds that `with` waits for a `run` that is starting
GRACE = 5.0  # seconds a command has to end after a signal
SIDE_BY_SIDE = 9  # test runs in one checkout


def run_test(environ: Mapping[str, str], command: Sequence[str], *, with_static: bool) -> int:
    """Run the command on services of its own, whose data may go at any time; answer its exit status."""
    refuse_production(environ)
    environ = clear_for_test(environ)
    base = locate_folder(environ)
    check_disk(base)
    check_given_servers(environ)
    with naming_full_disk(base), _lock_test_folder(base.path) as lock:
        folder = lock.folder
        end_stale_processes(folder)
        _forget_last_run(folder)
        with Supervisor(folder) as supervisor:
            try:
                handed = start_stack(supervisor, environ, mode="test", port=pick_port())
                if with_static:
                    collect_static(supervisor, handed)
                return _run(supervisor, command, handed)
            except Stopped:
                return 130


def _lock_test_folder(base: Path) -> FolderLock:
    """`var/test`, or `var/test-2` and so on when other test runs are under way."""
    for number in range(1, SIDE_BY_SIDE + 1):
        lock = FolderLock(DataFolder(base / ("test" if number == 1 else f"test-{number}")).make(), "test")
        try:
            lock.acquire()
        except Refusal:
            continue
        return lock
    raise Refusal(f"{SIDE_BY_SIDE} test runs already work in {base}: wait for one of them to end.")


def _forget_last_run(folder: DataFolder) -> None:
    """The database is kept, since making it is slow; queues, letters and payments are not."""
    for name in ("valkey", "inbox", "media"):
        rmtree(folder.path / name, ignore_errors=True)
    for leftover in folder.path.glob("stripe-sandbox.sqlite3*"):
        leftover.unlink()
    (folder.path / "media").mkdir()


def run_on_own_servers(environ: Mapping[str, str], command: Sequence[str]) -> int:
    """Production's own: nothing is started, what the person has set is all there is."""
    found = {**environ, "PATH": path_with_our_programs(environ)}
    return _as_exit_status(subprocess.run(command, env=found, check=False).returncode)


def run_with(environ: Mapping[str, str], command: Sequence[str]) -> int:
    """Run the command on the demo's services: those of a `run` that is up, else started for as long as it takes."""
    refuse_production(environ)
    folder = locate_folder(environ)
    running = _find_running(folder)
    if running is not None:
        with Supervisor(folder) as supervisor:
            return _run(supervisor, command, _merge(running, environ))
    check_disk(folder)
    check_given_servers(environ)
    with naming_full_disk(folder), FolderLock(folder.make(), f"with {command[0]}"):
        end_stale_processes(folder)
        with Supervisor(folder) as supervisor:
            try:
                handed = start_stack(supervisor, environ, mode="demo", port=parse_port(environ.get("PORT") or "8000"))
                return _run(supervisor, command, handed)
            except Stopped:
                return 130


def _find_running(folder: DataFolder) -> dict[str, str] | None:
    """The environment of a `run` in this folder, waited for while it starts; None when there is none."""
    deadline = time.monotonic() + START_LIMIT
    while (holder := read_holder(folder)) is not None and time.monotonic() < deadline:
        if holder.get("purpose", "run") != "run":
            return None
        if holder and (services := read_services(folder, holder["pid"])) is not None:
            return services
        time.sleep(0.2)
    return None


def _merge(running: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    given = {name: value for name, value in environ.items() if value and name not in ("PATH", "NEWSROOM_VAR")}
    return {**running, **given}


def _run(supervisor: Supervisor, command: Sequence[str], environ: Mapping[str, str]) -> int:
    """In the launcher's own process group, so that the terminal's keys reach the command as they would without us."""
    if sys.stdin.isatty():
        # Ctrl-C is the command's to answer; ignoring the signal outright would be inherited by it.
        signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        guest = subprocess.Popen(command, env=dict(environ), preexec_fn=die_with_parent(signal.SIGTERM))
    except OSError as error:
        raise Refusal(f"The command `{command[0]}` cannot be run: {error.strerror}.") from error
    return _await_guest(guest, supervisor)


def _await_guest(guest: "subprocess.Popen[bytes]", supervisor: Supervisor) -> int:
    while guest.poll() is None:
        try:
            supervisor.pause()
        except Stopped:
            return _stop_guest(guest)
    return _as_exit_status(guest.returncode)


def _stop_guest(guest: "subprocess.Popen[bytes]") -> int:
    guest.send_signal(signal.SIGTERM)
    try:
        return _as_exit_status(guest.wait(GRACE))
    except subprocess.TimeoutExpired:
        guest.kill()
        return _as_exit_status(guest.wait())


def _as_exit_status(returncode: int) -> int:
    """A shell's way of telling which signal ended a command."""
    return 128 - returncode if returncode < 0 else returncode

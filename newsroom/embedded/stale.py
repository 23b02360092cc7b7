"""Ends what a launcher left behind that was killed before it could stop its children."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import psutil

from newsroom.embedded.children import kill_group
from newsroom.embedded.datafolder import DataFolder
from newsroom.embedded.identity import name_boot, seconds_since_boot

SLACK = 5  # seconds; the boot's time, from which a process's start is reckoned, is known to the second only


def end_stale_processes(folder: DataFolder, *, launcher: int | None = None) -> None:
    """Stop the recorded processes that still run, all or those of one launcher.

    Either the caller holds the folder's lock, so that none of them has a launcher, or it names one that is dead.
    """
    stale: list[dict[str, Any]] = []
    for path in folder.run.glob("*.json"):
        record = _read_record(path)
        if launcher is not None and record.get("launcher") != launcher:
            continue
        if record and _still_runs(record):
            stale.append(record)
        path.unlink(missing_ok=True)
    _stop(stale)


def _read_record(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) and "stop_signal" in record else {}


def _still_runs(record: dict[str, Any]) -> bool:
    """Whether the number still stands for what was recorded: it may belong to a stranger by now."""
    try:
        process = psutil.Process(record["pid"])
        if abs(seconds_since_boot(process) - record["started"]) > SLACK:
            return False
        arguments = record["command"][1:]
        # A script's first words become its interpreter's, so only the arguments are compared.
        return process.status() == psutil.STATUS_ZOMBIE or process.cmdline()[-len(arguments) :] == arguments
    except psutil.NoSuchProcess:
        return _left_a_group(record)
    except psutil.Error:
        return False


def _left_a_group(record: dict[str, Any]) -> bool:
    """Whether it is gone but what it had started is not. Until then the kernel gives its number to nobody else."""
    if record["boot"] != name_boot():
        return False
    try:
        os.killpg(record["pid"], 0)
    except OSError:
        return False
    return True


def _stop(stale: list[dict[str, Any]]) -> None:
    for record in stale:
        send(record["pid"], record["stop_signal"])
    found = [_find(record["pid"]) for record in stale]
    await_end([process for process in found if process is not None])
    for record in stale:
        kill_group(record["pid"])


def _find(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None


def await_end(processes: list[psutil.Process], seconds: float = 5) -> bool:
    """Whether all of them end in time. A zombie counts as ended: in a container nobody may ever collect it."""
    deadline = time.monotonic() + seconds
    while any(_is_alive(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def stop_postgres_of(data: Path) -> None:
    """Stop a server that still runs on this data folder, and remove the pid file that misleads the next one.

    The first line of postmaster.pid may name a stranger, after a reboot or in a new container: only a process that was
    started on this very folder is signalled. SIGINT is PostgreSQL's fast shutdown.
    """
    pid_file = data / "postmaster.pid"
    try:
        process = psutil.Process(int(pid_file.read_text().splitlines()[0]))
        is_postgres = str(data) in process.cmdline()
    except (OSError, ValueError, IndexError, psutil.Error):
        is_postgres = False
    if is_postgres:
        send(process.pid, signal.SIGINT)
        if not await_end([process]):
            send(process.pid, signal.SIGKILL)
            await_end([process])
    pid_file.unlink(missing_ok=True)

"""One child process: started in a session of its own, recorded on disk, stopped with all it has started itself."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from newsroom.embedded.datafolder import CHECKOUT, DataFolder, write_private
from newsroom.embedded.identity import name_boot, seconds_since_boot
from newsroom.embedded.refusal import Refusal

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LAST_WAIT = 1.0  # seconds that a killed process may take to be gone

# Loaded before any fork: a child between fork and exec must not load libraries.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def adopt_orphans() -> None:
    """Make grand-children whose parent died ours (Linux), so that none escapes when all is stopped."""
    if _libc is not None:
        _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent(death_signal: int) -> Callable[[], None]:
    """For a child between fork and exec: ask the kernel to signal it when the launcher dies, by kill -9 too (Linux).

    The kernel means the *thread* that forked, so children are only ever started from the main thread.
    """
    parent = os.getpid()

    def arrange() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:  # it died before the request was made
            os._exit(1)

    return arrange


@dataclass(frozen=True)
class Account:
    """The operating-system user a child runs as, when that is not the launcher's own."""

    uid: int
    gid: int


@dataclass
class Child:
    name: str
    command: Sequence[str]
    folder: DataFolder
    environ: Mapping[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    account: Account | None = None
    cwd: Path = CHECKOUT
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        return self.folder.log / f"{self.name}.log"

    @property
    def record(self) -> Path:
        return self.folder.run / f"{self.name}.json"

    def start(self, *, rotate: bool = True) -> None:
        """Start it, its output going to its log. Raises Refusal when the command cannot be run."""
        if rotate and self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as output:
            try:
                self.process = self._spawn(output.fileno())
            except OSError as error:
                raise Refusal(f"{self.name} cannot be started ({error}): see the README's requirements.") from error
        self._write_record(self.process.pid)

    def _spawn(self, output: int) -> "subprocess.Popen[bytes]":
        as_user = {"user": self.account.uid, "group": self.account.gid, "extra_groups": []} if self.account else {}
        return subprocess.Popen(
            self.command,
            cwd=self.cwd,
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(self.stop_signal),
            **as_user,  # type: ignore[call-overload]
        )

    def _write_record(self, pid: int) -> None:
        try:
            started = seconds_since_boot(psutil.Process(pid))
        except psutil.NoSuchProcess:
            return
        facts = {
            "pid": pid,
            "started": started,
            "boot": name_boot(),
            "command": list(self.command),
            "stop_signal": int(self.stop_signal),
            "launcher": os.getpid(),
        }
        write_private(self.record, json.dumps(facts))

    def status(self) -> int | None:
        """Its exit status, or None while it runs."""
        return self.process.poll() if self.process else None

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        if self.is_running and self.process:
            self.process.send_signal(self.stop_signal)

    def kill(self) -> None:
        """End it and whatever it started in its session, at once."""
        if self.process is not None:
            kill_group(self.process.pid)
            self.process.wait()
            self.record.unlink(missing_ok=True)

    def tail(self, lines: int = 15) -> str:
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])


def kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        # PermissionError is what macOS answers for a group of zombies.
        pass


def stop_children(children: Sequence[Child], *, seconds: float) -> None:
    """Ask all of them, wait for as long as given, then kill what is left, grand-children included."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + seconds
    while any(child.is_running for child in children) and time.monotonic() < deadline:
        time.sleep(0.02)
    for child in children:
        child.kill()


def kill_descendants() -> None:
    """The last sweep: whatever still descends from this launcher. Comes back when it is gone, not only told to go."""
    found = psutil.Process().children(recursive=True)
    for process in found:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(found, timeout=LAST_WAIT)

"""PostgreSQL, Valkey, the Stripe sandbox, a mail server and the Procfile's processes, each of which can be ended,
frozen and started again while the others run."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from newsroom.embedded.children import stop_children
from newsroom.embedded.datafolder import DataFolder
from newsroom.embedded.environment import compose
from newsroom.embedded.keys import load_keys
from newsroom.embedded.peers import prepare_sandbox
from newsroom.embedded.pghome import remove_outside_home
from newsroom.embedded.ports import choose_ports, pick_port
from newsroom.embedded.postgres import prepare_postgres
from newsroom.embedded.probes import explain_database
from newsroom.embedded.procfile import make_children
from newsroom.embedded.valkey import prepare_valkey
from tests.faults.office import Office

ROOT = Path(__file__).resolve().parents[2]
CLOCKS = Path(__file__).parent / "clocks"
KEPT = ("PATH", "HOME", "LANG", "STATIC_ROOT")


def wait_until(condition, seconds=60, pause=0.05):
    """The condition's first truthy value; fails the test when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, "It did not come true in time."
        time.sleep(pause)
    return answer


class Part:
    """A service or process of its own."""

    def __init__(self, child, is_ready=lambda: True):
        self.child, self._is_ready = child, is_ready

    def start(self):
        """Does nothing while it runs."""
        if not self.child.is_running:
            self.child.start(rotate=False)
            wait_until(lambda: self.child.is_running and self._is_ready())

    def restart_until_ready(self):
        """After a kill -9 what the old server held may be taken for a moment."""
        wait_until(self._is_up)

    def _is_up(self):
        if not self.child.is_running:
            self.child.start(rotate=False)
        return self._is_ready()

    def end(self):
        """As its operator stops it."""
        stop_children([self.child], seconds=20)

    def kill(self):
        """kill -9, with all that it has started."""
        for process in self.family():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.child.kill()

    def freeze(self):
        """It keeps its sockets and answers nothing, as a machine that has lost its disk."""
        for process in self.family():
            process.send_signal(signal.SIGSTOP)

    def thaw(self):
        for process in self.family():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)

    @contextmanager
    def frozen(self):
        self.freeze()
        try:
            yield
        finally:
            self.thaw()

    @contextmanager
    def without_room(self):
        """No file can be written to, as on a full disk: neither its media nor its log. Linux."""
        before = {process.pid: process.rlimit(psutil.RLIMIT_FSIZE) for process in self.family()}
        for pid, (_soft, hard) in before.items():
            psutil.Process(pid).rlimit(psutil.RLIMIT_FSIZE, (0, hard))
        try:
            yield
        finally:
            for pid, limits in before.items():
                psutil.Process(pid).rlimit(psutil.RLIMIT_FSIZE, limits)

    def family(self):
        if not self.child.is_running:
            return []
        head = psutil.Process(self.child.process.pid)
        return [head, *head.children(recursive=True)]


class Parts:
    """All of them, on a data folder of their own; `environ` is what the processes are given."""

    def __init__(self):
        path = Path(tempfile.mkdtemp(prefix="newsroom-faults-"))
        path.chmod(0o755)
        self.folder = DataFolder(path).make()
        self.port = pick_port()
        self.office = Office()
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.keys = load_keys(self.folder)
        self.environ = compose(kept, folder=self.folder, keys=self.keys, mode="test", port=self.port)
        self._prepare(choose_ports(self.folder, ["postgres", "valkey", "sandbox"]))

    def _prepare(self, ports):
        keys, folder, given = self.keys, self.folder, self.environ
        postgres = prepare_postgres(folder, password=keys.database_password, port=ports["postgres"], durable=True)
        valkey = prepare_valkey(folder, password=keys.redis_password, port=ports["valkey"], durable=True)
        sandbox = prepare_sandbox(
            folder, port=ports["sandbox"], keys=keys, site_url=given["SITE_URL"], environ=dict(given)
        )
        given |= {
            "DATABASE_URL": postgres.url, "REDIS_URL": valkey.url, "EMAIL_URL": f"smtp://127.0.0.1:{self.office.port}",
            "STRIPE_API_BASE": sandbox.url, "STRIPE_SECRET_KEY": keys.stripe_secret_key,
            "STRIPE_WEBHOOK_SECRET": keys.stripe_webhook_secret,
        }  # fmt: skip
        self.postgres, self.valkey, self.sandbox = (
            Part(service.child, is_ready)
            for service, is_ready in (
                # Its pid file says "ready" still after a kill -9.
                (postgres, lambda: explain_database(postgres.url) is None),
                (valkey, valkey.is_ready),
                (sandbox, sandbox.is_ready),
            )
        )
        self.clock = folder.path / "clock"
        self.clock.write_text("0.0")
        given |= {"TEST_CLOCK": str(self.clock), "PYTHONPATH": str(CLOCKS)}  # the services keep the true time
        self.processes = {child.name: Part(child) for child in make_children(folder, given)}

    @property
    def services(self):
        return [self.postgres, self.valkey, self.sandbox]

    def start_services(self):
        for part in self.services:
            part.child.start()
        for part in self.services:
            part.restart_until_ready()

    def start_processes(self):
        for part in self.processes.values():
            part.start()

    def set_clock(self, *, hours):
        """What the clocks of all processes show, against the true time, when this returns."""
        wanted = str(hours * 3600.0)
        change = self.clock.with_suffix(".new")
        change.write_text(wanted)
        change.replace(self.clock)
        wait_until(lambda: self._shown_clocks() <= {wanted})

    def _shown_clocks(self):
        pids = {process.pid for part in self.processes.values() for process in part.family()}
        told = (self.clock.with_name(f"{self.clock.name}.{pid}") for pid in pids)
        return {path.read_text() for path in told if path.exists()}

    def run(self, *words):
        """A command of this project on these parts; what it printed."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def heal(self):
        """Everything runs again, whatever a test has done."""
        for part in [*self.services, *self.processes.values()]:
            part.thaw()
        for part in self.services:
            part.restart_until_ready()
        self.set_clock(hours=0)
        self.start_processes()
        self.office.heal()

    def stop(self):
        for part in [*self.services, *self.processes.values()]:
            part.thaw()
        stop_children([part.child for part in self.processes.values()], seconds=5)
        stop_children([part.child for part in self.services], seconds=5)
        self.office.shut()
        remove_outside_home(self.folder)
        shutil.rmtree(self.folder.path, ignore_errors=True)

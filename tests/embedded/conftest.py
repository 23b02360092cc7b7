"""Real launchers on real services, each on a data folder of its own; none may leave a process behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRUBBED = ("_URL", "STRIPE_", "NEWSROOM_", "ALLOWED_HOSTS", "SECRET_KEY", "PORT", "_ROOT", "MAIL_", "DJANGO_")


def wait_until(condition, seconds=15):
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)
    return answer


def make_public_folder():
    """A folder that the user `nobody` may enter, which pytest's own temporary folders are not."""
    path = Path(tempfile.mkdtemp(prefix="newsroom-"))
    path.chmod(0o755)
    return path


@pytest.fixture(scope="session")
def checkout():
    """The launcher and the sandbox beside an application that starts at once."""
    path = make_public_folder()
    shutil.copytree(Path(__file__).parent / "application", path, dirs_exist_ok=True)
    for package in ("newsroom/embedded", "stripe_sandbox"):
        shutil.copytree(ROOT / package, path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "newsroom" / "oldest.py", path / "newsroom")
    (path / "newsroom" / "__init__.py").touch()
    yield path
    shutil.rmtree(path)


@dataclass
class Launcher:
    """Starts `python -m newsroom.embedded` in the checkout, on one data folder."""

    checkout: Path
    var: Path
    environ: dict = field(default_factory=dict)
    python: str = sys.executable
    uid: int | None = None

    def start(self, *words, **environ):
        kept = {name: value for name, value in os.environ.items() if not any(part in name for part in SCRUBBED)}
        given = {"NEWSROOM_VAR": str(self.var), "STRIPE_SECRET_KEY": "sk_test_none", **self.environ, **environ}
        return subprocess.Popen(
            [self.python, "-m", "newsroom.embedded", *words],
            user=self.uid,
            group=self.uid,
            extra_groups=None if self.uid is None else [],
            cwd=self.checkout,
            env={name: value for name, value in {**kept, **given}.items() if value is not None},
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def finish(self, *words, **environ):
        """The exit status and what it wrote to stdout and stderr."""
        process = self.start(*words, **environ)
        out, err = process.communicate(timeout=40)
        return process.returncode, out.strip(), err.strip()

    def run_python(self, code, **environ):
        """What the code prints when it runs on the services."""
        status, out, err = self.finish("with", "--", "python", "-c", code, **environ)
        assert status == 0, err
        return out

    def processes(self):
        return [process for process in psutil.process_iter(["cmdline"]) if self._names_our_folder(process)]

    def end_what_is_left(self):
        """There must be nothing; but what there is must not trouble the next test."""
        left = self.processes()
        for process in left:
            process.send_signal(signal.SIGKILL)
        assert left == []

    def _names_our_folder(self, process):
        try:
            is_alive = process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False
        return is_alive and any(str(self.var) in word for word in process.info["cmdline"] or [])


@pytest.fixture(scope="session")
def used_folder():
    """A data folder that the tests use one after the other, as a person would: making one takes a second or more."""
    folder = make_public_folder()
    yield folder / "var"
    shutil.rmtree(folder)


@pytest.fixture
def launcher(checkout, used_folder):
    """On a data folder that may have been used before."""
    launcher = Launcher(checkout, used_folder)
    yield launcher
    launcher.end_what_is_left()


@pytest.fixture
def fresh_launcher(checkout):
    """On a data folder that does not exist yet."""
    folder = make_public_folder()
    launcher = Launcher(checkout, folder / "var")
    yield launcher
    try:
        launcher.end_what_is_left()
    finally:
        launcher.finish("clean", "--yes")
        shutil.rmtree(folder)


def read_until(process, text):
    """Read a launcher's stdout up to the line that holds the text; answer all of it."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return "".join(lines)
    raise AssertionError(f"{text!r} never came: {''.join(lines)}{process.stderr.read()}")


@pytest.fixture
def free_port():
    from newsroom.embedded.ports import pick_port

    return pick_port()


@pytest.fixture
def running(launcher, free_port):
    """A demo that is up."""
    process = launcher.start("run", PORT=str(free_port))
    process.greeting = read_until(process, "Ctrl-C stops")
    process.port = free_port
    yield process
    process.terminate()
    process.communicate(timeout=15)

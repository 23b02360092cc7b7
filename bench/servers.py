"""The processes of a run: application servers and a worker as the Procfile starts them, the mail sink."""

import http.client
import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Template

from bench.ground import Unfit
from newsroom.embedded.children import die_with_parent
from newsroom.embedded.ports import pick_port
from newsroom.embedded.procfile import read_procfile

START_SECONDS = 40.0
STOP_SECONDS = 8.0


@contextmanager
def application_server(settings: str, **given: str) -> Iterator[int]:
    """The Procfile's web process under these settings, with more of its environment where it is given; its port."""
    port = pick_port()
    environ = {"PORT": str(port), "DJANGO_SETTINGS_MODULE": settings, "SITE_URL": f"http://localhost:{port}", **given}
    with _process(_procfile_words("web", environ), f"web-{settings}-{port}", environ) as process:
        _await(process, f"the server of {settings}", lambda: _answers_http(port))
        yield port


@contextmanager
def bulk_worker(mail_port: int) -> Iterator[None]:
    """The Procfile's worker for newsletters, its mail going to the sink."""
    environ = {"EMAIL_URL": f"smtp://127.0.0.1:{mail_port}"}
    with _process(_procfile_words("bulk", environ), "bulk", environ) as process:
        _await(process, "the worker", lambda: " ready." in log_of("bulk").read_text(errors="replace"))
        yield


@contextmanager
def mail_sink() -> Iterator[int]:
    port = pick_port()
    with _process([sys.executable, "-m", "bench.sink", str(port)], "sink", {}) as process:
        _await(process, "the mail sink", lambda: _is_open(port))
        yield port


def log_of(name: str) -> Path:
    return scratch_folder() / f"{name}.log"


def scratch_folder() -> Path:
    folder = Path(os.environ["NEWSROOM_VAR"]) / "bench"
    folder.mkdir(exist_ok=True)
    return folder


def _procfile_words(name: str, environ: dict[str, str]) -> list[str]:
    return [Template(word).substitute(os.environ | environ) for word in shlex.split(read_procfile()[name])]


@contextmanager
def _process(words: list[str], name: str, environ: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    with log_of(name).open("wb") as output:
        process = subprocess.Popen(
            words, env=os.environ | environ, stdout=output, stderr=output, preexec_fn=die_with_parent(15)
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(process: "subprocess.Popen[bytes]", what: str, is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise Unfit(f"{what} does not start: see {scratch_folder()}.")
        time.sleep(0.05)


def _answers_http(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    except OSError:
        return False
    finally:
        connection.close()
    return True


def _is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True

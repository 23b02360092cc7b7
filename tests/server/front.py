"""A real nginx before a real application server, on the test database."""

import http.client
import os
import shlex
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from string import Template

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from newsroom.embedded.ports import pick_port
from newsroom.embedded.procfile import read_procfile

ROOT = Path(__file__).resolve().parents[2]
SITE = "localhost"


def wait_until(condition, seconds=40):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


class Answer:
    def __init__(self, response):
        self.status, self.body = response.status, response.read()
        self.headers = {name.title(): value for name, value in response.getheaders()}

    @property
    def text(self):
        return self.body.decode()


def ask(port, path, method="GET", secure=False, body=None, **headers):
    """`User_Agent="x"` sends User-Agent: x."""
    context = ssl._create_unverified_context() if secure else None
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    line = kind("127.0.0.1", port, timeout=30, **({"context": context} if secure else {}))
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    line.request(method, path, body=body, headers={"Host": SITE, **named})
    try:
        return Answer(line.getresponse())
    finally:
        line.close()


def is_open(port, path="/livez/"):
    try:
        return ask(port, path).status < 500
    except OSError:
        return False


class Application:
    """The Procfile's web process."""

    def __init__(self):
        self.port = pick_port()
        address = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
        self.environ = {
            **os.environ, "DATABASE_URL": address, "PORT": str(self.port), "TRUSTED_PROXIES": "1",
            "ALLOWED_HOSTS": SITE,
        }  # fmt: skip

    def start(self):
        words = [Template(word).substitute(self.environ) for word in shlex.split(read_procfile()["web"])]
        self.process = subprocess.Popen(words, cwd=ROOT, env=self.environ, start_new_session=True)
        wait_until(lambda: is_open(self.port))

    @contextmanager
    def frozen(self):
        """It keeps its sockets and answers nothing."""
        os.killpg(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process.pid, signal.SIGCONT)

    def kill(self):
        """With its workers, at once."""
        os.killpg(self.process.pid, 9)
        self.process.wait()


class Nginx:
    """nginx as `write_nginx` and start.sh make it, before the application on `web`."""

    def __init__(self, web):
        self.folder = Path(tempfile.mkdtemp(prefix="newsroom-nginx-"))
        self.folder.chmod(0o755)
        self.http, self.https = pick_port(), pick_port()
        call_command(
            "write_nginx", self.folder, http=f"127.0.0.1:{self.http}", https=f"127.0.0.1:{self.https}",
            web=f"127.0.0.1:{web}", stdout=StringIO(),
        )  # fmt: skip

    def start(self):
        self.log = (self.folder / "log").open("wb")
        # Folders of tests may be closed to the user that nginx would become.
        options = ["-g", "user root;"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(
            [ROOT / "deploy" / "nginx" / "start.sh", self.folder, *options], stdout=self.log, stderr=self.log
        )
        wait_until(self._is_up)
        return self

    def _is_up(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()
        return (self.folder / "nginx.pid").exists() and is_open(self.http, "/.well-known/acme-challenge/none")

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder)

    def ask(self, path, **options):
        return ask(self.http, path, **options)


def put_media(name, content=b"content"):
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return f"/media/{name}"


def static_address(ending):
    """A collected file of ours with this ending, by its hashed name."""
    folder = Path(settings.STATIC_ROOT)
    found = next(path for path in sorted((folder / "newsroom").rglob(f"*.*.{ending}")))
    return f"/static/{found.relative_to(folder)}"

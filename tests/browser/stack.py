"""The whole demo as a person starts it: `python -m newsroom.embedded run` on a data folder of its own."""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
import redis

from newsroom.embedded.application import STATIC_STAMP, fingerprint_static
from newsroom.embedded.datafolder import DataFolder
from newsroom.embedded.ports import pick_port
from newsroom.embedded.stack import read_services

ROOT = Path(__file__).resolve().parents[2]
OURS = ("_URL", "STRIPE_", "NEWSROOM_", "ALLOWED_HOSTS", "SECRET_KEY", "_ROOT", "MAIL_", "DJANGO_")
READY_SECONDS = 180
TROUBLE = ("[warning", "[error", "[critical", " ERROR: ", " DETAIL: ", " FATAL: ", " PANIC: ")
STOP_SECONDS = 10
WAITING_EVENTS = "SELECT count(*) FROM members_stripeevent WHERE state IN ('waiting', 'claimed')"


class Stack:
    """Starts, waits until every part is up, and stops; `url` is what the terminal prints."""

    def __init__(self) -> None:
        self.var = Path(tempfile.mkdtemp(prefix="newsroom-loop-"))
        self.var.chmod(0o755)
        self.port = pick_port()
        self.url = f"http://localhost:{self.port}"
        kept = {name: value for name, value in os.environ.items() if not any(part in name for part in OURS)}
        self.environ = {**kept, "NEWSROOM_VAR": str(self.var), "PORT": str(self.port), "TIME_ZONE": "Europe/Kyiv"}
        self._take_static_files()
        self.log = (self.var / "terminal.log").open("w")
        self.process = self._start()

    def _take_static_files(self) -> None:
        """Those that `make test` has collected a moment ago, for which a demo needs half a minute."""
        if collected := os.environ.get("STATIC_ROOT"):
            target = self.var / "static"
            shutil.copytree(collected, target)
            (self.var / STATIC_STAMP).write_text(fingerprint_static(target))

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "newsroom.embedded", "run"],
            cwd=ROOT, env=self.environ, text=True, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
        )  # fmt: skip

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.terminal()
            if "Sign in at" in self.terminal() and self._is_healthy():
                return
            time.sleep(0.3)
        raise AssertionError(f"The demo was not ready in time.\n{self.terminal()}")

    def _is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz/", timeout=3) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def rows(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """What stands in the newsroom's own database."""
        with psycopg.connect(self._services()["DATABASE_URL"]) as connection:
            return connection.execute(question, values).fetchall()

    def forget_limits(self) -> None:
        """What was counted against the one network that all visitors of these tests come from."""
        with redis.Redis.from_url(self._services()["REDIS_URL"]) as connection:
            for key in connection.scan_iter("*limit:*"):
                connection.delete(key)

    def ask_stripe(self, path: str, fields: dict[str, str] | None = None) -> Any:
        """What the payment company answers to the newsroom's own key: to GET, or to POST where there are fields."""
        services = self._services()
        key = base64.b64encode(f"{services['STRIPE_SECRET_KEY']}:".encode()).decode()
        question = urllib.request.Request(
            f"{services['STRIPE_API_BASE']}{path}", None if fields is None else urlencode(fields).encode(),
            {"Authorization": f"Basic {key}"},
        )  # fmt: skip
        with urllib.request.urlopen(question, timeout=10) as answer:
            return json.load(answer)

    def sell(self, email: str, amount: int = 400, currency: str = "eur", frequency: str = "month") -> str:
        """Support as a visitor buys it, without a browser, thanked and so written down when this is back; the id of its
        subscription, or of a single gift's intent."""
        choice = {"frequency": frequency, f"amount_{frequency}": str(amount), "currency": currency}
        form = urllib.request.Request(f"{self.url}/support/", urlencode(choice).encode(), {"Origin": self.url})
        with urllib.request.urlopen(form, timeout=10) as page:  # Stripe's, to which it leads
            session = page.url.rpartition("/")[2].partition("?")[0]
        paid = self.ask_stripe(f"/_sandbox/sessions/{session}/pay", {"email": email, "name": email.partition("@")[0]})
        with urllib.request.urlopen(f"{self.url}/support/thanks/?session={session}", timeout=10):
            return str(paid["subscription"] or paid["payment_intent"])

    def has_worked_off_events(self) -> bool:
        """Whether all of the payment company's events have come, and none waits for a worker."""
        if self.ask_stripe("/_sandbox/events?undelivered=1")["data"]:
            return False
        with psycopg.connect(self._services()["DATABASE_URL"]) as connection:
            row = connection.execute(WAITING_EVENTS).fetchone()
        return row == (0,)

    def _services(self) -> dict[str, str]:
        published = read_services(DataFolder(self.var), self.process.pid)
        assert published is not None, "The launcher has not said where its services are."
        return published

    def kill_web(self) -> None:
        """The web server is gone at once; the launcher starts it again."""
        os.killpg(json.loads((self.var / "run" / "web.json").read_text())["pid"], signal.SIGKILL)

    def terminal(self) -> str:
        self.log.flush()
        return Path(self.log.name).read_text()

    def troubles(self) -> str:
        """The last that its processes and its database said of what went wrong."""
        lines = [
            f"{path.stem}: {line}"
            for path in sorted((self.var / "log").glob("*.log"))
            for line in path.read_text(errors="replace").splitlines()
            if any(mark in line for mark in TROUBLE)
        ]
        return "\n".join(sorted(lines, key=lambda line: line.partition(": ")[2])[-40:])

    def manage(self, *words: str) -> str:
        """A management command beside the running demo."""
        command = [sys.executable, "-m", "newsroom.embedded", "with", "--", "python", "manage.py", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environ, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def stop(self) -> float:
        """Ends it as Ctrl-C does; the seconds that took."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=STOP_SECONDS + 20)
        return time.monotonic() - began

    def restart(self, **environ: str) -> None:
        """Once more on the same data, with this changed in its environment."""
        self.stop()
        self.environ |= environ
        self.log.truncate(0)
        self.log.seek(0)
        self.process = self._start()
        self.wait_until_ready()

    def remove(self) -> None:
        self.log.close()
        shutil.rmtree(self.var, ignore_errors=True)

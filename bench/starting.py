"""`python -m bench.starting`: how long `make run` takes from the command to a healthy front page, and to stop.

Once on an empty data folder and three times on the same one again, each through make as a person types it; what make
installs is there already, so that the package index plays no part.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median

from newsroom.embedded.datafolder import CHECKOUT
from newsroom.embedded.ports import pick_port

ROUNDS = 3
FIRST_LIMIT, AGAIN_LIMIT, STOP_LIMIT = 180, 15, 10  # seconds
OURS = re.compile(r"_URL$|^STRIPE_|^NEWSROOM_|^ALLOWED_HOSTS$|^SECRET_KEY$|_ROOT$|^MAIL_|^DJANGO_|^MAKE")


def main() -> int:
    var = Path(tempfile.mkdtemp(prefix="newsroom-starting-"))
    var.chmod(0o755)
    try:
        start_and_stop(var)  # make's own work, and a warm disk
        shutil.rmtree(var)
        var.mkdir(mode=0o755)
        first, _stopped = start_and_stop(var)
        rounds = [start_and_stop(var) for _ in range(ROUNDS)]
    finally:
        shutil.rmtree(var, ignore_errors=True)
    found = (
        ("first start", first, FIRST_LIMIT),
        ("second start", median(start for start, _ in rounds), AGAIN_LIMIT),
        ("stop", median(stop for _, stop in rounds), STOP_LIMIT),
    )
    for name, seconds, limit in found:
        print(f"{name:<14}{seconds:>7.1f} s of {limit} s")
    return 0 if all(seconds <= limit for _, seconds, limit in found) else 1


def start_and_stop(var: Path) -> tuple[float, float]:
    """The seconds until the front page answers, and until the last process is gone. Raises RuntimeError when it ends
    by itself."""
    port = pick_port()
    kept = {name: value for name, value in os.environ.items() if not OURS.search(name)}
    environ = {**kept, "NEWSROOM_VAR": str(var), "PORT": str(port)}
    began = time.monotonic()
    with subprocess.Popen(["make", "run"], cwd=CHECKOUT, env=environ, stdout=subprocess.DEVNULL) as run:
        while not is_up(port):
            if run.poll() is not None:
                raise RuntimeError("`make run` ended before it was up.")
            time.sleep(0.05)
        started = time.monotonic()
        run.send_signal(signal.SIGTERM)
        run.wait()
    while (var / "lock").exists():  # make may be gone before what it began
        time.sleep(0.05)
    return started - began, time.monotonic() - started


def is_up(port: int) -> bool:
    try:
        for path in ("healthz/", ""):
            with urllib.request.urlopen(f"http://localhost:{port}/{path}", timeout=3):
                pass
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())

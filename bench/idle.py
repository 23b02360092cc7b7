"""`python -m bench.idle` beside a running `make run`: how much memory the parts of a server hold while nothing happens.
The status is 1 when it is more than the limit.

Proportional set size (PSS) of each part with all its processes, so that what is shared counts once; nginx is started in
front for as long as it takes. The inbox and the Stripe sandbox, which no server runs, are left out.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from newsroom.embedded.datafolder import CHECKOUT, DataFolder, locate_folder, read_holder
from newsroom.embedded.nginx import find_nginx
from newsroom.embedded.ports import pick_port

PARTS = ("postgres", "valkey", "web", "worker", "bulk", "beat")
LIMIT_MB = 1536
SETTLE_SECONDS = 30


def main() -> int:
    folder = locate_folder(os.environ)
    holder = read_holder(folder)
    if not holder or holder.get("purpose") != "run":
        print(f"No demo runs in {folder.path}: start it with `make run`, then try again.", file=sys.stderr)
        return 1
    with nginx_in_front(folder, holder["port"]) as nginx:
        time.sleep(SETTLE_SECONDS)
        found = {name: memory_of(pid_of(folder, name)) for name in PARTS} | {"nginx": memory_of(nginx)}
    return say_whether_it_fits(found)


def say_whether_it_fits(found: dict[str, float]) -> int:
    """Prints a line for each part and the sum; answers the status."""
    together = sum(found.values())
    for name, megabytes in found.items():
        print(f"{name:<10}{megabytes:>8.0f} MB")
    print(f"{'together':<10}{together:>8.0f} MB of {LIMIT_MB} MB")
    if together > LIMIT_MB:
        print(f"{together - LIMIT_MB:.0f} MB too much.", file=sys.stderr)
        return 1
    return 0


def pid_of(folder: DataFolder, name: str) -> int:
    return int(json.loads((folder.run / f"{name}.json").read_text())["pid"])


def memory_of(pid: int) -> float:
    """Megabytes of a process and its descendants."""
    process = psutil.Process(pid)
    return sum(each.memory_full_info().pss for each in (process, *process.children(recursive=True))) / 2**20


@contextmanager
def nginx_in_front(folder: DataFolder, port: int) -> Iterator[int]:
    target, launcher = folder.path / "nginx", [sys.executable, "-m", "newsroom.embedded", "with", "--"]
    command = ["python", "manage.py", "write_nginx", str(target), "--http", f"127.0.0.1:{pick_port()}"]
    environ = {**os.environ, "TRUSTED_PROXIES": "1", "NGINX_PROGRAM": find_nginx(os.environ)}
    subprocess.run([*launcher, *command, "--web", f"127.0.0.1:{port}"], cwd=CHECKOUT, env=environ, check=True)
    script = Path(target) / "start.sh"
    with subprocess.Popen(["sh", script, target], env=environ, stdout=subprocess.DEVNULL) as nginx:
        try:
            yield nginx.pid
        finally:
            nginx.terminate()


if __name__ == "__main__":
    sys.exit(main())

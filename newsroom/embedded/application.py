"""Brings the application up on running services: static files, tables, the demo newsroom, and its processes."""

import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from newsroom.embedded.children import Child
from newsroom.embedded.datafolder import CHECKOUT, write_private
from newsroom.embedded.probes import explain_http
from newsroom.embedded.procfile import make_children
from newsroom.embedded.refusal import Refusal
from newsroom.embedded.supervisor import Supervisor
from newsroom.embedded.terminal import complain, say

STATIC_STAMP = "static-stamp"
HEALTH_LIMIT = 90.0  # seconds from starting the processes to a healthy site
NOT_OURS = {".git", ".venv", "var", "node_modules", "__pycache__"}


def manage(supervisor: Supervisor, environ: Mapping[str, str], *words: str) -> str:
    """Run a management command and answer what it wrote. Raises Refusal with the end of it when it fails."""
    child = Child(f"manage-{words[0]}", [sys.executable, "manage.py", *words], supervisor.folder, environ)
    child.log.unlink(missing_ok=True)
    if supervisor.finish(child) != 0:
        if tail := child.tail():  # none on a full disk
            complain(tail)
        raise Refusal(f"`manage.py {words[0]}` failed: the reason stands above and in {child.log}.")
    return child.log.read_text(encoding="utf-8", errors="replace")


def collect_static(supervisor: Supervisor, environ: Mapping[str, str]) -> None:
    """Collect the static files, unless nothing that they are made of has changed since the last time."""
    stamp, target = supervisor.folder.path / STATIC_STAMP, Path(environ["STATIC_ROOT"])
    wanted = fingerprint_static(target)
    if stamp.exists() and stamp.read_text() == wanted and any(target.iterdir()):
        return
    # Without a stamp the last time was interrupted: Django would keep a file that was written by half.
    is_ours = target == supervisor.folder.path / "static"
    anew = ["--clear"] if is_ours and not stamp.exists() else []
    stamp.unlink(missing_ok=True)
    manage(supervisor, environ, "collectstatic", "--noinput", *anew)
    write_private(stamp, wanted)


def fingerprint_static(target: Path) -> str:
    """What the stamp says while the files that were collected there are those of this code."""
    digest = hashlib.sha256(str(target).encode())
    for path in sorted(_static_sources()):
        facts = path.stat()
        digest.update(f"{path} {facts.st_mtime_ns} {facts.st_size}\n".encode())
    return digest.hexdigest()


def _static_sources() -> Iterator[Path]:
    """Our static files, the settings that say how they are stored, and the list of packages that bring more."""
    yield from CHECKOUT.glob("requirements*.txt")
    yield from (CHECKOUT / "newsroom").glob("settings*/**/*.py")
    yield from (CHECKOUT / "newsroom").glob("settings*.py")
    for folder, subfolders, files in os.walk(CHECKOUT):
        subfolders[:] = [name for name in subfolders if name not in NOT_OURS]
        if "static" in Path(folder).relative_to(CHECKOUT).parts:
            yield from (Path(folder) / name for name in files)


def prepare_application(supervisor: Supervisor, environ: Mapping[str, str]) -> None:
    """Tables, static files and the demo newsroom."""
    manage(supervisor, environ, "migrate", "--noinput")
    collect_static(supervisor, environ)
    if seeded := manage(supervisor, environ, "seed_demo").strip():
        say(seeded)


def start_application(supervisor: Supervisor, environ: Mapping[str, str]) -> str:
    """Start the Procfile's processes, wait until the site says that it is healthy, and answer the demo's sign-ins."""
    supervisor.start_processes(make_children(supervisor.folder, environ))
    sign_ins = manage(supervisor, environ, "demo_signins")
    address = f"http://127.0.0.1:{environ['PORT']}/healthz/"
    # Asked under the site's own name: it answers to no other than ALLOWED_HOSTS.
    host = urlsplit(environ["SITE_URL"]).netloc
    supervisor.await_processes(lambda: explain_http(address, host=host), seconds=HEALTH_LIMIT)
    return sign_ins.rstrip()

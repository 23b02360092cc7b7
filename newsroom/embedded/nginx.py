"""Finds nginx for the server tests, and unpacks Debian's under `var/tools` when none is installed.

Unpacked rather than installed: the package would start a server of its own on port 80.
`python -m newsroom.embedded.nginx` prints its path.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from newsroom.embedded.datafolder import locate_folder
from newsroom.embedded.finding import print_found, starts
from newsroom.embedded.refusal import Refusal
from newsroom.embedded.terminal import complain

ELSEWHERE = ("/usr/sbin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx")


def find_nginx(environ: Mapping[str, str]) -> str:
    """The path of an nginx that starts. Raises Refusal when there is none and none can be had."""
    if given := environ.get("NGINX_PROGRAM"):
        if not starts(given, "-v"):
            raise Refusal(f"NGINX_PROGRAM is set to {given}, which does not start: correct it, or unset it.")
        return given
    unpacked = locate_folder(environ).path / "tools" / "nginx"
    program = unpacked / "usr" / "sbin" / "nginx"
    for path in (shutil.which("nginx"), *ELSEWHERE, str(program)):
        if path and starts(path, "-v"):
            return path
    _unpack(unpacked)
    if not starts(str(program), "-v"):
        raise Refusal(
            f"The server tests need nginx, and Debian's does not start from {program}: "
            "install it (apt install nginx), or name one in NGINX_PROGRAM."
        )
    return str(program)


def _unpack(folder: Path) -> None:
    if not shutil.which("apt-get"):
        raise Refusal("The server tests need nginx and none is installed: install it, or name one in NGINX_PROGRAM.")
    complain("Fetching nginx for the server tests …")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if _run(folder, "apt-get", "download", "-q", "nginx") is not None and os.geteuid() == 0:
        _run(folder, "apt-get", "update", "-q")
    reason = None if list(folder.glob("*.deb")) else _run(folder, "apt-get", "download", "-q", "nginx")
    for package in folder.glob("*.deb"):
        reason = _run(folder, "dpkg-deb", "-x", str(package), str(folder))
    if reason is not None:
        raise Refusal(
            f"nginx, which the server tests drive, cannot be fetched ({reason}): "
            "install it (on Debian: apt install nginx), or name one in NGINX_PROGRAM."
        )


def _run(folder: Path, *command: str) -> str | None:
    """None when it went well, else its last word."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    lines = done.stderr.strip().splitlines() or ["no reason given"]
    return None if done.returncode == 0 else lines[-1]


if __name__ == "__main__":
    sys.exit(print_found(find_nginx))

"""Finds the browser for the browser tests, and installs Debian's when there is none and we may.

`python -m newsroom.embedded.chromium` prints its path.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping

from newsroom.embedded.finding import print_found, starts
from newsroom.embedded.refusal import Refusal
from newsroom.embedded.terminal import complain

NAMES = (
    "chromium-headless-shell",  # the same engine without a window: a third less work
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
INSTALL = (["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"])


def find_chromium(environ: Mapping[str, str]) -> str:
    """The path of a browser that starts. Raises Refusal when there is none and none can be installed."""
    if given := environ.get("CHROMIUM"):
        if not _starts(given):
            raise Refusal(f"CHROMIUM is set to {given}, which does not start: correct it, or unset it.")
        return given
    return _find_installed() or _install() or _give_up()


def _find_installed() -> str | None:
    found = (shutil.which(name) for name in NAMES)
    return next((path for path in found if path and _starts(path)), None)


def _starts(path: str) -> bool:
    """Ubuntu's `chromium-browser` may be a note that tells to install a snap: ask rather than trust the name."""
    return starts(path, "--version")


def _install() -> str | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    complain("Installing Chromium for the browser tests …")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in INSTALL:
        result = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            lines = result.stderr.strip().splitlines() or ["no reason given"]
            raise Refusal(
                f"Chromium, which the browser tests drive, cannot be installed ({lines[-1]}): "
                "install it yourself, or name an installed one in CHROMIUM."
            )
    return _find_installed()


def _give_up() -> str:
    raise Refusal(
        "The browser tests need Chromium and none is installed: install it (on Debian: apt install chromium), "
        "or name one in CHROMIUM."
    )


if __name__ == "__main__":
    sys.exit(print_found(find_chromium))

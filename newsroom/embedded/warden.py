"""Stands by in case the launcher is killed outright, and then ends the children it left.

The kernel's signal to them (see children.py) exists on Linux only, and a busy worker may take its time over it.
`python -m newsroom.embedded.warden LAUNCHER DATA_FOLDER` waits for the end of its stdin, a pipe that only the launcher
holds open.
"""

import signal
import subprocess
import sys
from pathlib import Path

from newsroom.embedded.datafolder import CHECKOUT, DataFolder
from newsroom.embedded.stale import end_stale_processes


def start_warden(folder: DataFolder, launcher: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "newsroom.embedded.warden", str(launcher), str(folder.path)],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def main(launcher: int, folder: DataFolder) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.read()
    # The next launcher may be at work in the folder already: its children are none of ours.
    end_stale_processes(folder, launcher=launcher)


if __name__ == "__main__":
    main(int(sys.argv[1]), DataFolder(Path(sys.argv[2])))

"""Named steps of work that has to survive a worker's death between any two of them.

In production a step is nothing. A test that wants to know what is left behind names one in NEWSROOM_DIES_AT, and the
process that comes to it ends there as by `kill -9`.
"""

import os
import signal

VARIABLE = "NEWSROOM_DIES_AT"


def step(name: str) -> None:
    """Does nothing, unless this is a test's process that is to die here."""
    if os.environ.get(VARIABLE) == name and os.environ.get("NEWSROOM_MODE") == "test":
        os.kill(os.getpid(), signal.SIGKILL)

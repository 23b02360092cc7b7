"""What the finders of other houses' programs share: does it start, and printing where it is."""

import os
import subprocess
from collections.abc import Callable, Mapping

from newsroom.embedded.refusal import Refusal
from newsroom.embedded.terminal import complain, say


def starts(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def print_found(find: Callable[[Mapping[str, str]], str]) -> int:
    """The exit status: 1 when it is refused, with the reason on stderr."""
    try:
        say(find(os.environ))
    except Refusal as refusal:
        complain(str(refusal))
        return 1
    return 0

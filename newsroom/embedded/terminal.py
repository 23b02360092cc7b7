"""What the launcher says at the terminal, and which lines of its children's logs it repeats there."""

import os
import re
import sys
import time
from dataclasses import dataclass, field

from newsroom.embedded.children import Child

WIDTH = 200  # characters of a repeated line
BURST = 5  # repeated lines per child and second

# A child's own words for trouble: PostgreSQL's and Valkey's, Python's logging, structlog's in both renderings.
TROUBLE = re.compile(r"\b(warning|error|critical|fatal|panic|exception)\b|^Traceback", re.IGNORECASE)

# Said at every start or stop, and nothing to act upon in a demo: PostgreSQL reports each statement that a constraint
# refuses, Valkey advises on the kernel, Celery on running as root.
NOISE = re.compile(
    r"\b(ERROR|STATEMENT|DETAIL|HINT): |administrator command|database system is (starting up|shutting down)"
    r"|# WARNING|superuser privileges|SecurityWarning|uid=0|duplicate nodename",
)


def say(text: str = "") -> None:
    print(text, flush=True)


def complain(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def style(text: str, code: str) -> str:
    """Bold ("1"), dim ("2") and so on, where the terminal can."""
    is_plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return text if is_plain else f"\033[{code}m{text}\033[0m"


@dataclass
class LogFollower:
    """Repeats a child's warnings and errors, as far as they come one by one."""

    child: Child
    position: int = 0
    rest: bytes = b""
    second: int = 0
    said: int = field(default=0)

    def repeat_trouble(self) -> None:
        for line in self._read_lines():
            if TROUBLE.search(line) and not NOISE.search(line):
                self._repeat(line)

    def _read_lines(self) -> list[str]:
        try:
            with self.child.log.open("rb") as stream:
                stream.seek(self.position)
                added = stream.read(1_000_000)
        except OSError:
            return []
        self.position += len(added)
        *lines, self.rest = (self.rest + added).split(b"\n")
        return [line.decode(errors="replace").strip() for line in lines]

    def _repeat(self, line: str) -> None:
        second = int(time.monotonic())
        if second != self.second:
            self.second, self.said = second, 0
        self.said += 1
        if self.said <= BURST:
            say(f"{self.child.name:>9} | {line[:WIDTH]}")
        elif self.said == BURST + 1:
            say(f"{self.child.name:>9} | … more in {self.child.log}")

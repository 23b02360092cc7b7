"""Measuring two sides in turn, so that a noisy minute of the machine falls on both."""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from bench.ground import Unfit
from bench.load import write_requests
from bench.servers import scratch_folder

ROUNDS = 5
WARM_UP = 0  # the number of the round before the first; nothing of it is kept
Side = Callable[[int], float]  # the number of a round → so many a second
_numbers = count(1)


def alternate(ours: Side, theirs: Side, *, rounds: int = ROUNDS) -> list[tuple[float, float]]:
    """A warm-up of both, then A B A B …"""
    ours(WARM_UP), theirs(WARM_UP)
    return [(ours(number), theirs(number)) for number in range(1, rounds + 1)]


@dataclass(frozen=True)
class Load:
    """What one side is sent in one round. Without `seconds` each request is sent once."""

    port: int
    requests: list[bytes]
    connections: int
    expected: str  # the status of every answer
    seconds: float | None = None

    def send(self) -> float:
        """From a process of its own; answers a second. Raises Unfit when an answer is another than expected."""
        statuses, elapsed = send_load(self)
        answers = sum(statuses.values())
        wanted = answers if self.seconds is not None else len(self.requests)
        if not answers or statuses != {self.expected: wanted}:
            raise Unfit(f"{wanted} × {self.expected} was expected, and the answers were {statuses}.")
        return answers / elapsed


def send_load(load: Load) -> tuple[dict[str, int], float]:
    """The answers by status, and the seconds it took."""
    file = scratch_folder() / f"requests-{next(_numbers)}"
    write_requests(file, load.requests)
    plan = {"port": load.port, "connections": load.connections, "requests": str(file), "seconds": load.seconds}
    try:
        told = subprocess.run(
            [sys.executable, "-m", "bench.load"], input=json.dumps(plan).encode(), capture_output=True, timeout=90
        )
    finally:
        file.unlink()
    if told.returncode:
        raise Unfit(f"The load could not be sent: {told.stderr.decode(errors='replace').strip()[-300:]}")
    answer = json.loads(told.stdout)
    return answer["statuses"], answer["elapsed"]


def get(path: str, port: int) -> bytes:
    """As a browser asks."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n"
        "Accept: text/html\r\nAccept-Encoding: gzip, deflate, br\r\n\r\n"
    ).encode("ascii")


def post(path: str, port: int, body: bytes, content_type: str, **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n{''.join(lines)}\r\n"
    )
    return head.encode("ascii") + body


def calibrate() -> float:
    """A fixed loop on one processor; loops a second. Runs on different machines are compared by it."""
    began = time.perf_counter()
    total = 0
    for number in range(600_000):
        total += number & 7
    digest = b""
    for _number in range(60_000):
        digest = hashlib.sha256(digest).digest()
    return 1 / (time.perf_counter() - began)

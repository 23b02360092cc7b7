"""The load: an HTTP client of our own, in a process of its own, to loopback only.

`python -m bench.load` reads a plan (JSON) from stdin and writes what happened to stdout. A plan has `port`,
`connections`, `requests` (a file: each a 4-byte length and the bytes) and either `seconds` (the requests over and over)
or not (each request once). Connections are kept alive; each sends the next request when its answer is complete.
"""

import asyncio
import json
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

LONGEST_SECONDS = 60.0  # whatever the plan says
MOST_CONNECTIONS = 256
_CONTENT_LENGTH = b"\r\ncontent-length:"


def write_requests(path: Path, requests: list[bytes]) -> None:
    with path.open("wb") as file:
        for request in requests:
            file.write(struct.pack(">I", len(request)) + request)


def read_requests(path: Path) -> list[bytes]:
    data, place, found = path.read_bytes(), 0, []
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        found.append(data[place + 4 : place + 4 + length])
        place += 4 + length
    return found


class Course:
    """Hands out requests until there are no more, or the time is over; counts the answers by status."""

    def __init__(self, requests: list[bytes], seconds: float | None) -> None:
        self._source: Iterator[bytes] = iter(requests) if seconds is None else cycle(requests)
        self._ends = time.perf_counter() + min(seconds or LONGEST_SECONDS, LONGEST_SECONDS)
        self.statuses: Counter[str] = Counter()
        self.bytes = 0

    def take(self) -> bytes | None:
        return None if time.perf_counter() >= self._ends else next(self._source, None)


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, course: Course, is_over: Callable[[], None]) -> None:
        self.course = course
        self.is_over = is_over
        self.answer = bytearray()
        self.ends_at = -1  # of the answer, once its header is here
        self.is_waiting = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._send_next()

    def _send_next(self) -> None:
        request = self.course.take()
        self.is_waiting = request is not None
        if request is None:
            self.transport.close()
        else:
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.answer += data
        if self.ends_at < 0:
            self._read_header()
        if 0 <= self.ends_at <= len(self.answer):
            self._count()
            self._send_next()

    def _read_header(self) -> None:
        end = self.answer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.answer[:end]).lower()
        start = head.find(_CONTENT_LENGTH)
        if start < 0:
            self._fail("no Content-Length")
            return
        start += len(_CONTENT_LENGTH)
        line_end = head.find(b"\r\n", start)
        self.ends_at = end + 4 + int(head[start : line_end if line_end >= 0 else None])

    def _count(self) -> None:
        self.course.statuses[self.answer[9:12].decode("ascii")] += 1
        self.course.bytes += self.ends_at
        self.answer.clear()
        self.ends_at = -1

    def _fail(self, reason: str) -> None:
        self.course.statuses[reason] += 1
        self.is_waiting = False
        self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if self.is_waiting:
            self.course.statuses["broken"] += 1
        self.is_over()


async def drive(port: int, connections: int, requests: list[bytes], seconds: float | None) -> dict[str, object]:
    """All connections at once; the time counts from the first request to the last answer."""
    loop = asyncio.get_running_loop()
    course = Course(requests, seconds)
    over = [loop.create_future() for _ in range(min(connections, MOST_CONNECTIONS))]
    began = time.perf_counter()
    for future in over:
        await loop.create_connection(
            lambda done=future: Connection(course, lambda: done.set_result(None)), "127.0.0.1", port
        )
    await asyncio.wait_for(asyncio.gather(*over), LONGEST_SECONDS + 10)
    return {"elapsed": time.perf_counter() - began, "statuses": dict(course.statuses), "bytes": course.bytes}


def main() -> None:
    plan = json.load(sys.stdin)
    requests = read_requests(Path(plan["requests"]))
    print(json.dumps(asyncio.run(drive(plan["port"], plan["connections"], requests, plan.get("seconds")))))


if __name__ == "__main__":
    main()

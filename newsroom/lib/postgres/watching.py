"""A connection that tells a slow query from a dead server."""

import socket
import struct
from collections.abc import Generator
from contextlib import closing
from time import monotonic
from typing import Any

import psycopg

from newsroom.lib.resting import Part

SILENCE_SECONDS = 0.5
DOOR_SECONDS = 0.5
# https://www.postgresql.org/docs/current/protocol-message-formats.html (SSLRequest: answered by S or N before anything)
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
POSTGRES = Part(psycopg.OperationalError)


class Room:
    """Whether this process has heard that the server's disk is full, and nothing better since."""

    is_missing = False


ROOM = Room()


class WatchedConnection(psycopg.Connection[Any]):
    """A query may take as long as it likes while the server lives. When nothing was heard for a moment the server's
    door is knocked at, and when nobody answers there either the query is given up: no client library does so by
    itself, since the other end's kernel still acknowledges every byte."""

    def wait(self, gen: Generator[Any, Any, Any], *given: Any, **named: Any) -> Any:
        return super().wait(self._watch(gen), *given, **named)

    def _watch(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """psycopg resumes `gen` with 0 ten times a second while nothing comes."""
        heard_at = monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    heard_at = monotonic()
                elif monotonic() - heard_at > SILENCE_SECONDS:
                    self._give_up_if_dead()
                    heard_at = monotonic()
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value
        except psycopg.errors.DiskFull:
            ROOM.is_missing = True
            raise

    def _give_up_if_dead(self) -> None:
        """Raises OperationalError. The connection is closed, or rolling back would wait as long again."""
        if is_answering(self.info.host, self.info.port):
            return
        POSTGRES.found_dead()
        self.pgconn.finish()
        raise psycopg.OperationalError("The database does not answer.")


def is_answering(host: str, port: int) -> bool:
    """Whether a server takes a new visitor there. A folder as host means a Unix socket, as for libpq."""
    try:
        with closing(_knock(host, port)) as door:
            door.settimeout(DOOR_SECONDS)
            door.sendall(SSL_REQUEST)
            return bool(door.recv(1))
    except OSError:
        return False


def _knock(host: str, port: int) -> socket.socket:
    if not host.startswith("/"):
        return socket.create_connection((host, port), timeout=DOOR_SECONDS)
    door = socket.socket(socket.AF_UNIX)
    door.settimeout(DOOR_SECONDS)
    door.connect(f"{host}/.s.PGSQL.{port}")
    return door

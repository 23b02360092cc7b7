"""A PostgreSQL and a Redis that say how old they are, and can do nothing else."""

import socketserver
import struct
import threading
from contextlib import contextmanager


class _OldPostgres(socketserver.StreamRequestHandler):
    """https://www.postgresql.org/docs/current/protocol-flow.html: whoever comes is let in."""

    def handle(self):
        while self._is_asked_for_encryption():
            self.wfile.write(b"N")
        told = b"server_version\0" + self.server.version.encode() + b"\0"
        for kind, body in ((b"R", bytes(4)), (b"S", told), (b"K", bytes(8)), (b"Z", b"I")):
            self.wfile.write(kind + struct.pack("!i", len(body) + 4) + body)
        self.rfile.read()

    def _is_asked_for_encryption(self):
        length, code = struct.unpack("!ii", self.rfile.read(8))
        self.rfile.read(length - 8)
        return code in (80877103, 80877104)


class _OldRedis(socketserver.StreamRequestHandler):
    """https://redis.io/docs/latest/develop/reference/protocol-spec/"""

    def handle(self):
        while line := self.rfile.readline():
            words = [self._read_word() for _ in range(int(line[1:]))]
            self.wfile.write(self._answer(words[0].upper()))

    def _read_word(self):
        return self.rfile.read(int(self.rfile.readline()[1:]) + 2).strip()

    def _answer(self, command):
        if command == b"INFO":
            said = f"# Server\r\nredis_version:{self.server.version}\r\nredis_mode:standalone\r\n".encode()
            return b"$%d\r\n%s\r\n" % (len(said), said)
        known = {b"PING": b"+PONG\r\n", b"AUTH": b"+OK\r\n", b"HELLO": b"%1\r\n+proto\r\n:3\r\n"}
        return known.get(command, b"-ERR unknown command\r\n")


@contextmanager
def _serve(handler, version):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads, server.version = True, version
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@contextmanager
def old_postgres(version):
    with _serve(_OldPostgres, version) as port:
        yield f"postgres://me:hidden@127.0.0.1:{port}/x"


@contextmanager
def old_redis(version):
    with _serve(_OldRedis, version) as port:
        yield f"redis://:hidden@127.0.0.1:{port}/0"

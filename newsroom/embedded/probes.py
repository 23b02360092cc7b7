"""Asks a server whether it is there: each probe answers None when all is well, else the reason in a few words.

No reason holds a password.
"""

import http.client
import re
import socket
import ssl
import urllib.error
import urllib.request
from io import BufferedRWPair
from urllib.parse import unquote, urlsplit

from newsroom.oldest import OLDEST_POSTGRES, OLDEST_REDIS, is_postgres_too_old, is_redis_too_old

TIMEOUT = 5  # seconds


def explain_database(url: str) -> str | None:
    """Sign in with the URL and look at the server's version."""
    if urlsplit(url).scheme not in ("postgres", "postgresql"):
        return "it is not of the form postgres://user:password@host:port/name"
    import psycopg  # here, since most starts have no use for it

    try:
        with psycopg.connect(url, connect_timeout=TIMEOUT) as connection:
            version = connection.info.server_version
    except psycopg.OperationalError as error:
        return _shorten(str(error))
    except psycopg.Error:
        # The text of a malformed address quotes it, password included.
        return "it is not of the form postgres://user:password@host:port/name"
    if is_postgres_too_old(version):
        return f"it is PostgreSQL {version // 10000}, and {OLDEST_POSTGRES} or later is needed"
    return None


def _shorten(text: str) -> str:
    first = text.strip().splitlines()[0]
    return first.rpartition("failed: ")[2].removeprefix("FATAL:").strip().rstrip(".")


def explain_redis(url: str) -> str | None:
    """PING with the URL's password, and the server's version; spoken by hand: two exchanges need no client."""
    parts = urlsplit(url)
    try:
        address = (parts.hostname or "localhost", parts.port or 6379)
    except ValueError:
        return "its port is no number"
    if parts.scheme not in ("redis", "rediss"):
        return "it is not of the form redis://:password@host:port/0"
    try:
        with socket.create_connection(address, timeout=TIMEOUT) as plain:
            return _ping(plain, secure_host=parts.hostname if parts.scheme == "rediss" else None, credentials=parts)
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error) or "it does not answer"


def _ping(plain: socket.socket, *, secure_host: str | None, credentials: object) -> str | None:
    stream = ssl.create_default_context().wrap_socket(plain, server_hostname=secure_host) if secure_host else plain
    username = unquote(getattr(credentials, "username", None) or "")
    password = unquote(getattr(credentials, "password", None) or "")
    words = [["AUTH", *([username] if username else []), password]] if password else []
    with stream.makefile("rwb") as wire:
        for command in [*words, ["PING"]]:
            wire.write(_encode(command))
            wire.flush()
            answer = wire.readline().decode(errors="replace").strip()
            if not answer.startswith("+"):
                return answer.lstrip("-") or "it does not answer"
        return _explain_version(wire)


def _explain_version(wire: BufferedRWPair) -> str | None:
    wire.write(_encode(["INFO", "server"]))
    wire.flush()
    length = wire.readline()
    said = wire.read(int(length[1:])).decode(errors="replace") if length.startswith(b"$") else ""
    version = re.search(r"^redis_version:(\S+)", said, re.MULTILINE)
    if version and is_redis_too_old(version[1]):
        return f"it is Redis {version[1]}, and {OLDEST_REDIS} or later is needed"
    return None


def _encode(words: list[str]) -> bytes:
    """A command in the Redis protocol: https://valkey.io/topics/protocol/"""
    encoded = [word.encode() for word in words]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded)


def explain_http(url: str, *, host: str | None = None) -> str | None:
    """None when a GET answers 200, else the status with the start of the body, or why there is no answer."""
    request = urllib.request.Request(url, headers={"Host": host} if host else {})  # noqa: S310 (only ever our own http addresses)
    # A proxy named in the environment must not see what is asked of 127.0.0.1.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            return None if answer.status == 200 else f"it answers {answer.status}"
    except urllib.error.HTTPError as error:
        body = error.read(500).decode(errors="replace").strip()
        return f"it answers {error.code}: {' '.join(body.split())}"
    except (OSError, http.client.HTTPException) as error:
        return str(getattr(error, "reason", error))


def explain_smtp(port: int) -> str | None:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as wire:
            greeting = wire.makefile("rb").readline()
    except OSError as error:
        return error.strerror or str(error)
    return None if greeting.startswith(b"220") else "it does not greet"

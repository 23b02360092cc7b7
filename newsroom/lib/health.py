"""What is up, asked the way a request would: what is known to be dead answers no at once."""

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django_redis import get_redis_connection
from psycopg.errors import DiskFull

from newsroom.lib.media_storage import is_disk_full
from newsroom.lib.postgres.watching import ROOM

HEARTBEAT_KEY = "heartbeat:{part}"
# A worker of newsletters is busy with a batch for two minutes at most.
HEARTBEAT_SECONDS = {"worker": 60, "bulk": 300}


NO_ROOM = "No space left on device"  # strerror of ENOSPC, as Valkey quotes it
NOTES_KEY = "health-notes"
NOTES_SECONDS = 900  # whoever notes says it again before that


def record_note(subject: str, text: str) -> None:
    """What a person should look at though all parts are up; an empty text takes it back. While Redis is down nothing
    is noted."""
    with suppress(redis.RedisError):
        notes = read_notes()
        if text or subject in notes:
            notes.pop(subject, None)
            cache.set(NOTES_KEY, {**notes, **({subject: text} if text else {})}, timeout=NOTES_SECONDS)


def read_notes() -> dict[str, str]:
    return cache.get(NOTES_KEY) or {}


def record_heartbeat(part: str) -> None:
    cache.set(HEARTBEAT_KEY.format(part=part), time.time(), timeout=HEARTBEAT_SECONDS[part])


def check_parts() -> dict[str, str]:
    """Each part with "up" or what is wrong with it. The workers and the clock are known by the heartbeats that beat
    sends and each worker records."""
    parts = {"database": _probe(_ask_database), "redis": _probe(_ask_redis), "media": _probe(_ask_media)}
    for part in HEARTBEAT_SECONDS:
        is_known = parts["redis"] == "up"
        parts[part] = _probe(partial(_ask_worker, part)) if is_known else "unknown: redis is down"
    return parts


def _probe(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except (DatabaseError, redis.RedisError, OSError) as error:
        return f"down: {_reason(error)}"


def _reason(error: Exception) -> str:
    """In words where it is known: Valkey refuses whatever writes, a ping included, when its log finds no room."""
    if isinstance(error.__cause__, DiskFull) or is_disk_full(error) or NO_ROOM in str(error):
        return "its disk is full"
    if str(error).startswith("MISCONF"):
        return "it cannot write to its disk"
    return "its memory is full" if isinstance(error, redis.exceptions.OutOfMemoryError) else type(error).__name__


def _ask_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if ROOM.is_missing:
        _ask_for_room()
    return "up"


def _ask_for_room() -> None:
    """Something is laid out and forgotten again, which is only asked of a server that has refused somebody."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE room ON COMMIT DROP AS SELECT generate_series(1, 10000) AS taken")
    ROOM.is_missing = False


def _ask_redis() -> str:
    """By writing: one whose memory is full still answers a ping."""
    get_redis_connection().set(cache.make_key("health-probe"), 1, ex=60)
    return "up"


def _ask_media() -> str:
    """By one byte in a file that is gone when it is closed and, on Linux, never had a name."""
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True)  # before the first picture there may be none
    with TemporaryFile(dir=root, prefix=".room-", buffering=0) as probe:
        probe.write(b"0")
    return "up"


def _ask_worker(part: str) -> str:
    seen = cache.get(HEARTBEAT_KEY.format(part=part))
    # Ahead of us is no sign of life either: the time was set back since.
    if seen is None or abs(time.time() - seen) > HEARTBEAT_SECONDS[part]:
        return f"down: no heartbeat in {HEARTBEAT_SECONDS[part]} seconds (are its process and beat running?)"
    return "up"

"""What is up, asked the way a request would: what is known to be dead answers no at once."""

import time
from collections.abc import Callable

import redis
from django.core.cache import cache
from django.db import DatabaseError, connection
from django_redis import get_redis_connection

HEARTBEAT_KEY = "heartbeat:{part}"
HEARTBEAT_SECONDS = 60


def record_heartbeat(part: str) -> None:
    cache.set(HEARTBEAT_KEY.format(part=part), time.time(), timeout=HEARTBEAT_SECONDS)


def check_parts() -> dict[str, str]:
    """Each part with "up" or what is wrong with it. Worker and clock are known by the heartbeat that beat sends and a
    worker records."""
    parts = {"database": _probe(_ask_database), "redis": _probe(_ask_redis)}
    parts["worker"] = _probe(_ask_worker) if parts["redis"] == "up" else "unknown: redis is down"
    return parts


def _probe(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except (DatabaseError, redis.RedisError, OSError) as error:
        return f"down: {type(error).__name__}"


def _ask_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "up"


def _ask_redis() -> str:
    get_redis_connection().ping()
    return "up"


def _ask_worker() -> str:
    seen = cache.get(HEARTBEAT_KEY.format(part="worker"))
    # Ahead of us is no sign of life either: the time was set back since.
    if seen is None or abs(time.time() - seen) > HEARTBEAT_SECONDS:
        return "down: no heartbeat in the last minute (is a worker, is beat running?)"
    return "up"

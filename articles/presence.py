"""Who has a story or page open, for those who have it open too.

A lease for each open form in Redis, renewed by the form itself; one that is not renewed is gone. It is only shown:
nothing is decided by it, so Redis being down shows nobody and breaks nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis
import structlog
from django.core.cache import cache
from django.utils import timezone
from django_redis import get_redis_connection

from articles.acting import Actor
from articles.models import Article, Page

logger = structlog.get_logger(__name__)

LEASE_SECONDS = 75  # a form renews it every ten; a browser lets hidden tabs speak once a minute


@dataclass(frozen=True)
class Present:
    """Somebody in a form. `is_self`: the same person in another tab."""

    name: str
    since: datetime
    is_self: bool


def note_presence(*, user: Actor, row: Article | Page, session_key: str) -> list[Present]:
    """Renews the lease of this form; who else is there, the first comer first."""
    now = timezone.now()
    name, field = _key(row), f"{user.pk}:{session_key}"
    try:
        found = _renew(name, field, user, now)
    except redis.RedisError as error:
        logger.warning("presence_not_known", error=str(error))
        return []
    others = (_read(entry, user) for key, entry in found.items() if key != field and _is_running(entry, now))
    return sorted(others, key=lambda present: present.since)


def end_presence(*, user: Actor, row: Article | Page, session_key: str) -> None:
    """The form is closed."""
    try:
        get_redis_connection().hdel(_key(row), f"{user.pk}:{session_key}")
    except redis.RedisError as error:
        logger.warning("presence_not_known", error=str(error))


def _renew(name: str, field: str, user: Actor, now: datetime) -> dict[str, dict[str, Any]]:
    connection = get_redis_connection()
    known = {key.decode(): json.loads(entry) for key, entry in connection.hgetall(name).items()}
    since = known.get(field, {}).get("since", now.timestamp())
    mine = {"member": user.pk, "name": str(user), "since": since, "until": now.timestamp() + LEASE_SECONDS}
    pipeline = connection.pipeline(transaction=False).hset(name, field, json.dumps(mine))
    if ended := [key for key, entry in known.items() if key != field and not _is_running(entry, now)]:
        pipeline = pipeline.hdel(name, *ended)
    pipeline.expire(name, LEASE_SECONDS * 2).execute()
    return known


def _is_running(entry: dict[str, Any], now: datetime) -> bool:
    return bool(entry["until"] > now.timestamp())


def _read(entry: dict[str, Any], user: Actor) -> Present:
    since = datetime.fromtimestamp(entry["since"], tz=timezone.get_current_timezone())
    return Present(entry["name"], since, entry["member"] == user.pk)


def _key(row: Article | Page) -> str:
    return str(cache.make_key(f"presence:{row._meta.model_name}:{row.pk}"))

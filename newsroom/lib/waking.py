"""Waking a task. The work itself stands in a row that a beat sweep also finds, so a broker that is down costs a few
seconds and never fails what is committed."""

from functools import partial

import structlog
from celery import Task, current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis import RedisError

from newsroom.lib.redis_part import DEATHS, REDIS

logger = structlog.get_logger(__name__)


def wake(task: Task | str, *args: object, queue: str | None = None) -> None:
    """After the commit, ask a worker to run `task` (or the task of that name) with ids; a broker error is logged and
    swallowed."""
    name = task if isinstance(task, str) else task.name
    transaction.on_commit(partial(_send, name, args, queue))


def _send(name: str, args: tuple[object, ...], queue: str | None) -> None:
    try:
        with REDIS.asking(OperationalError, *DEATHS):
            current_app.send_task(name, args=args, retry=False, queue=queue)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("wake_failed", task=name, error=type(error).__name__)

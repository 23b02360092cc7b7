"""Waking a task. The work itself stands in a row that a beat sweep also finds, so a broker that is down costs a few
seconds and never fails what is committed.

In the web process nobody waits for the broker: a request leaves the task to a thread that sends one after the other.
"""

import atexit
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context, copy_context
from functools import partial
from time import monotonic

import structlog
from celery import Task, current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError
from redis import RedisError
from redis.exceptions import ResponseError

from newsroom.lib.redis_part import DEATHS, REDIS

logger = structlog.get_logger(__name__)

MOST_WAITING = 10_000  # tasks; what comes on top is left to the sweeps
# A task without ids finds by itself what is due, and a sweep does the same: it need not be sent often, nor wait long.
REST = 0.05  # seconds between two sendings of it: the later one finds all that was left meanwhile
EXPIRES = 30  # seconds for which it waits for a worker: a backlog must not heap up messages that all say the same
LAST_SECONDS = 1.0  # for what still waits when the process ends

Wake = tuple[str, tuple[object, ...], str | None]  # task, its arguments, queue


def wake(task: Task | str, *args: object, queue: str | None = None) -> None:
    """After the commit, ask a worker to run `task` (or the task of that name) with ids; a broker error is logged and
    swallowed."""
    name = task if isinstance(task, str) else task.name
    send = SENDER.leave if settings.IS_WEB else _send
    transaction.on_commit(partial(send, name, args, queue))


def _send(name: str, args: tuple[object, ...], queue: str | None) -> None:
    try:
        with REDIS.asking(OperationalError, *DEATHS), _telling_refusals():
            current_app.send_task(name, args=args, retry=False, queue=queue, expires=None if args else EXPIRES)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("wake_failed", task=name, error=type(error).__name__)


@contextmanager
def _telling_refusals() -> Iterator[None]:
    """kombu raises the same for a broker that is gone and for one that answers no, having no room: that one lives."""
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, ResponseError):
            raise error.__cause__ from error
        raise


class Sender:
    """A thread that sends what requests leave with it, in order; what already waits is not sent twice, and a task
    without ids rests between two sendings."""

    def __init__(self) -> None:
        self._waiting: dict[Wake, Context] = {}
        self._rests_until: dict[Wake, float] = {}
        self._is_sending = False
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None

    def leave(self, name: str, args: tuple[object, ...], queue: str | None) -> None:
        """Comes back at once. The task's log lines bear the request's id."""
        with self._change:
            if len(self._waiting) >= MOST_WAITING:
                logger.warning("wake_failed", task=name, error="too many wait")
                return
            self._waiting.setdefault((name, args, queue), copy_context())
            self._change.notify_all()
            if self._thread is None:  # made late: a thread does not survive a fork
                self._thread = threading.Thread(target=self._send_for_ever, name="wake", daemon=True)
                self._thread.start()
                atexit.register(self.finish)

    def finish(self, seconds: float = LAST_SECONDS) -> None:
        """Waits until all is sent, for as long as given."""
        with self._change:
            self._change.wait_for(lambda: not (self._waiting or self._is_sending), seconds)

    def _send_for_ever(self) -> None:
        while True:
            with self._change:
                self._is_sending = False
                self._change.notify_all()
                one = self._wait_for_one()
                context = self._waiting.pop(one)
                self._is_sending = True
                if not one[1]:
                    self._rests_until[one] = monotonic() + REST
            context.run(self._send_one, one)

    def _wait_for_one(self) -> Wake:
        while True:
            now = monotonic()
            ready = next((one for one in self._waiting if self._rests_until.get(one, 0.0) <= now), None)
            if ready is not None:
                return ready
            resting = (self._rests_until[one] - now for one in self._waiting)  # few: those without ids
            self._change.wait(min(resting, default=None))

    @staticmethod
    def _send_one(one: Wake) -> None:
        try:
            _send(*one)
        except Exception:  # whatever it was, the next one is sent
            logger.exception("wake_failed", task=one[0])


SENDER = Sender()

"""The clock: its memory of what it ran must not hold it up when the machine's time is set back, nor may it send faster
than a slow Redis lets the workers take."""

import time
from typing import Any

import structlog
from celery.beat import PersistentScheduler

from newsroom.lib.resting import SLOW_SECONDS

logger = structlog.get_logger(__name__)

ANSWERS_OF_A_TASK = 4  # of Redis, before a worker takes its next one; sending costs one
LONGEST_PAUSE = 5.0  # seconds, also when sending failed after a long time


class SteadyScheduler(PersistentScheduler):
    """Beat waits from the moment of an entry's last run, which its file keeps over a restart. After the time was set
    back by hours that moment lies ahead, and every sweep would stand still until it comes again.

    When Redis answers slowly each task costs a worker several of its answers: the sweeps of a minute would take it more
    than a minute, and soon all of them expire before their turn comes. So the clock waits after each for as long as a
    worker needs; all have their turn, less often."""

    def tick(self, *args: object, **kwargs: object) -> float:
        self._forget_what_lies_ahead()
        return float(super().tick(*args, **kwargs))

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        began_at = time.monotonic()
        super().apply_entry(entry, producer=producer)
        seconds = time.monotonic() - began_at
        if seconds > SLOW_SECONDS:
            time.sleep(min(ANSWERS_OF_A_TASK * seconds, LONGEST_PAUSE))

    def _forget_what_lies_ahead(self) -> None:
        ahead = [entry for entry in self.schedule.values() if entry.last_run_at > entry.default_now()]
        for entry in ahead:
            entry.last_run_at = entry.default_now()
        if ahead:
            logger.warning("clock_was_set_back", entries=len(ahead))
            self._heap = None  # it is ordered by the old time; made anew by the tick

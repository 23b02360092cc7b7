"""The clock's memory of what it ran, kept from holding it up when the machine's time is set back."""

import structlog
from celery.beat import PersistentScheduler

logger = structlog.get_logger(__name__)


class SteadyScheduler(PersistentScheduler):
    """Beat waits from the moment of an entry's last run, which its file keeps over a restart. After the time was set
    back by hours that moment lies ahead, and every sweep would stand still until it comes again."""

    def tick(self, *args: object, **kwargs: object) -> float:
        self._forget_what_lies_ahead()
        return float(super().tick(*args, **kwargs))

    def _forget_what_lies_ahead(self) -> None:
        ahead = [entry for entry in self.schedule.values() if entry.last_run_at > entry.default_now()]
        for entry in ahead:
            entry.last_run_at = entry.default_now()
        if ahead:
            logger.warning("clock_was_set_back", entries=len(ahead))
            self._heap = None  # it is ordered by the old time; made anew by the tick

"""The limit of requests a second, off unless it is set. Seconds are those of the sandbox's clock."""

from __future__ import annotations

import threading
from collections import deque

from .core import Sandbox
from .errors import ApiError, rate_limited


class RateLimit:
    def __init__(self, box: Sandbox) -> None:
        self._box = box
        self._lock = threading.Lock()
        self._taken: deque[float] = deque()

    @property
    def per_second(self) -> int:
        """0 is no limit."""
        return int(self._box.store.setting("rate_limit", "0"))

    def set(self, per_second: int) -> None:
        if per_second < 0:
            raise ApiError("per_second must be 0 (no limit) or more.", param="per_second")
        self._box.store.set_setting("rate_limit", str(per_second))
        with self._lock:
            self._taken.clear()

    def check(self) -> None:
        """Raises 429 for a request too many in the second before it; refused ones do not count."""
        limit = self.per_second
        if not limit:
            return
        moment = self._box.clock.moment()
        with self._lock:
            while self._taken and self._taken[0] <= moment - 1:
                self._taken.popleft()
            if len(self._taken) >= limit:
                raise rate_limited()
            self._taken.append(moment)

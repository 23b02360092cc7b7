"""The sandbox's one clock: what every `created`, period, expiry and retry reads.

It runs at real time's pace, ahead of it or behind it by an offset, or stands still where it was frozen. It never goes
back, neither when the machine's clock does nor over a restart: what it reached is kept in the file. While time passes
quickly (an advance, or catching up after a sleep) it stands at the thing that is being done.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

from .errors import ApiError
from .store import Store

PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Hands:
    """What is kept of the clock; moments in seconds since 1970.

    `target` is where an advance leads that has not arrived; with `is_leading_to_now` real time takes over there.
    """

    offset: float = 0.0
    reached: float = 0.0
    frozen_at: float | None = None
    target: float | None = None
    is_leading_to_now: bool = False


class Clock:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._passing = threading.RLock()
        self._is_held = False
        self.hands = Hands(**json.loads(store.setting("clock", "{}")))
        self._reached = self.hands.reached

    def moment(self) -> float:
        """Never less than any answer before."""
        with self._lock:
            if not self._is_held:
                self._reached = max(self._reached, self.running())
            return self._reached

    def now(self) -> int:
        return int(self.moment())

    def running(self) -> float:
        """Where the clock would be if nothing held it."""
        return time.time() + self.hands.offset if self.hands.frozen_at is None else self.hands.frozen_at

    @contextmanager
    def held(self, *, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
        """Time passes by `move_to` alone meanwhile. Raises 409 where another thread is letting it pass.

        A tick is over in a moment and is waited for; an advance is not.
        """
        if not self._take(patience):
            raise ApiError("The clock is being moved already; ask GET /_sandbox/clock when it has arrived.", status=409)
        was_held = self._is_held
        try:
            self._is_held = True
            yield
        finally:
            self._is_held = was_held
            self._passing.release()

    def _take(self, patience: float) -> bool:
        if self._passing.acquire(blocking=False):
            return True
        return self.hands.target is None and self._passing.acquire(timeout=patience)

    def move_to(self, moment: float) -> None:
        """Inside the transaction of what happens then, so that a kill leaves both or neither."""
        with self._lock:
            self._reached = max(self._reached, moment)
        self._keep(replace(self.hands, reached=self._reached))

    def note(self) -> None:
        """What was reached, for the next start."""
        self.move_to(self.moment())

    def aim(self, target: float, *, is_leading_to_now: bool) -> None:
        """From here on the advance survives a kill."""
        self._keep(replace(self.hands, reached=self._reached, target=target, is_leading_to_now=is_leading_to_now))

    def arrive(self) -> None:
        """The target is now, and time runs (or stands) on from there."""
        target = self.hands.target
        if target is None:
            return
        offset = 0.0 if self.hands.is_leading_to_now else target - time.time()
        frozen_at = None if self.hands.frozen_at is None else target
        with self._lock:
            self._reached = max(self._reached, target)
        self._keep(Hands(offset=offset, reached=self._reached, frozen_at=frozen_at))

    def start_at(self, moment: float) -> None:
        """Where an empty sandbox begins, also in the past."""
        with self._lock:
            self._reached = moment
        frozen_at = None if self.hands.frozen_at is None else moment
        self._keep(Hands(offset=moment - time.time(), reached=moment, frozen_at=frozen_at))

    def freeze(self, is_frozen: bool) -> None:
        moment = self.moment()
        frozen_at = moment if is_frozen else None
        self._keep(replace(self.hands, offset=moment - time.time(), reached=moment, frozen_at=frozen_at))

    def forget(self) -> None:
        """Real time again, as in a new file."""
        with self._lock:
            self._reached = 0.0
        self.hands = Hands()

    def _keep(self, hands: Hands) -> None:
        self._store.set_setting("clock", json.dumps(asdict(hands)))
        self.hands = hands

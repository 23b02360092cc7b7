"""Parts that were found dead a moment ago: a request asks such a part no second time, so that several dead calls do
not add up. For three seconds, longer than any request waits, whoever asks is told no at once; then one asks for all.

A part that answers, but slowly, is left alone like a dead one when that has cost a request too much already."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

REST_SECONDS = 3.0
SLOW_SECONDS = 0.1  # for one answer; a request has time for a dozen of them


class Part:
    """What this process knows of one part. `refusal` makes the error that the part's own client would raise;
    `patience` is how many seconds slow answers, one after the other, may cost a thread."""

    def __init__(
        self, refusal: Callable[[str], Exception], *, seconds: float = REST_SECONDS, patience: float = float("inf")
    ) -> None:
        self._refusal = refusal
        self._seconds = seconds
        self._patience = patience
        self._waited = threading.local()  # .seconds for slow answers, since the last that was not slow
        self._died_at: float | None = None  # None while it lives

    @contextmanager
    def asking(self, *deaths: type[BaseException]) -> Iterator[None]:
        """One question to the part; `deaths` are the errors that mean that it does not answer. Raises the refusal at
        once while it is known to be dead."""
        self._refuse_while_dead()
        began_at = monotonic()
        try:
            yield
        except deaths:
            self.found_dead()
            raise
        if self._is_too_slow(monotonic() - began_at):
            self.found_dead()
        elif self._died_at is not None and self._died_at <= began_at:  # not what somebody else found since
            self.found_alive()

    def _is_too_slow(self, seconds: float) -> bool:
        waited = getattr(self._waited, "seconds", 0.0) + seconds if seconds > SLOW_SECONDS else 0.0
        is_too_slow = waited > self._patience
        self._waited.seconds = 0.0 if is_too_slow else waited
        return is_too_slow

    def is_resting(self) -> bool:
        return self._died_at is not None and monotonic() < self._died_at + self._seconds

    def found_dead(self) -> None:
        self._died_at = monotonic()

    def found_alive(self) -> None:
        self._died_at = None

    def _refuse_while_dead(self) -> None:
        """Whoever comes first after the rest may ask; the others wait for what becomes of it."""
        if self.is_resting():
            raise self._refusal("It did not answer a moment ago.")
        if self._died_at is not None:
            self.found_dead()

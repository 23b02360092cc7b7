"""The pages that are asked for over and over, held by this very process for a second.

A story that a thousand people open in the same second costs one question to Redis, not a thousand. The price: another
process may show what was just changed for one second longer, where browsers and a CDN may show it for sixty. The
process that changed it lets go at once.
"""

from __future__ import annotations

from time import monotonic
from typing import Generic, TypeVar

SECONDS = 1.0
MOST = 512  # of the pages of a second; some 40 KB each

Page = TypeVar("Page")


class NearPages(Generic[Page]):
    """A dictionary whose entries are gone after `SECONDS`. Threads may share it: each step is one atomic operation of
    a dict, and the worst that two at once can do is ask Redis twice."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[float, Page]] = {}

    def get(self, name: str) -> Page | None:
        held = self._held.get(name)
        return held[1] if held is not None and held[0] > monotonic() else None

    def hold(self, name: str, page: Page) -> None:
        if len(self._held) >= MOST:
            self._held = {}
        self._held[name] = (monotonic() + SECONDS, page)

    def let_go(self) -> None:
        self._held = {}

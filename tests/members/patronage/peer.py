"""A sandbox of the tests' own, whose clock may be moved, and our own time that goes with it."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from tests.members.patronage.conftest import Sandbox, _quiet_sandbox
from tests.stripe_sandbox.conftest import KEY, Peer

NOBODY = "http://127.0.0.1:9/"


class Timeless(Sandbox):
    """Empty and frozen at `start`; what the newsroom takes for now is what the sandbox does."""

    def __init__(self, peer, start):
        self._peer = peer
        peer.control("reset")
        peer.control("webhooks/pause")
        peer.control("clock", frozen=1, to=start)
        self.read_clock()
        self._seen = None

    def control(self, path, /, **data):
        answer = self._peer.api("POST", f"/_sandbox/{path}", {name: str(value) for name, value in data.items()})
        if answer.status != 200:
            raise OSError(answer.body)
        return answer.json()

    def advance(self, duration):
        self.control("clock", advance=duration)
        self.read_clock()

    def read_clock(self):
        self._noon = self._peer.api("GET", "/_sandbox/clock").json()["now"]
        self._read_at = time.monotonic()

    def now(self):
        """Moves on by microseconds, as time does while one looks."""
        passed = time.monotonic() - self._read_at
        return datetime.fromtimestamp(self._noon, UTC) + timedelta(seconds=passed)

    def all(self, kind, **params):
        """Each object of a kind, as Stripe lists them."""
        from members.patronage.client import stripe_api

        service = getattr(stripe_api(), kind)
        return [row.to_dict() for row in service.list({"limit": 100, **params}).auto_paging_iter()]


@pytest.fixture(scope="session")
def own_peer(tmp_path_factory):
    peer = Peer(tmp_path_factory.mktemp("own-sandbox") / "data.sqlite3", NOBODY)
    yield peer
    peer.stop()


@pytest.fixture
def begin_at(own_peer, settings, monkeypatch):
    """`begin_at("2026-01-31")` empties the sandbox and begins there."""
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = KEY, own_peer.base

    def begin(start):
        sandbox = Timeless(own_peer, start)
        monkeypatch.setattr(timezone, "now", sandbox.now)
        return sandbox

    return begin


__all__ = ["_quiet_sandbox", "begin_at", "own_peer"]

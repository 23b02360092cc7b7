"""/_sandbox/clock: reading the clock, moving it, freezing it."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import Any

from .core import Sandbox
from .errors import ApiError
from .params import Schema, flag
from .passing import Mail, advance
from .periods import add_interval
from .store import Obj

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_CALENDAR = {"mo": "month", "y": "year"}


def parse_moment(name: str, raw: Any) -> float:
    """A parameter reader: seconds since 1970, or a date with or without a time, UTC where nothing else is said."""
    if re.fullmatch(r"\d{1,11}", str(raw)):
        return float(raw)
    try:
        moment = datetime.fromisoformat(str(raw))
    except ValueError:
        raise ApiError(
            f"{name} must be seconds since 1970 or a date such as 2026-01-31 or 2026-01-31T12:00:00Z, not {raw}.",
            param=name,
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _moment_or_now(name: str, raw: Any) -> float | None:
    """None for real time's now."""
    return None if raw == "now" else parse_moment(name, raw)


def _duration(name: str, raw: Any) -> tuple[int, str]:
    match = re.fullmatch(r"(\d{1,9})(s|m|h|d|w|mo|y)?", str(raw))
    if not match:
        raise ApiError(f"{name} must be a number followed by s, m, h, d, w, mo or y, such as 30d or 4mo.", param=name)
    return int(match[1]), match[2] or "s"


def _after(moment: float, duration: tuple[int, str]) -> float:
    number, unit = duration
    if unit in _UNITS:
        return moment + number * _UNITS[unit]
    return add_interval(int(moment), _CALENDAR[unit], number, anchor=int(moment)) + moment % 1


MOVE: Schema = {"to": _moment_or_now, "advance": _duration, "frozen": flag, "hold": flag}


def show_clock(box: Sandbox) -> Obj:
    hands = box.clock.hands
    now = box.clock.now()
    stuck = box.store.run("SELECT id, stuck FROM objects WHERE stuck IS NOT NULL ORDER BY seq")
    return {
        "object": "sandbox.clock",
        "now": now,
        "date": datetime.fromtimestamp(now, UTC).isoformat(),
        "offset": round(hands.offset) if hands.frozen_at is None else None,
        "frozen": hands.frozen_at is not None,
        "advancing_to": None if hands.target is None else int(hands.target),
        "stuck": [{"id": row["id"], "reason": row["stuck"]} for row in stuck],
    }


def move_clock(box: Sandbox, params: Obj, mail: Mail) -> Obj:
    """`frozen` first, then the move. An empty sandbox may begin anywhere, any other only goes forward."""
    if "to" in params and "advance" in params:
        raise ApiError("You may only specify one of these parameters: to, advance.", param="to")
    box.clock.moment()  # before it is held, so that the move begins from this very moment
    with box.clock.held():
        if "frozen" in params:
            box.clock.freeze(params["frozen"])
        done = _move(box, params, mail)
    return {**show_clock(box), "steps": done}


def _move(box: Sandbox, params: Obj, mail: Mail) -> int:
    if params.get("hold"):
        box.store.set_setting("paused", "yes")
    if "advance" in params:
        return advance(box, _after(box.clock.moment(), params["advance"]), mail=mail)
    if "to" not in params:
        return 0
    target = params["to"]
    if target is None:
        return advance(box, max(time.time(), box.clock.moment()), is_leading_to_now=True, mail=mail)
    if target < box.clock.moment() and box.store.is_empty():
        box.clock.start_at(target)
        return 0
    return advance(box, target, mail=mail)

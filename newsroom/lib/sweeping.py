"""Going through rows one by one, so that none of them holds up the others."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog

logger = structlog.get_logger(__name__)

Row = TypeVar("Row")


def for_each(
    rows: Iterable[Row], act: Callable[[Row], object], *, failed: str, ends: tuple[type[Exception], ...] = ()
) -> int:
    """Calls `act` with each of `rows`: objects, keys or steps. Whatever goes wrong with one is logged as `failed`, and
    the next one goes on; an error of `ends` is raised. Answers how many went wrong."""
    wrong = 0
    for row in rows:
        try:
            act(row)
        except ends:
            raise
        except Exception:  # whatever it was, it holds up no other
            logger.exception(failed, row=name_of(row))
            wrong += 1
    return wrong


def name_of(row: object) -> object:
    """By which a log line names it: a key, or a step's name."""
    return getattr(row, "pk", None) or getattr(row, "__name__", row)

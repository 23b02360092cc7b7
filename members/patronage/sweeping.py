"""Sweeps over rows that Stripe has to be asked about."""

from collections.abc import Callable, Iterable

import structlog

from members.patronage.client import describe
from members.patronage.errors import NotConfigured, PatronageError, StripeResting
from newsroom.lib.sweeping import Row, for_each, name_of

logger = structlog.get_logger(__name__)

RESTS = (StripeResting, NotConfigured)


def ask_each(rows: Iterable[Row], act: Callable[[Row], object], *, failed: str) -> None:
    """As `for_each`: what Stripe refuses of a row, and any other error, holds up no other row. A silent Stripe, or one
    that does not take our key, ends the sweep: each further row would wait for it in vain, and codes and receipts
    behind them. So rows must not come in the same order each time."""

    def ask(row: Row) -> None:
        try:
            act(row)
        except RESTS:
            raise
        except PatronageError as error:
            logger.warning(failed, row=name_of(row), error=describe(error))

    try:
        for_each(rows, ask, failed=failed, ends=RESTS)
    except RESTS as error:
        logger.warning("sweep_rests", sweep=failed, error=describe(error))

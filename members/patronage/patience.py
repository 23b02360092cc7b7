"""How long a reader's request waits for Stripe, in the web process: workers have time, and ask on.

A question gets 1.6 s for its answer. The first of a request that gets none is its last, so a dead Stripe costs a
request 1.6 s in all, however many questions it has. Slow answers are waited for (a member's checkout asks thrice and
more): a request asks on until they have cost it six seconds, looked at before each question, so for up to 7.6 s in
all. 429 and 500 are answers.

One silence says nothing of Stripe: charging a card at once takes it seconds. For three seconds whoever asks is refused
at once when a connection failed, or when two questions in a row, of two requests, got no answer in time, and nothing
was heard meanwhile; a late answer is one. Questions on their way are waited for all the same.

Six of the web process's eight threads (Procfile) wait for Stripe at once and no more: pages are served meanwhile. A
question that nobody waits for any more keeps a thread of its own until its peer is done: of those there are twenty at
most, and then nobody asks.
"""

import threading
from collections.abc import Callable
from time import monotonic
from typing import Any, TypeVar

import stripe
from django.conf import settings
from django.core.signals import request_started
from django.dispatch import receiver

from newsroom.lib.resting import Part

T = TypeVar("T")
ANSWER_SECONDS = 1.6  # of the two that a request has; for one answer, from the name's look-up to the last byte
REQUEST_SECONDS = 6.0  # of slow answers; then the sweep asks for the rest
IN_A_ROW_SECONDS = 30.0  # a silence that is older says nothing more
WAITING_AT_ONCE = 6
ASKED_AT_ONCE = 20  # with those that nobody waits for any more


class NoAnswer(stripe.APIConnectionError):
    """In time; it may come yet."""


class Dead(stripe.APIConnectionError):
    """It is refused to whoever asks next."""


class Spent(threading.local):
    """By the request that this thread serves."""

    seconds = 0.0
    was_silent = False


STRIPE = Part(stripe.APIConnectionError)
_spent = Spent()
_places = threading.BoundedSemaphore(WAITING_AT_ONCE)
_threads = threading.BoundedSemaphore(ASKED_AT_ONCE)
_last = {"answer": float("-inf"), "silence": float("-inf")}  # of any thread, by the monotonic clock
_looking = threading.Lock()


@receiver(request_started, dispatch_uid="members.patronage.patience")
def begin_request(**_kwargs: Any) -> None:
    _spent.seconds, _spent.was_silent = 0.0, False


def ask_in_time(question: Callable[[], T]) -> T:
    """What Stripe answers. In the web process: raises stripe.APIConnectionError when there is no answer in time, and at
    once while Stripe is known to be dead, when this request has waited long enough, or too many others wait."""
    if not settings.IS_WEB:
        return question()
    if _spent.was_silent or _spent.seconds > REQUEST_SECONDS:
        raise stripe.APIConnectionError("This request has waited for Stripe long enough.")
    with STRIPE.asking(Dead):
        if not _places.acquire(blocking=False):
            raise stripe.APIConnectionError("Too many requests wait for Stripe.")
        try:
            return _wait_for(question)
        finally:
            _places.release()


def _wait_for(question: Callable[[], T]) -> T:
    if not _threads.acquire(blocking=False):
        raise stripe.APIConnectionError("Too many questions have had no answer yet.")
    began_at = monotonic()
    try:
        return _ask_aside(question)
    except stripe.APIConnectionError as error:
        _spent.was_silent = True
        if _is_dead(error, began_at):
            raise Dead("Stripe does not answer.") from error
        raise
    finally:
        _spent.seconds += monotonic() - began_at


def _ask_aside(question: Callable[[], T]) -> T:
    """In a thread of its own, which is left to itself when time is up: no timeout of a socket bounds the look-up of a
    name, the trying of all its addresses, and an answer that comes byte by byte."""
    answers: list[T] = []
    errors: list[BaseException] = []
    is_over, threads = threading.Event(), _threads

    def run() -> None:
        try:
            answers.append(question())
        except BaseException as error:
            errors.append(error)
        if not errors or not isinstance(errors[0], stripe.APIConnectionError):
            _last["answer"] = monotonic()
        threads.release()
        is_over.set()

    try:
        threading.Thread(target=run, name="stripe", daemon=True).start()
    except RuntimeError:  # the machine has no thread left
        threads.release()
        raise
    if not is_over.wait(ANSWER_SECONDS):
        raise NoAnswer("No answer in time.")
    if errors:
        raise errors[0]
    return answers[0]


def _is_dead(error: stripe.APIConnectionError, began_at: float) -> bool:
    """A connection that failed, or the second silence in a row: each is another request's, since one asks no more
    after the first. Not while anybody hears something."""
    quiet_since = began_at
    if isinstance(error, NoAnswer):
        with _looking:
            before, _last["silence"] = _last["silence"], monotonic()
        if monotonic() - before > IN_A_ROW_SECONDS:
            return False
        quiet_since = min(began_at, before)
    return _last["answer"] < quiet_since

"""How long a reader's request waits for Stripe, in the web process: workers have time, and ask on.

A dead Stripe costs a request 1.6 s in all, however many questions it has: the first that gets no answer is its last,
and for three seconds whoever asks hears at once what that one has found out. A Stripe that is slow loses nobody: each
answer is waited for as long (a member's checkout asks thrice and more), up to six seconds in one request. 429 and 500
are answers.

Six of the web process's eight threads (Procfile) wait for Stripe at once and no more: pages are served meanwhile.
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
WAITING_AT_ONCE = 6
LOOK_SECONDS = 0.05  # how often it is looked whether another request has found it dead


class Silence(stripe.APIConnectionError):
    """Nobody at all was answered meanwhile."""


class Spent(threading.local):
    """By the request that this thread serves."""

    seconds = 0.0
    was_silent = False


STRIPE = Part(stripe.APIConnectionError)
_spent = Spent()
_places = threading.BoundedSemaphore(WAITING_AT_ONCE)
_heard = {"at": 0.0}  # the last answer that any thread had


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
    with STRIPE.asking(Silence):
        if not _places.acquire(blocking=False):
            raise stripe.APIConnectionError("Too many requests wait for Stripe.")
        began_at = monotonic()
        try:
            answer = _wait_for(question, began_at)
        except stripe.APIConnectionError as error:
            _spent.was_silent = True
            if _heard["at"] > began_at:
                raise
            raise Silence("Stripe does not answer.") from error
        finally:
            _places.release()
            _spent.seconds += monotonic() - began_at
    _heard["at"] = monotonic()
    return answer


def _wait_for(question: Callable[[], T], began_at: float) -> T:
    """In a thread of its own, which is left to itself when time is up: no timeout of a socket bounds the look-up of a
    name, the trying of all its addresses, and an answer that comes byte by byte."""
    answers: list[T] = []
    errors: list[BaseException] = []
    is_over = threading.Event()

    def run() -> None:
        try:
            answers.append(question())
        except BaseException as error:
            errors.append(error)
        is_over.set()

    threading.Thread(target=run, name="stripe", daemon=True).start()
    while not is_over.wait(LOOK_SECONDS):
        if monotonic() - began_at > ANSWER_SECONDS or STRIPE.has_died_since(began_at):
            raise stripe.APIConnectionError("No answer in time.")
    if errors:
        raise errors[0]
    return answers[0]

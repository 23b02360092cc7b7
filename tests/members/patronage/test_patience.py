"""How long the web process waits for Stripe."""

import threading
import time

import pytest
import stripe

from members.patronage import patience
from members.patronage.patience import STRIPE, ask_in_time, begin_request
from newsroom.embedded.procfile import read_procfile


@pytest.fixture(autouse=True)
def web(settings, monkeypatch):
    settings.IS_WEB = True
    monkeypatch.setattr(patience, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(patience, "LOOK_SECONDS", 0.01)
    STRIPE.found_alive()
    begin_request()
    yield
    STRIPE.found_alive()
    begin_request()


@pytest.fixture
def silent():
    """A question that nobody answers."""
    is_over = threading.Event()
    yield lambda: is_over.wait(20)
    is_over.set()


def refused(question=lambda: "answer"):
    """The seconds after which it was."""
    began = time.monotonic()
    with pytest.raises(stripe.APIConnectionError):
        ask_in_time(question)
    return time.monotonic() - began


def test_it_waits_for_each_of_several_slow_answers():
    for _time in range(4):
        assert ask_in_time(lambda: time.sleep(0.2) or "answer") == "answer"


def test_a_silence_is_waited_for_once_by_a_request_and_by_none_after_it(silent):
    assert 0.3 <= refused(silent) < 1
    assert refused(silent) < 0.1
    begin_request()
    assert refused() < 0.1
    STRIPE.found_alive()  # the rest is over
    assert ask_in_time(lambda: "answer") == "answer"


def test_who_waits_already_is_told_too(silent):
    waited = []
    other = threading.Thread(target=lambda: waited.append(refused(silent)))
    later = threading.Timer(0.15, other.start)
    later.start()
    refused(silent)
    later.join()
    other.join()
    assert waited[0] < 0.27


def test_one_silence_says_nothing_while_others_are_answered(silent):
    answered = threading.Timer(0.1, lambda: ask_in_time(lambda: "answer"))
    answered.start()
    refused(silent)
    assert refused() < 0.1  # this request has waited
    begin_request()
    assert ask_in_time(lambda: "answer") == "answer"


def test_an_error_that_is_an_answer_is_passed_on_and_counts_as_life():
    with pytest.raises(ValueError, match="429"):
        ask_in_time(lambda: int("429 too many"))
    assert ask_in_time(lambda: "answer") == "answer"


def test_a_request_asks_no_more_when_slow_answers_have_cost_it_enough(monkeypatch):
    monkeypatch.setattr(patience, "REQUEST_SECONDS", 0.15)
    ask_in_time(lambda: time.sleep(0.1))
    ask_in_time(lambda: time.sleep(0.1))
    assert refused() < 0.1
    begin_request()
    assert ask_in_time(lambda: "answer") == "answer"


def test_some_threads_are_left_to_serve_pages(silent):
    threads = int(read_procfile()["web"].partition("--blocking-threads ")[2].split()[0])
    assert threads > patience.WAITING_AT_ONCE
    waiting = [threading.Thread(target=refused, args=[silent]) for _ in range(patience.WAITING_AT_ONCE)]
    for thread in waiting:
        thread.start()
    time.sleep(0.05)
    assert refused() < 0.1
    for thread in waiting:
        thread.join()


def test_a_worker_asks_on(settings):
    settings.IS_WEB = False
    STRIPE.found_dead()
    assert ask_in_time(lambda: time.sleep(0.4) or "answer") == "answer"

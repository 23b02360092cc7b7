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
    monkeypatch.setattr(patience, "_last", dict.fromkeys(patience._last, float("-inf")))
    STRIPE.found_alive()
    begin_request()
    yield
    for thread in threading.enumerate():
        if thread.name == "stripe":
            thread.join()  # or its late answer is taken for one to the next test
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


def is_refused_unasked():
    asked = []
    refused(lambda: asked.append("it was"))
    return asked == []


def test_it_waits_for_each_of_several_slow_answers():
    for _time in range(4):
        assert ask_in_time(lambda: time.sleep(0.2) or "answer") == "answer"


def test_a_silence_is_waited_for_once_by_a_request_and_after_two_by_none(silent):
    assert refused(silent) >= 0.3
    assert is_refused_unasked()
    begin_request()
    assert refused(silent) >= 0.3
    begin_request()
    assert is_refused_unasked()
    STRIPE.found_alive()  # the rest is over
    assert ask_in_time(lambda: "answer") == "answer"


def test_one_silence_is_its_own_requests_alone(silent):
    refused(silent)
    assert is_refused_unasked()
    begin_request()
    assert ask_in_time(lambda: "answer") == "answer"
    refused(silent)  # not in a row
    begin_request()
    assert ask_in_time(lambda: "answer") == "answer"


def test_a_silence_of_long_ago_makes_no_row(silent, monkeypatch):
    monkeypatch.setattr(patience, "IN_A_ROW_SECONDS", 0.2)
    refused(silent)
    begin_request()
    refused(silent)
    begin_request()
    assert ask_in_time(lambda: "answer") == "answer"


def test_an_answer_that_comes_late_is_a_sign_of_life(silent):
    came = threading.Event()
    refused(lambda: time.sleep(0.4) or came.set())
    assert came.wait(5) and wait_for(lambda: patience._last["answer"] > 0)
    begin_request()
    refused(silent)
    begin_request()
    assert ask_in_time(lambda: "answer") == "answer"


def wait_for(is_so, seconds=5):
    until = time.monotonic() + seconds
    while not is_so() and time.monotonic() < until:
        time.sleep(0.01)
    return is_so()


def test_a_connection_that_fails_is_enough():
    def fail():
        raise stripe.APIConnectionError("Connection refused.")

    refused(fail)
    begin_request()
    assert is_refused_unasked()


def test_who_waits_already_gets_the_answer():
    answers, began = [], threading.Event()
    question = lambda: began.set() or time.sleep(0.2) or "answer"  # noqa: E731
    other = threading.Thread(target=lambda: answers.append(ask_in_time(question)))
    other.start()
    assert began.wait(5)
    STRIPE.found_dead()
    other.join()
    assert answers == ["answer"]


def test_a_silence_says_nothing_while_others_are_answered(silent):
    refused(silent)
    begin_request()
    answered = threading.Timer(0.1, lambda: ask_in_time(lambda: "answer"))
    answered.start()
    refused(silent)
    begin_request()
    assert ask_in_time(lambda: "answer") == "answer"


def test_questions_that_nobody_waits_for_any_more_are_few(monkeypatch):
    is_over = threading.Event()
    threads = threading.BoundedSemaphore(2)
    monkeypatch.setattr(patience, "_threads", threads)
    for _time in range(2):
        refused(lambda: is_over.wait(20))
        begin_request()
        STRIPE.found_alive()
    assert is_refused_unasked()
    is_over.set()
    assert wait_for(lambda: threads._value == 2)
    assert ask_in_time(lambda: "answer") == "answer"  # in the same request: that one was never asked


def test_an_error_that_is_an_answer_is_passed_on_and_counts_as_life():
    with pytest.raises(ValueError, match="429"):
        ask_in_time(lambda: int("429 too many"))
    assert ask_in_time(lambda: "answer") == "answer"


def test_a_request_asks_no_more_when_slow_answers_have_cost_it_enough(monkeypatch):
    monkeypatch.setattr(patience, "REQUEST_SECONDS", 0.15)
    ask_in_time(lambda: time.sleep(0.1))
    ask_in_time(lambda: time.sleep(0.1))
    assert is_refused_unasked()
    begin_request()
    assert ask_in_time(lambda: "answer") == "answer"


def test_some_threads_are_left_to_serve_pages(silent):
    threads = int(read_procfile()["web"].partition("--blocking-threads ")[2].split()[0])
    assert threads > patience.WAITING_AT_ONCE
    waiting = [threading.Thread(target=refused, args=[silent]) for _ in range(patience.WAITING_AT_ONCE)]
    for thread in waiting:
        thread.start()
    time.sleep(0.05)
    assert is_refused_unasked()
    for thread in waiting:
        thread.join()


def test_a_worker_asks_on(settings):
    settings.IS_WEB = False
    STRIPE.found_dead()
    assert ask_in_time(lambda: time.sleep(0.4) or "answer") == "answer"

"""Starting and stopping the whole demo."""

import subprocess

import pytest

from tests.browser.stack import STOP_SECONDS, Stack

pytestmark = pytest.mark.stack


def test_it_stops_within_ten_seconds_and_leaves_no_process():
    stack = Stack()
    try:
        stack.wait_until_ready()
        seconds = stack.stop()
        found = subprocess.run(["pgrep", "-f", str(stack.var)], capture_output=True, text=True, check=False).stdout
        assert (found, (stack.var / "lock").exists() and (stack.var / "run" / "services.json").exists()) == ("", False)
        assert seconds < STOP_SECONDS
    finally:
        stack.stop()
        stack.remove()

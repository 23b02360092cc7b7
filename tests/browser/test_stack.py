"""Stopping the whole demo, after all else that was done with it."""

import subprocess

import pytest

from tests.browser.stack import STOP_SECONDS

pytestmark = pytest.mark.stack


def test_it_stops_within_ten_seconds_and_leaves_no_process_and_no_lock(stack):
    seconds = stack.stop()
    found = subprocess.run(["pgrep", "-f", str(stack.var)], capture_output=True, text=True, check=False).stdout
    assert found == ""
    assert not (stack.var / "lock").exists()
    assert list((stack.var / "run").iterdir()) == []
    assert seconds < STOP_SECONDS

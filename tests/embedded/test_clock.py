"""The launcher waits, counts restarts and gives up by a clock that only measures: the machine's time may be set under
it."""

import ast

import pytest

from tests.embedded.conftest import ROOT

# `time.strftime` only shows, and the inbox's `time.time_ns` only names a file.
SET_BY_PEOPLE = {"time.time", "datetime.now", "datetime.utcnow", "date.today", "datetime.today"}
FILES = sorted((ROOT / "newsroom" / "embedded").glob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_measures_by_no_clock_that_can_be_set(path):
    asked = {ast.unparse(node) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
    assert not [name for name in asked if name.endswith(tuple(SET_BY_PEOPLE))]

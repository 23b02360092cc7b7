"""docs/faults.md names every test of this folder, and no other."""

import re

from tests.faults.parts import ROOT


def test_each_state_of_a_part_stands_in_the_table():
    folder = ROOT / "tests" / "faults"
    files = [path.read_text() for path in folder.glob("test_*.py") if path.name != "test_table.py"]
    written = {name for text in files for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE)}
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "faults.md").read_text()))
    assert named == written

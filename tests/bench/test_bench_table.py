import json

import pytest

from bench.table import Figure, as_records, compared, format_table, write_records


def page(pairs, reach=0.6):
    return compared("story page", pairs, unit="requests/s", reach=reach)


def test_it_takes_the_median_of_the_rounds_own_ratios():
    figure = page([(50, 100), (10, 100), (30, 50), (8, 10), (70, 100)])
    assert figure.ratio == pytest.approx(0.6)
    assert (figure.value, figure.reference) == (30, 100)


@pytest.mark.parametrize("pairs", [[], [(10, 0)], [(10, 10), (0, 10)]])
def test_it_refuses_a_round_that_measured_nothing(pairs):
    with pytest.raises(ValueError, match="story page"):
        page(pairs)


@pytest.mark.parametrize(("better", "ratio", "is_reached"), [
    ("higher", 0.6, True), ("higher", 0.59, False), ("lower", 1.5, False), ("lower", 0.6, True),
])  # fmt: skip
def test_it_says_whether_it_is_reached(better, ratio, is_reached):
    figure = Figure("x", 1, "s", reference=1, ratio=ratio, reach=0.6 if better == "higher" else 1.2, better=better)
    assert figure.is_reached is is_reached


def test_it_asks_nothing_of_a_calibration():
    assert Figure("calibration", 12.3, "loops/s").is_reached is None


def test_it_prints_a_line_for_each_figure():
    table = format_table([page([(1500, 2000)]), page([(100, 2000)]), Figure("calibration", 12.34, "loops/s")])
    _head, rule, reached, missed, calibration = table.splitlines()
    assert set(rule) == {"-"}
    assert reached.split() == ["story", "page", "1,500", "2,000", "requests/s", "0.75", "≥", "0.60", "reached"]
    assert missed.endswith("not reached")
    assert calibration.split() == ["calibration", "12.3", "loops/s"]


def test_it_keeps_what_the_table_shows(tmp_path):
    path = tmp_path / "var" / "bench.json"
    write_records([page([(1500, 2000)])], path)
    assert json.loads(path.read_text()) == [{
        "name": "story page", "value": 1500, "unit": "requests/s", "reference": 2000, "ratio": 0.75, "reach": 0.6,
        "better": "higher",
    }]  # fmt: skip


def test_it_keeps_a_calibration_without_a_reference():
    (record,) = as_records([Figure("calibration", 12.34, "loops/s")])
    assert (record["reference"], record["ratio"], record["reach"]) == (None, None, None)

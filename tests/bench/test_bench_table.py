import json
from pathlib import Path

import pytest

from bench import idle, report
from bench.__main__ import status_of
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


@pytest.mark.parametrize(("ratio", "is_broken", "is_strict", "status"), [
    (0.59, False, False, 0), (0.59, False, True, 1), (0.6, False, True, 0), (0.6, True, False, 1),
])  # fmt: skip
def test_it_ends_badly_when_a_row_broke_and_when_told_to_be_strict(capsys, ratio, is_broken, is_strict, status):
    figures = [page([(ratio, 1)]), Figure("calibration", 12.34, "loops/s")]
    assert status_of(figures, is_broken=is_broken, is_strict=is_strict) == status
    assert ("story page" in capsys.readouterr().err) == (is_strict and ratio < 0.6)


BEFORE = f"# Benchmarks\n\n{report.BEGIN}{report.HEAD}{report.END}\nand more\n"


def test_it_writes_the_figures_into_the_page_and_each_with_its_day():
    first = report.with_figures(BEFORE, [page([(1500, 2000)]), Figure("archive", 2, "ms")], measured="2026-11-01")
    second = report.with_figures(first, [page([(100, 2000)])], measured="2026-11-02")
    _head, _rule, *rows = second.split(report.BEGIN)[1].split(report.END)[0].splitlines()
    assert rows == [
        "| story page | 100 | 2,000 | requests/s | 0.05 | ≥ 0.60 | not reached | 2026-11-02 |",
        "| archive | 2.0 |  | ms |  |  |  | 2026-11-01 |",
    ]
    assert second.startswith("# Benchmarks") and second.endswith("\nand more\n")


def test_it_finds_no_place_in_another_page():
    with pytest.raises(ValueError, match="no place"):
        report.with_figures("# Benchmarks\n", [], measured="")


def test_the_page_has_a_place_for_them():
    text = Path(report.PAGE).read_text()
    assert report.with_figures(text, [], measured="") == text


@pytest.mark.parametrize(("last", "status"), [(536, 0), (537, 1)])
def test_it_ends_badly_when_the_parts_hold_more_than_a_gigabyte_and_a_half(capsys, last, status):
    assert idle.say_whether_it_fits({"postgres": 1000, "web": last}) == status
    assert ("too much" in capsys.readouterr().err) == bool(status)

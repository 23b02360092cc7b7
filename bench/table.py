"""What is measured, as a table to read and as a list to keep."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

COLUMNS = ("figure", "value", "reference", "unit", "ratio", "reach", "")


@dataclass(frozen=True)
class Figure:
    """One line. `value` and `reference` are medians; `ratio` is the median of the rounds' own ratios, so that a slow
    minute of the machine weighs on both sides alike. Without a reference nothing is to be reached."""

    name: str
    value: float
    unit: str
    reference: float | None = None
    ratio: float | None = None
    reach: float | None = None
    better: str = "higher"

    @property
    def is_reached(self) -> bool | None:
        """None where there is nothing to reach."""
        if self.reach is None or self.ratio is None:
            return None
        return self.ratio >= self.reach if self.better == "higher" else self.ratio <= self.reach


def compared(name: str, pairs: Sequence[tuple[float, float]], *, unit: str, reach: float) -> Figure:
    """Of rounds (ours, the reference's), both as "so many a second". Raises ValueError when nothing was measured."""
    if not pairs or any(value <= 0 for pair in pairs for value in pair):
        raise ValueError(f"{name}: a round measured nothing.")
    return Figure(
        name=name,
        value=median(ours for ours, _ in pairs),
        unit=unit,
        reference=median(theirs for _, theirs in pairs),
        ratio=median(ours / theirs for ours, theirs in pairs),
        reach=reach,
    )


def as_records(figures: Iterable[Figure]) -> list[dict[str, Any]]:
    return [{**asdict(figure), **_rounded(figure)} for figure in figures]


def _rounded(figure: Figure) -> dict[str, float | None]:
    return {
        "value": round(figure.value, 1),
        "reference": None if figure.reference is None else round(figure.reference, 1),
        "ratio": None if figure.ratio is None else round(figure.ratio, 3),
    }


def write_records(figures: Iterable[Figure], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(as_records(figures), indent=2) + "\n", encoding="utf-8")


def format_table(figures: Iterable[Figure]) -> str:
    rows = [COLUMNS, *(cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = [_line(row, widths) for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def cells(figure: Figure) -> tuple[str, ...]:
    verdict = {None: "", True: "reached", False: "not reached"}[figure.is_reached]
    sign = "≥" if figure.better == "higher" else "≤"
    return (
        figure.name,
        _number(figure.value),
        "" if figure.reference is None else _number(figure.reference),
        figure.unit,
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        "" if figure.reach is None else f"{sign} {figure.reach:.2f}",
        verdict,
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Words to the left, numbers to the right."""
    words = {0, 3, 6}
    padded = [
        cell.ljust(width) if column in words else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()

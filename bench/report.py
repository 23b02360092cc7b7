"""`python -m bench.report`: what var/bench.json holds, into the table of docs/benchmarks.md, each row with its day.

A row of the same name is written over and the others stay, so that the long ones can be measured on a day of their own.
"""

import json
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime

from bench.table import Figure, cells
from newsroom.embedded.datafolder import CHECKOUT

PAGE = CHECKOUT / "docs" / "benchmarks.md"
RECORDS = CHECKOUT / "var" / "bench.json"
BEGIN, END = "<!-- figures: written by python -m bench.report -->\n", "<!-- end of figures -->\n"
HEAD = (
    "| figure | ours | reference | unit | ratio | to reach | | measured |\n"
    "|---|---:|---:|---|---:|---:|---|---|\n"
)  # fmt: skip


def main() -> int:
    if not RECORDS.exists():
        print("Nothing was measured yet: `make bench` writes var/bench.json.", file=sys.stderr)
        return 1
    figures = [Figure(**record) for record in json.loads(RECORDS.read_text(encoding="utf-8"))]
    day = datetime.fromtimestamp(RECORDS.stat().st_mtime, UTC).date().isoformat()
    measured = f"{day}, {os.cpu_count()} processors"
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_figures(page, figures, measured=measured), encoding="utf-8")
    return 0


def with_figures(page: str, figures: Iterable[Figure], *, measured: str) -> str:
    """The page with these rows in its table, new ones at its end. Raises ValueError for a page without the table."""
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise ValueError("The page has no place for the figures.")
    before, rest = page.split(BEGIN)
    table, after = rest.split(END)
    rows = {_name(line): line for line in table.splitlines(keepends=True)[2:]}
    for figure in figures:
        rows[figure.name] = f"| {' | '.join((*cells(figure), measured))} |\n"
    return f"{before}{BEGIN}{HEAD}{''.join(rows.values())}{END}{after}"


def _name(line: str) -> str:
    return line.split("|")[1].strip()


if __name__ == "__main__":
    sys.exit(main())

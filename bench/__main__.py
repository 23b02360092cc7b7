"""`python -m bench [ROW …]`: measure, print a table, write var/bench.json.

Rows: cached rendered webhook storm vote newsletter archive; all but the last when none is named. The status is 1 when a
row broke or, with --strict, when one that was measured misses its figure; else 0. `python -m bench.report` writes what
was measured last into docs/benchmarks.md.
"""

import argparse
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from statistics import median

from bench.ground import Unfit, scratch_database
from bench.rounds import ROUNDS, calibrate
from bench.servers import application_server
from bench.table import Figure, format_table, write_records
from newsroom.embedded.datafolder import CHECKOUT

USUAL = ("cached", "rendered", "webhook", "storm", "vote", "newsletter")
ROWS = (*USUAL, "archive")  # which is named only when it is wanted: its hundred thousand stories take minutes to make
Measure = Callable[[], Figure | list[Figure]]


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"one of {', '.join(ROWS)}")
    parser.add_argument("--strict", action="store_true", help="end with 1 when a row misses its figure")
    options = parser.parse_args(words)
    chosen = options.rows or list(USUAL)
    if unknown := set(chosen) - set(ROWS):
        parser.error(f"there is no row {', '.join(sorted(unknown))}: choose from {', '.join(ROWS)}.")
    began = time.monotonic()
    try:
        with scratch_database():
            figures, broken = _measure(chosen)
    except Unfit as error:
        print(error, file=sys.stderr)
        return 1
    print(format_table(figures))
    print(f"\n{time.monotonic() - began:.0f} seconds; the same in var/bench.json.")
    write_records(figures, CHECKOUT / "var" / "bench.json")
    return status_of(figures, is_broken=broken, is_strict=options.strict)


def status_of(figures: list[Figure], *, is_broken: bool, is_strict: bool) -> int:
    missed = [figure.name for figure in figures if figure.is_reached is False]
    if is_strict and missed:
        print(f"Not reached: {'; '.join(missed)}.", file=sys.stderr)
    return 1 if is_broken or (is_strict and missed) else 0


def _measure(chosen: list[str]) -> tuple[list[Figure], bool]:
    """The figures in the table's order, and whether a row broke."""
    began = time.monotonic()
    calibrations = [calibrate() for _round in range(ROUNDS)]
    figures: list[Figure] = []
    broken = False
    with ExitStack() as stack:
        measures = _prepare(stack) if set(chosen) & set(USUAL) else {}
        measures["archive"] = _archive
        for name in ROWS:
            if name not in chosen:
                continue
            print(f"{time.monotonic() - began:4.0f} s  {name} …", file=sys.stderr)
            try:
                found = measures[name]()
                figures += found if isinstance(found, list) else [found]
            except Exception as error:  # the other rows are still worth having
                broken = True
                _complain(name, error)
            calibrations.append(calibrate())
    return [*figures, Figure("calibration, a fixed loop", median(calibrations), "loops/s")], broken


def _complain(name: str, error: Exception) -> None:
    if not isinstance(error, Unfit):
        traceback.print_exception(error)
    print(f"The row `{name}` broke: {error}", file=sys.stderr)


def _prepare(stack: ExitStack) -> dict[str, Measure]:
    """Starts the servers and seeds what the rows share. What imports models comes here, once Django is set up."""
    from bench.hooks import measure_receipt
    from bench.letters import measure_newsletter
    from bench.pages import measure_cached_page, measure_rendered_page
    from bench.seed import seed_story
    from bench.storm import measure_storm
    from bench.votes import measure_casting

    story = seed_story()
    site = stack.enter_context(application_server("newsroom.settings"))
    reference = stack.enter_context(application_server("bench.settings"))

    def rendered() -> Figure:
        with application_server("bench.uncached") as uncached:
            return measure_rendered_page(story=story, uncached=uncached, reference=reference)

    return {
        "cached": lambda: measure_cached_page(story=story, site=site, reference=reference),
        "rendered": rendered,
        "webhook": lambda: measure_receipt(site=site, reference=reference),
        "storm": measure_storm,
        "vote": lambda: measure_casting(site=site, reference=reference),
        "newsletter": measure_newsletter,
    }


def _archive() -> list[Figure]:
    from bench.archive.rows import measure_archive

    return measure_archive()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`make bench`: the figures, each beside a reference measured in the same run. See docs/benchmarks.md."""

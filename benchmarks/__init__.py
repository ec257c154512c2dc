"""Compares the speed and the verdicts of the grader with other tools; see `docs/benchmarks.md`."""

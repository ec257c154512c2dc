"""Measures `grader regrade` over many saved submissions, made by `regrade.py` from a few real ones."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.chains import CHECKOUT
from benchmarks.measuring import measure
from benchmarks.projects import environment
from benchmarks.regrade import multiplied
from tests.catalogue import case_named

_SUBMISSIONS = ("right_reference", "wrong_exit_in_env", "wrong_enum_left_behind", "wrong_not_null_on_rows")
_STUCK_SECONDS = 900.0


def regrading_seconds(count: int, rounds: int, scratch: Path) -> tuple[float, ...]:
    """Wall seconds of each of some runs over so many submissions.

    Raises:
        BenchmarkError: a run failed.
    """
    with tempfile.TemporaryDirectory(dir=scratch) as name:
        few, many = Path(name) / "few", Path(name) / "many"
        many.mkdir()
        paths = [case_named(item).write(Path(name, "submissions", item)) for item in _SUBMISSIONS]
        _grader("grade", *paths, "--out", few, "--postgres", "embedded", "--isolation", "none")
        multiplied(few, many, count)
        return tuple(_grader("regrade", many) for _ in range(rounds))


def _grader(*arguments: str | Path) -> float:
    command = (sys.executable, "-m", "grader", *arguments)
    return measure(command, seconds=_STUCK_SECONDS, cwd=CHECKOUT, environment=environment({})).seconds

"""Measures `grader regrade` over many submissions, which are copies of a few graded ones."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.chains import CHECKOUT
from benchmarks.measuring import measure
from benchmarks.projects import environment
from benchmarks.regrade import copy_many
from tests.catalogue import case_named

_SUBMISSIONS = ("right_reference", "wrong_exit_in_env", "wrong_enum_left_behind", "wrong_not_null_on_rows")
_STUCK_SECONDS = 900.0


def regrading_seconds(count: int, rounds: int, scratch: Path) -> tuple[float, ...]:
    """The wall seconds of each of `rounds` runs over `count` submissions.

    Raises:
        BenchmarkError: a run failed.
    """
    with tempfile.TemporaryDirectory(dir=scratch) as name:
        few, many = Path(name) / "few", Path(name) / "many"
        many.mkdir()
        paths = [case_named(item).write(Path(name, "submissions", item)) for item in _SUBMISSIONS]
        _grader("grade", *paths, "--out", few, "--postgres", "embedded", "--isolation", "none")
        copy_many(few, many, count)
        return tuple(_grader("regrade", many) for _ in range(rounds))


def _grader(*arguments: str | Path) -> float:
    command = (sys.executable, "-m", "grader", *arguments)
    return measure(command, seconds=_STUCK_SECONDS, cwd=CHECKOUT, environment=environment({})).seconds

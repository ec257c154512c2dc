"""Who is measured: the command line that each of them is, and whether it can be run here."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks import pytest_alembic_run
from benchmarks.chains import CHECKOUT, SHORT_LENGTH
from benchmarks.measuring import BenchmarkError, Run, measure
from benchmarks.projects import environment
from grader.errors import GraderError
from grader.runtime.postgres.choose import choose_backend
from grader.runtime.sandbox.choose import choose_sandbox

NAIVE = "naive script"
NAIVE_BETWEEN = "naive script, one submission between the classes"
PYTEST_ALEMBIC = "pytest-alembic"
FLOOR = "floor"
_STUCK_SECONDS = 3600.0
_FULL_SCORE = 100.0


@dataclass(frozen=True)
class Task:
    """What is to be done in one run."""

    folder: Path
    """A submission; for a class a folder of them."""
    scratch: Path
    """A fresh folder for whatever is written."""
    submissions: int = 1
    jobs: int = 1


class Contender(Protocol):
    """A way to grade."""

    @property
    def name(self) -> str:
        """As it stands in the tables."""

    def run(self, task: Task) -> Run:
        """Do a task once, in a process of its own.

        Raises:
            BenchmarkError: it was not done.
        """


@dataclass(frozen=True)
class Ours:
    """`grader grade`, with all that belongs to it: its start, the reports, the end of what it started."""

    postgres: str
    isolation: str

    @property
    def name(self) -> str:
        """As it stands in the tables."""
        how = "not confined" if self.isolation == "none" else f"confined by {self.isolation}"
        return f"grader, {self.postgres} server, {how}"

    def problem(self, tell: Callable[[str], None]) -> str | None:
        """Why it cannot be run here, None when it can; images that are missing are built."""
        try:
            with closing(choose_backend(self.postgres, progress=tell)) as backend:
                choose_sandbox(self.isolation, backend, batch=True, progress=tell)
        except GraderError as error:
            return f"{error.message} {error.next_step}".strip()
        return None

    def run(self, task: Task) -> Run:
        """See `Contender.run`."""
        out = task.scratch / "reports"
        run = _python(
            *("-m", "grader", "grade", *(("--all",) if task.submissions > 1 else ()), task.folder),
            *("--out", out, "--jobs", str(task.jobs)),
            *("--postgres", self.postgres, "--isolation", self.isolation),
        )
        check_scores(out, task.submissions)
        return run


CONFINED = Ours("container", "container")
"""The one that the goals are about."""
OURS = (
    CONFINED,
    Ours("container", "bubblewrap"),
    Ours("container", "none"),
    Ours("embedded", "bubblewrap"),
    Ours("embedded", "none"),
)


@dataclass(frozen=True)
class Naive:
    """The script of `naive.py`, once for each submission."""

    image: str
    references: tuple[Path, ...]
    """Files with dumps that are right."""
    name: str = NAIVE

    def run(self, task: Task) -> Run:
        """See `Contender.run`."""
        chain = list((task.folder / "alembic" / "versions").glob("*.py"))
        # A longer chain makes other tables than the right answers do that there are dumps of.
        references = self.references if len(chain) <= SHORT_LENGTH else ()
        return _python("-m", "benchmarks.naive", task.folder, self.image, *references)


@dataclass(frozen=True)
class Floor:
    """The program of `floor.py`."""

    image: str
    name: str = FLOOR

    def run(self, task: Task) -> Run:
        """See `Contender.run`."""
        return _python("-m", "benchmarks.floor", task.folder, self.image)


@dataclass(frozen=True)
class PytestAlembic:
    """pytest-alembic with all its checks, on a server as the grader's own."""

    image: str
    pytest: Path
    name: str = PYTEST_ALEMBIC

    def run(self, task: Task) -> Run:
        """See `Contender.run`."""
        prepared = pytest_alembic_run.prepare(task.folder, self.pytest)
        variables = {**prepared.variables, "BENCHMARK_IMAGE": self.image}
        return measure(
            prepared.command,
            seconds=_STUCK_SECONDS,
            cwd=prepared.folder,
            environment=environment(variables),
            good=frozenset({0, pytest_alembic_run.SOME_FAILED}),
        )


def check_scores(out: Path, count: int) -> None:
    """See that a run has graded what it was given: right answers, or it would be no use to measure it.

    Raises:
        BenchmarkError: a report is missing or does not give all points.
    """
    reports = [json.loads(path.read_bytes()) for path in sorted(out.glob("*/grade.json"))]
    good = [item for item in reports if item["status"] == "graded" and item["score"] == _FULL_SCORE]
    if len(good) != count:
        raise BenchmarkError(f"{len(good)} of {count} right answers got all points; see {out}")


def _python(*arguments: str | Path, seconds: float = _STUCK_SECONDS) -> Run:
    command: Sequence[str | Path] = (sys.executable, *arguments)
    return measure(command, seconds=seconds, cwd=CHECKOUT, environment=environment({}))

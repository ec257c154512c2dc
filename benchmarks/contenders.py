"""The tools that are compared: the command of each tool, and whether it can run on this machine."""

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
from grader.proof import check
from grader.proof.operators import mutants
from grader.runs.assignments import load
from grader.runtime.postgres.choose import choose_backend
from grader.runtime.sandbox.choose import choose_sandbox

NAIVE = "naive script"
NAIVE_BETWEEN = "naive script, one submission between the classes"
PYTEST_ALEMBIC = "pytest-alembic"
FLOOR = "floor"
PROOF = "grader assignment check"
RUBRIC = CHECKOUT / "reference_solution" / "assignment.toml"
_STUCK_SECONDS = 3600.0
_FULL_SCORE = 100.0


@dataclass(frozen=True)
class Task:
    """The work of one run."""

    folder: Path
    """A submission; for a class, a folder of submissions."""
    scratch: Path
    """An empty folder for output."""
    submissions: int = 1
    jobs: int = 1


class Contender(Protocol):
    """A tool that is compared."""

    @property
    def name(self) -> str:
        """The name in the tables."""

    def run(self, task: Task) -> Run:
        """Do a task once, in a new process.

        Raises:
            BenchmarkError: the task failed.
        """


@dataclass(frozen=True)
class GraderForm:
    """`grader grade` with one kind of server and isolation, from its start to the end of its containers."""

    postgres: str
    isolation: str

    @property
    def name(self) -> str:
        """The name in the tables."""
        how = "not confined" if self.isolation == "none" else f"confined by {self.isolation}"
        return f"grader, {self.postgres} server, {how}"

    def problem(self, log: Callable[[str], None]) -> str | None:
        """Why it cannot run on this machine; None if it can. Missing images are built."""
        try:
            with closing(choose_backend(self.postgres, progress=log)) as backend:
                choose_sandbox(self.isolation, backend, batch=True, progress=log)
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


CONFINED = GraderForm("container", "container")
"""The goals are about this form."""
GRADER_FORMS = (
    CONFINED,
    GraderForm("container", "bubblewrap"),
    GraderForm("container", "none"),
    GraderForm("embedded", "bubblewrap"),
    GraderForm("embedded", "none"),
)


@dataclass(frozen=True)
class Proof:
    """`grader assignment check` of the exercise's own rubric, as it runs if nothing is chosen.

    Nothing was graded before. The submissions of a task are the answers that it makes; the reference solution
    is graded besides.
    """

    name: str = PROOF

    def run(self, task: Task) -> Run:
        """See `Contender.run`."""
        return _python(
            *("-m", "grader", "assignment", "check", RUBRIC, "--sample", str(task.submissions)),
            *("--out", task.scratch / "proof", "--jobs", str(task.jobs)),
        )


def answers_of_proof() -> int:
    """How many answers a whole check of the exercise's own rubric tries."""
    assignment = load(RUBRIC)
    project = check.project_of(RUBRIC, assignment, check.solution_of(RUBRIC, assignment))
    return len(mutants(project))


@dataclass(frozen=True)
class Naive:
    """The script of `naive.py`, once for each submission."""

    image: str
    references: tuple[Path, ...]
    """Files with right dumps."""
    name: str = NAIVE

    def run(self, task: Task) -> Run:
        """See `Contender.run`."""
        chain = list((task.folder / "alembic" / "versions").glob("*.py"))
        # A longer chain makes tables that are not in the right dumps.
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
    """pytest-alembic with all its checks, on the same kind of server as the grader's."""

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
    """Check that a run gave all points to all submissions, which are right answers.

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

"""A runner that starts nothing, submissions for it, and a progress display that keeps what it is told."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path

from grader import __version__
from grader.assignment.model import Assignment
from grader.errors import GraderError
from grader.observations.model import Environment, Observations
from grader.runs.graded import Graded, Phases
from grader.submission.sources import Source
from grader.submission.staging import StagingArea, Submission
from tests.unit.observation_builders import assignment, perfect

REFERENCE = Path(__file__).parents[2] / "reference_solution"
KIND = ("container", "none")
"""The backend and the isolation in the reports."""


class Told:
    """Keeps what a run reports to its progress display."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str]] = []
        self.finished: list[str] = []
        self.unchanged: list[str] = []
        self.retried: list[tuple[str, str, float | None]] = []

    def step(self, submission_id: str, phase: str) -> None:
        """A submission has entered a phase."""
        self.steps.append((submission_id, phase))

    def retrying(self, submission_id: str, reason: str, seconds: float | None) -> None:
        """A submission will be tried again."""
        self.retried.append((submission_id, reason, seconds))

    def done(self, submission_id: str, graded: Graded) -> None:
        """A submission is done."""
        assert graded.report.submission.id == submission_id
        (self.unchanged if graded.taken_over else self.finished).append(submission_id)


class Scripted:
    """A runner that gives perfect observations without a trial, after calling a function of the test."""

    def __init__(self, folder: Path, script: Callable[[str], None] = lambda _: None) -> None:
        """Start nothing.

        Args:
            folder: where to stage.
            script: called with the submission's id instead of a trial; raises what the trial is to raise.
        """
        folder.mkdir(exist_ok=True)
        self.rubric = assignment()
        self.tried: list[str] = []
        self.settled: list[bool] = []
        self.stopped = threading.Event()
        self.limit: int | None = None
        self.broken: GraderError | None = None
        self.cancelled = 0
        self.pairs = frozenset({KIND})
        self._staging = StagingArea(folder)
        self._script = script

    @property
    def assignment(self) -> Assignment:
        """See `Runner`."""
        return self.rubric

    @property
    def staging(self) -> StagingArea:
        """See `Runner`."""
        return self._staging

    def capacity(self, running: int) -> int | None:  # noqa: ARG002 - a script's limit is a number
        """See `Runner`."""
        return self.limit

    def backend_pairs(self) -> frozenset[tuple[str, str]]:
        """See `Runner`."""
        return self.pairs

    def try_out(self, staged: Submission, phases: Phases, *, settle: bool) -> Observations:
        """See `Runner`."""
        phases.begin("trying the chain")
        self.tried.append(staged.id)
        self.settled.append(settle)
        self._script(staged.id)
        backend, isolation = KIND
        environment = Environment(
            postgres="17.5",
            backend=backend,
            isolation=isolation,
            grader=__version__,
            alembic=metadata.version("alembic"),
            sqlalchemy=metadata.version("sqlalchemy"),
            python="3.13.5",
        )
        return replace(perfect(), submission=staged.facts, environment=environment)

    def cancel_expected(self) -> None:
        """See `Runner`."""
        self.cancelled += 1

    def problem(self) -> GraderError | None:
        """See `Runner`."""
        return self.broken

    def stop(self) -> None:
        """See `Runner`."""
        self.stopped.set()


def write_class(folder: Path, count: int) -> list[Source]:
    """Submissions with a chain."""
    sources = [Source(f"s{number}", folder / f"s{number}") for number in range(count)]
    for source in sources:
        shutil.copytree(REFERENCE / "alembic", source.path / "alembic")
        shutil.copy(REFERENCE / "alembic.ini", source.path)
    return sources

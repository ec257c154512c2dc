"""`Runner`: what tries the submissions of a run, on this machine or on a cluster."""

from __future__ import annotations

from typing import Protocol

from grader.assignment.model import Assignment
from grader.errors import GraderError
from grader.observations.model import Observations
from grader.runs.graded import Phases
from grader.submission.staging import StagingArea, Submission


class Runner(Protocol):
    """Tries staged submissions. One runner serves a whole run; several threads use it at the same time."""

    @property
    def assignment(self) -> Assignment:
        """What the submissions are graded by."""

    @property
    def staging(self) -> StagingArea:
        """Where the submissions are staged."""

    def capacity(self, running: int) -> int | None:
        """How many submissions can be tried at once at the moment; None for no limit but `--jobs`.

        Args:
            running: how many are being tried.
        """

    def backend_pairs(self) -> frozenset[tuple[str, str]]:
        """The pairs of PostgreSQL backend and isolation that a submission may be tried with."""

    def try_out(self, staged: Submission, phases: Phases, *, settle: bool) -> Observations:
        """Run the migrations of a staged submission, which has an Alembic set-up.

        Args:
            staged: the submission.
            phases: is told what happens.
            settle: nothing else runs beside it, or no attempt follows. A process that ended for no known
                reason then counts as the submission's own doing. Otherwise it is a fault.

        Raises:
            HarnessFault: something of the harness failed.
        """

    def cancel_expected(self) -> None:
        """Take back one of the expected trials: a submission turned out to have no migrations to run.

        Raises:
            ConfigurationError: the assignment does not fit its own reference.
        """

    def problem(self) -> GraderError | None:
        """Why the run cannot go on at all; None as long as it can."""

    def stop(self) -> None:
        """End all student code now. Whoever waits for it gets a `HarnessFault`."""

"""The result of one submission: its report, the observations behind it, and where the time went.

`judged` makes a result from observations, `broken` makes one from a fault of the grader. Must not know where
or how a submission is tried.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from grader.assignment.model import Assignment
from grader.errors import DisturbedTrial, GraderError, HarnessFault
from grader.judging.judge import error_report, judge
from grader.judging.pictures import details_of
from grader.observations.model import Observations
from grader.report.details import ReportDetails
from grader.report.model import GradeReport, SubmissionInfo
from grader.submission.staging import source_name
from grader.text.untrusted import clean, cut, redact

_MESSAGE_LINES = 20
_MESSAGE_CHARACTERS = 2000


@dataclass(frozen=True)
class Timings:
    """Where the time of one submission went, in seconds; shown with `--verbose`."""

    phases: dict[str, float] = field(default_factory=dict)
    """Seconds by phase. Phases follow one another: their sum is the whole time."""
    work: dict[str, float] = field(default_factory=dict)
    """Seconds by kind of work within the phases. Work that ran in parallel is added up."""


class Phases:
    """Times the phases of one submission's grading, and reports each one when it begins."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._seconds: dict[str, float] = {}
        self._latest = time.monotonic()
        self._current: str | None = None

    def begin(self, name: str) -> None:
        """End the current phase and begin another one."""
        self._end()
        self._current = name
        self._report(name)

    def seconds(self) -> dict[str, float]:
        """Seconds by phase, including the current one."""
        self._end()
        return {name: round(value, 4) for name, value in self._seconds.items()}

    def _end(self) -> None:
        now = time.monotonic()
        if self._current is not None:
            self._seconds[self._current] = self._seconds.get(self._current, 0.0) + now - self._latest
        self._latest = now


@dataclass(frozen=True)
class Graded:
    """A report and what it rests on."""

    report: GradeReport
    observations: Observations | None
    """None when the grader failed before there were any."""
    timings: Timings = field(default_factory=Timings)
    fault: str | None = None
    """The traceback of a fault of the grader, for its maintainers."""
    details: ReportDetails = field(default_factory=ReportDetails)
    """What the HTML pages show in addition to the report."""
    retryable: bool = False
    """A fault ended the trial, and a new attempt may succeed."""
    alone: bool = False
    """The next attempt needs the machine for itself."""
    taken_over: bool = False
    """An earlier run tried the submission."""


def judged(observations: Observations, assignment: Assignment) -> Graded:
    """The result that follows from observations."""
    report = judge(observations, assignment)
    return Graded(report, observations, details=details_of(observations, assignment))


def broken(source: Path, submission_id: str, assignment: Assignment, error: Exception) -> Graded:
    """The result of a submission that could not be graded because of a fault of the grader."""
    if isinstance(error, GraderError):
        message = "\n".join(part for part in (error.message, error.next_step) if part)
    else:
        message = (
            f"the grader itself failed: {type(error).__name__}: {error}\n"
            "fault.txt beside the report says where; please send it to the maintainers of the grader."
        )
    message = cut(redact(clean(message), ()), _MESSAGE_LINES, _MESSAGE_CHARACTERS)
    fault = redact(clean("".join(traceback.format_exception(error))), ())
    info = SubmissionInfo(id=submission_id, source=source_name(source), sha256="")
    report = error_report(assignment, info, message)
    return Graded(
        report,
        None,
        fault=fault,
        retryable=isinstance(error, HarnessFault | OSError),
        alone=isinstance(error, DisturbedTrial),
    )

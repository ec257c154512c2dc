"""What a run remembers of a submission whose files are written: as much as the files of the class need.

A report weighs a hundred kilobytes and more with its evidence, and a class has hundreds of them. All of it is
in the submission's `observations.json`; `Memory.whole` reads it there again, one submission at a time.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from grader.assignment.model import Assignment
from grader.judging.judge import judge
from grader.report.details import ReportDetails
from grader.report.model import CheckReport, CriterionReport, GradeReport, Status
from grader.report.render.github import SourceLine
from grader.report.saved import OBSERVATIONS
from grader.runs.pipeline import Graded, Timings
from grader.runs.regrade import read_observations

Value = TypeVar("Value", bound=Hashable)


@dataclass(frozen=True)
class Remembered:
    """A submission that is done."""

    report: GradeReport
    """Without evidence, and of the checks only those that failed, without what was expected and found."""
    details: ReportDetails
    """Causes and revision ids alone."""
    taken_over: bool = False
    """It was graded by an earlier run."""
    timings: Timings = field(default_factory=Timings)
    """Where that is asked for."""
    places: dict[str, SourceLine] = field(default_factory=dict)
    """Where its revisions stand in a repository on GitHub, where that is asked for."""


class Memory:
    """Makes what is to be remembered, and finds the rest again."""

    def __init__(self, out: Path, assignment: Assignment) -> None:
        """Start with nothing.

        Args:
            out: the folder of the reports.
            assignment: what they are judged by.
        """
        self._out = out
        self._assignment = assignment
        self._known: dict[Hashable, Any] = {}

    def of(self, graded: Graded) -> Remembered:
        """Reduce a result. What is equal in two submissions, as most of it is in a class, is kept once."""
        report = graded.report
        if report.status != "error":  # one of those has little in it, and nobody could read it again
            criteria = tuple(self._once(_reduced(item)) for item in report.criteria)
            run = self._once(replace(report.run, seconds=0.0))
            report = replace(report, assignment=self._once(report.assignment), criteria=criteria, run=run)
        causes = tuple(self._once(item) for item in graded.details.causes)
        details = ReportDetails(causes=causes, revisions=graded.details.revisions)
        return Remembered(report, details)

    def _once(self, value: Value) -> Value:
        """The first value that was equal to this one."""
        known: Value = self._known.setdefault(value, value)
        return known

    def whole(self, remembered: Iterable[Remembered]) -> Iterator[GradeReport]:
        """The same reports with all that is in them, one after the other.

        Raises:
            GraderError: what was written of a submission is no longer there.
        """
        for item in remembered:
            yield self.whole_one(item)

    def whole_one(self, remembered: Remembered) -> GradeReport:
        """See `whole`."""
        report = remembered.report
        if report.status == "error":
            return report
        return judge(read_observations(self._out / report.submission.id / OBSERVATIONS), self._assignment)


def _reduced(criterion: CriterionReport) -> CriterionReport:
    checks = tuple(_named(item) for item in criterion.checks if item.status is Status.FAILED)
    return replace(criterion, seconds=0.0, checks=checks, evidence=())


def _named(check: CheckReport) -> CheckReport:
    return replace(check, expected="", found="")

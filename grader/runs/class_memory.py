"""What a run keeps in memory of each finished submission: only what the files of the class need.

A whole report is a hundred kilobytes and more, and a class has hundreds of them. The rest is in each
submission's `observations.json`; `ClassMemory.whole_reports` reads it from there, one submission at a time.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from grader.assignment.model import Assignment
from grader.judging.judge import judge
from grader.report.class_record import NOTHING_KNOWN, ClassRecord
from grader.report.details import ReportDetails
from grader.report.model import CriterionReport, GradeReport, Status
from grader.report.saved import OBSERVATIONS
from grader.runs.graded import Graded, Timings
from grader.runs.saved_observations import read_observations

Value = TypeVar("Value", bound=Hashable)


@dataclass(frozen=True)
class ReducedResult:
    """A finished submission, reduced."""

    report: GradeReport
    """Without evidence; of the checks only those that failed, without expected and found values."""
    details: ReportDetails
    """Only causes and revision ids."""
    taken_over: bool = False
    """An earlier run tried it."""
    edited: bool = False
    """Its earlier report was changed by hand, and is kept as `grade.edited.json`."""
    timings: Timings = field(default_factory=Timings)
    """Empty unless the run asks for them."""
    folder: str | None = None
    """Where it is in a repository; None unless the run asks for it."""


class ClassMemory:
    """Reduces results, and reads the whole reports again."""

    def __init__(self, out: Path, assignment: Assignment, record: ClassRecord = NOTHING_KNOWN) -> None:
        self._out = out
        self._record = record
        self._assignment = assignment
        self._known: dict[Hashable, Any] = {}

    def reduce(self, graded: Graded) -> ReducedResult:
        """Reduce a result. Values that are equal in several submissions, as most are, are kept once."""
        report = graded.report
        if report.status != "error":  # such a report is small, and no observations hold the rest of it
            criteria = tuple(self._once(_reduced(item)) for item in report.criteria)
            run = self._once(replace(report.run, seconds=0.0))
            report = replace(report, assignment=self._once(report.assignment), criteria=criteria, run=run)
        causes = tuple(self._once(item) for item in graded.details.causes)
        shape = graded.details.shape and self._once(graded.details.shape)
        details = ReportDetails(causes=causes, revisions=graded.details.revisions, shape=shape)
        return ReducedResult(report, details, graded.taken_over)

    def whole_reports(self, results: Iterable[ReducedResult]) -> Iterator[GradeReport]:
        """The same reports with everything in them, one after the other.

        Raises:
            GraderError: the files of a submission are gone.
        """
        for item in results:
            report = item.report
            path = self._out / report.submission.id / OBSERVATIONS
            if report.status != "error" and path.exists():  # a person may judge what the grader could not
                report = self._record.applied(judge(read_observations(path), self._assignment))
            yield report

    def _once(self, value: Value) -> Value:
        """The first value that was equal to this one."""
        known: Value = self._known.setdefault(value, value)
        return known


def _reduced(criterion: CriterionReport) -> CriterionReport:
    checks = tuple(
        replace(item, expected="", found="") for item in criterion.checks if item.status is Status.FAILED
    )
    return replace(criterion, seconds=0.0, checks=checks, evidence=())

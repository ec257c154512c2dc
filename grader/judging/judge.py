"""Makes the report of a submission from its observations and the assignment: `judge`.

A pure function. Grading and regrading both end here. This module adds up points; what a criterion means is in
`kinds`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from grader.assignment.model import Assignment, CriterionSettings, Group
from grader.judging.checklist import ticked
from grader.judging.commands import as_typed
from grader.judging.flags import flags
from grader.judging.kinds import KINDS
from grader.judging.lacks import lacking
from grader.judging.parts import placed
from grader.judging.places import completed
from grader.judging.rubric import (
    Judged,
    Unjudged,
    exact,
    judge_all,
    report_of,
    rounded,
)
from grader.observations.model import Layout, Observations
from grader.report.model import AssignmentInfo, Flag, GradeReport, RunInfo, Status, SubmissionInfo

UNKNOWN = "unknown"


def judge(observations: Observations, assignment: Assignment) -> GradeReport:
    """The report of a submission."""
    lack = lacking(observations)
    judged = judge_all(KINDS, observations, assignment) if lack is None else _all_unjudged(assignment, lack)
    judged = tuple(replace(item, judgement=completed(item.judgement, observations)) for item in judged)
    # A criterion with points that could not be judged leaves the report without a score.
    reasons = [
        f"{item.settings.id}: {item.judgement.reason}"
        for item in judged
        if isinstance(item.judgement, Unjudged) and item.settings.points > 0
    ]
    facts = observations.submission
    report = _report(
        assignment,
        SubmissionInfo(facts.id, facts.source, facts.sha256),
        judged,
        raised=flags(observations),
        run=RunInfo(seconds=round(observations.seconds, 3), **vars(observations.environment)),
        error=lack or " ".join(reasons) or None,
        layout=facts.layout,
    )
    report = replace(report, checklist=ticked(assignment, observations, report.criteria))
    return placed(report, assignment)


def error_report(
    assignment: Assignment, submission: SubmissionInfo, message: str, *, run: RunInfo | None = None
) -> GradeReport:
    """The report of a submission that the harness could not try. It has no score, so no points are lost.

    Args:
        assignment: the rubric that would have judged.
        submission: as much as is known of it.
        message: what went wrong, for the instructor.
        run: what it was tried with, as far as that is known.
    """
    judged = _all_unjudged(assignment, message)
    run = run or RunInfo(UNKNOWN, UNKNOWN, UNKNOWN, 0.0, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
    return _report(assignment, submission, judged, raised=(), run=run, error=message)


def _all_unjudged(assignment: Assignment, reason: str) -> tuple[Judged, ...]:
    return tuple(Judged(item, KINDS[item.kind], Unjudged(reason)) for item in assignment.criteria)


def _report(
    assignment: Assignment,
    submission: SubmissionInfo,
    judged: Sequence[Judged],
    *,
    raised: tuple[Flag, ...],
    run: RunInfo,
    error: str | None,
    layout: Layout | None = None,
) -> GradeReport:
    earned = [(item.settings, item.points) for item in judged]
    most = [(settings, exact(settings.points)) for settings in assignment.criteria]
    reports = map(report_of, judged)
    criteria = tuple(
        replace(item, hint=as_typed(item.hint, layout)) if item.hint else item for item in reports
    )
    # What to do first: the hint of the first required criterion that failed.
    failed = (item for item in criteria if item.group is Group.REQUIRED and item.status is Status.FAILED)
    first = next(failed, None) if error is None else None
    return GradeReport(
        assignment=AssignmentInfo(assignment.id, assignment.title, assignment.sha256),
        submission=submission,
        status="graded" if error is None else "error",
        score=_total(earned, bonus=False) if error is None else None,
        max_score=_total(most, bonus=False),
        bonus=_total(earned, bonus=True) if error is None else None,
        max_bonus=_total(most, bonus=True),
        criteria=criteria,
        flags=raised,
        run=run,
        error=error,
        next_step=first.hint if first else None,
        visibility=assignment.visibility,
    )


def _total(points: Iterable[tuple[CriterionSettings, Fraction]], *, bonus: bool) -> float:
    """The bonus points, or all others: practice criteria with points count like required ones."""
    counted = (number for settings, number in points if (settings.group is Group.BONUS) == bonus)
    return rounded(sum(counted, start=Fraction(0)))

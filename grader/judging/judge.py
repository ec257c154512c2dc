"""Makes the report of a submission from its observations and the assignment: `judge`.

A pure function. Grading and regrading both end here. This module adds up points; what a criterion means is in
`criteria`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from grader.assignment.model import Assignment, CriterionSettings, Group
from grader.errors import ConfigurationError
from grader.judging.commands import as_typed
from grader.judging.criteria import CRITERIA
from grader.judging.flags import flags
from grader.judging.lacks import lacking
from grader.judging.places import completed
from grader.judging.rubric import (
    Criterion,
    Judgement,
    Unjudged,
    exact,
    judge_all,
    points_of,
    report_of,
    rounded,
)
from grader.observations.model import Layout, Observations
from grader.report.model import AssignmentInfo, Flag, GradeReport, RunInfo, Status, SubmissionInfo

UNKNOWN = "unknown"


def judge(observations: Observations, assignment: Assignment) -> GradeReport:
    """The report of a submission.

    Raises:
        ConfigurationError: the assignment names a criterion that there is not.
    """
    declared = _declared(assignment)
    lack = lacking(observations)
    judgements = (
        judge_all(CRITERIA, observations, assignment)
        if lack is None
        else dict.fromkeys((item.id for item in CRITERIA), Unjudged(lack))
    )
    judged = [(item, settings, completed(judgements[item.id], observations)) for item, settings in declared]
    # A criterion with points that could not be judged leaves the report without a score.
    reasons = [
        f"{item.id}: {judgement.reason}"
        for item, settings, judgement in judged
        if isinstance(judgement, Unjudged) and settings.points > 0
    ]
    facts = observations.submission
    return _report(
        assignment,
        SubmissionInfo(facts.id, facts.source, facts.sha256),
        judged,
        raised=flags(observations),
        run=RunInfo(seconds=round(observations.seconds, 3), **vars(observations.environment)),
        error=lack or " ".join(reasons) or None,
        layout=facts.layout,
    )


def error_report(
    assignment: Assignment, submission: SubmissionInfo, message: str, *, run: RunInfo | None = None
) -> GradeReport:
    """The report of a submission that the harness could not try. It has no score, so no points are lost.

    Args:
        assignment: the rubric that would have judged.
        submission: as much as is known of it.
        message: what went wrong, for the instructor.
        run: what it was tried with, as far as that is known.

    Raises:
        ConfigurationError: the assignment names a criterion that there is not.
    """
    judged = [(item, settings, Unjudged(message)) for item, settings in _declared(assignment)]
    run = run or RunInfo(UNKNOWN, UNKNOWN, UNKNOWN, 0.0, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
    return _report(assignment, submission, judged, raised=(), run=run, error=message)


def _declared(assignment: Assignment) -> list[tuple[Criterion, CriterionSettings]]:
    known = {item.id: item for item in CRITERIA}
    for settings in assignment.criteria:
        if settings.id not in known:
            raise ConfigurationError(
                f"the assignment {assignment.id!r} has a criterion {settings.id!r}, which this grader "
                "does not know",
                next_step=f"Use some of: {', '.join(known)}.",
            )
    return [(known[settings.id], settings) for settings in assignment.criteria]


def _report(
    assignment: Assignment,
    submission: SubmissionInfo,
    judged: Sequence[tuple[Criterion, CriterionSettings, Judgement]],
    *,
    raised: tuple[Flag, ...],
    run: RunInfo,
    error: str | None,
    layout: Layout | None = None,
) -> GradeReport:
    earned = [
        (settings, points_of(judgement, settings.points, all_or_nothing=item.all_or_nothing))
        for item, settings, judgement in judged
    ]
    most = [(settings, exact(settings.points)) for settings in assignment.criteria]
    reports = (report_of(item, settings, judgement) for item, settings, judgement in judged)
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

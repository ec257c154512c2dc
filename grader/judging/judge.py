"""Makes the report of a submission from its observations and the assignment: `judge`.

A pure function. Grading and regrading both end here. This module adds up points; what a criterion means is in
`criteria`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from grader.assignment.model import Assignment, CriterionSettings, Group
from grader.errors import ConfigurationError
from grader.judging.criteria import CRITERIA
from grader.judging.flags import flags
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
from grader.observations.model import Observations
from grader.report.model import AssignmentInfo, CriterionReport, GradeReport, RunInfo, Status, SubmissionInfo

UNKNOWN = "unknown"


def judge(observations: Observations, assignment: Assignment) -> GradeReport:
    """The report of a submission.

    Raises:
        ConfigurationError: the assignment names a criterion that there is not.
    """
    declared = _declared(assignment)
    judgements = judge_all(CRITERIA, observations, assignment)
    facts = observations.submission
    return _report(
        assignment,
        SubmissionInfo(facts.id, facts.source, facts.sha256),
        [(item, settings, judgements[item.id]) for item, settings in declared],
        observations,
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
    criteria = tuple(report_of(item, settings, Unjudged(message)) for item, settings in _declared(assignment))
    return GradeReport(
        assignment=_assignment_info(assignment),
        submission=submission,
        status="error",
        score=None,
        max_score=_maximum(assignment, bonus=False),
        bonus=None,
        max_bonus=_maximum(assignment, bonus=True),
        criteria=criteria,
        flags=(),
        run=run or RunInfo(UNKNOWN, UNKNOWN, UNKNOWN, 0.0, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
        error=message,
        visibility=assignment.visibility,
    )


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


Judged = Sequence[tuple[Criterion, CriterionSettings, Judgement]]


def _report(
    assignment: Assignment, submission: SubmissionInfo, judged: Judged, observations: Observations
) -> GradeReport:
    criteria = tuple(report_of(item, settings, judgement) for item, settings, judgement in judged)
    error = _error(judged)
    return GradeReport(
        assignment=_assignment_info(assignment),
        submission=submission,
        status="error" if error else "graded",
        score=None if error else _earned(judged, bonus=False),
        max_score=_maximum(assignment, bonus=False),
        bonus=None if error else _earned(judged, bonus=True),
        max_bonus=_maximum(assignment, bonus=True),
        criteria=criteria,
        flags=flags(observations),
        run=RunInfo(seconds=round(observations.seconds, 3), **vars(observations.environment)),
        error=error,
        next_step=None if error else _next_step(criteria),
        visibility=assignment.visibility,
    )


def _error(judged: Judged) -> str | None:
    """Why the report has no score: which criteria with points could not be judged."""
    reasons = [
        f"{item.id}: {judgement.reason}"
        for item, settings, judgement in judged
        if isinstance(judgement, Unjudged) and settings.points > 0
    ]
    return " ".join(reasons) or None


def _earned(judged: Judged, *, bonus: bool) -> float:
    return rounded(
        sum(
            (
                points_of(judgement, settings.points, all_or_nothing=item.all_or_nothing)
                for item, settings, judgement in judged
                if (settings.group is Group.BONUS) == bonus
            ),
            start=Fraction(0),
        )
    )


def _maximum(assignment: Assignment, *, bonus: bool) -> float:
    """Practice criteria with points count like required ones."""
    points = (exact(item.points) for item in assignment.criteria if (item.group is Group.BONUS) == bonus)
    return rounded(sum(points, start=Fraction(0)))


def _next_step(criteria: tuple[CriterionReport, ...]) -> str | None:
    """What to do first: the hint of the first required criterion that failed."""
    for item in criteria:
        if item.group is Group.REQUIRED and item.status is Status.FAILED:
            return item.hint
    return None


def _assignment_info(assignment: Assignment) -> AssignmentInfo:
    return AssignmentInfo(assignment.id, assignment.title, assignment.sha256)

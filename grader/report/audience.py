"""The part of a report that the student may see, as the assignment file says.

What is hidden is removed from the report itself, so that a renderer for students needs no rules of its own.
Must not know which format is written.
"""

from __future__ import annotations

from dataclasses import replace

from grader.assignment.model import Audience, Group
from grader.report.details import ReportDetails
from grader.report.model import ChecklistEntry, CriterionReport, GradeReport, Status, Tick


def for_student(report: GradeReport) -> GradeReport:
    """Remove what only the instructor may see; if nothing is hidden, the report stays as it is.

    Where points are hidden, the score is None and no criterion has points or a person's word on them. A
    criterion that is blocked by a hidden one does not name it, and an item of the checklist that follows from
    a hidden one is neither done nor open.
    """
    shown = tuple(item for item in report.criteria if item.visibility is Audience.STUDENT)
    hidden = {item.id for item in report.criteria} - {item.id for item in shown}
    report = replace(
        report,
        criteria=tuple(_unblocked(item) if item.blocked_by in hidden else item for item in shown),
        next_step=_next_step(report, shown),
        checklist=tuple(_without_hidden(item, hidden) for item in report.checklist),
    )
    if report.visibility.hints is Audience.INSTRUCTOR:
        report = _without_hints(report)
    return _without_points(report) if report.visibility.points is Audience.INSTRUCTOR else report


def hides(report: GradeReport) -> bool:
    """Whether the assignment hides something of this report from its student."""
    return for_student(report) != report


def details_for_student(report: GradeReport, details: ReportDetails) -> ReportDetails:
    """Remove from the details of a report what only the instructor may see.

    The pictures of revisions and schema show what any criterion looks at. So a hidden criterion hides them.
    """
    if any(item.visibility is Audience.INSTRUCTOR for item in report.criteria):
        return ReportDetails(errors=details.errors, causes=details.causes)
    return replace(details, omitted=())


def _unblocked(criterion: CriterionReport) -> CriterionReport:
    return replace(criterion, blocked_by=None, hint=None)


def _without_hidden(entry: ChecklistEntry, hidden: set[str]) -> ChecklistEntry:
    return entry if hidden.isdisjoint(entry.criteria) else replace(entry, tick=Tick.LOOK, criteria=())


def _next_step(report: GradeReport, shown: tuple[CriterionReport, ...]) -> str | None:
    """The next step; if it is the hint of a hidden criterion, the first hint that the student may see."""
    hidden = {item.hint for item in report.criteria if item not in shown}
    if report.next_step not in hidden:
        return report.next_step
    failed = (
        item
        for item in shown
        if item.group is Group.REQUIRED and item.status is Status.FAILED and not item.settled
    )
    return next((item.hint for item in failed), None)


def _without_hints(report: GradeReport) -> GradeReport:
    criteria = tuple(replace(item, hint=None) for item in report.criteria)
    return replace(report, criteria=criteria, next_step=None)


def _without_points(report: GradeReport) -> GradeReport:
    criteria = tuple(replace(item, points=0.0, max_points=0.0, override=None) for item in report.criteria)
    return replace(
        report,
        criteria=criteria,
        score=None,
        bonus=None,
        max_score=0.0,
        max_bonus=0.0,
        override=None,
        late=None,
        computed=None,
    )

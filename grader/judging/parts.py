"""Which part of the exercise a student is at, what is not due yet, and the one thing to do next.

Goes by the judged criteria and the ticked checklist. Must not know how either came about; changes no point
and no status.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from grader.assignment.model import Assignment, Audience, CriterionSettings, Group
from grader.report.model import (
    ChecklistEntry,
    CriterionReport,
    GradeReport,
    PartReport,
    Standing,
    Status,
    Tick,
)


def placed(report: GradeReport, assignment: Assignment) -> GradeReport:
    """The same report with its parts, the criteria that are not due yet, and the next step of the part.

    Without parts in the assignment, and where there is no verdict, the report stays as it is.
    """
    if not assignment.parts or report.status != "graded":
        return report
    course = _Course(assignment, report.criteria, report.checklist)
    current = course.current()
    criteria = tuple(
        replace(item, part=settings.part)
        for item, settings in zip(report.criteria, assignment.criteria, strict=True)
    )
    first = _first_due(criteria, course, current)
    return replace(
        report,
        criteria=tuple(
            replace(item, not_yet=item is not first and course.is_later(item, current)) for item in criteria
        ),
        parts=tuple(
            PartReport(part.id, part.title, course.standing(place, current))
            for place, part in enumerate(assignment.parts)
        ),
        next_step=first.hint if first is not None else _next_item(report, course, current),
    )


def _first_due(
    criteria: Sequence[CriterionReport], course: _Course, current: int | None
) -> CriterionReport | None:
    """The failed criterion that gives the next step; None if an item of the checklist does, or nothing."""
    failed = [item for item in criteria if item.group is Group.REQUIRED and item.status is Status.FAILED]
    due = [item for item in failed if not course.is_later(item, current)]
    if due or (current is not None and course.is_reached(current) and course.open_items(current)):
        return next(iter(due), None)
    return next(iter(failed), None)


def _next_item(report: GradeReport, course: _Course, current: int | None) -> str | None:
    """The open item to do next, where required criteria are left and none of them is due."""
    if report.next_step is None or current is None:
        return None
    return next((f"{item.text.rstrip('.')}." for item in course.open_items(current)), None)


@dataclass(frozen=True)
class _Course:
    """How far a student has come."""

    assignment: Assignment
    criteria: Sequence[CriterionReport]
    checklist: Sequence[ChecklistEntry]

    def current(self) -> int | None:
        """The position of the part that the student is at; None if all that is required is done.

        A part is reached when its first required criterion has passed. Items of earlier parts that are open
        then, such as one that a person forgot, are left for the end.
        """
        count = len(self.assignment.parts)
        passed = [place for place in range(count) if self.is_reached(place)]
        reached = max(passed, default=0)
        if any(not self._all_passed(place) for place in range(reached)):
            return reached
        order = (*range(reached, count), *range(reached))
        return next((place for place in order if self._is_open(place)), None)

    def standing(self, place: int, current: int | None) -> Standing:
        """How a part stands, by its position and that of the current one."""
        if place == current:
            return Standing.CURRENT
        if self._is_optional(place):
            return Standing.OPTIONAL
        return Standing.LATER if current is not None and place > current else Standing.DONE

    def is_later(self, criterion: CriterionReport, current: int | None) -> bool:
        """Whether a criterion failed, and all that failed of it is due after a later part."""
        settings = self.assignment.criterion(criterion.id)
        if criterion.status is not Status.FAILED or settings is None or current is None:
            return False
        failed = (check for check in criterion.checks if check.status is Status.FAILED)
        return all(
            self._place(settings.check_parts.get(check.id, settings.part)) > current for check in failed
        )

    def is_reached(self, place: int) -> bool:
        """Whether the first required criterion of a part has passed; never for a part without any."""
        first = next(self._required(place), None)
        return first is not None and first.status is Status.PASSED

    def open_items(self, place: int) -> list[ChecklistEntry]:
        """The items of a part that are left to do, without the optional ones."""
        return [item for item in self._items(place) if item.tick is Tick.OPEN and not item.optional]

    def _place(self, part: str | None) -> int:
        """The position of a part; one before all others for what belongs to none."""
        return next((place for place, item in enumerate(self.assignment.parts) if item.id == part), -1)

    def _is_open(self, place: int) -> bool:
        return not self._all_passed(place) or bool(self.open_items(place))

    def _is_optional(self, place: int) -> bool:
        """Whether nothing of a part is required, and something of it is left."""
        items = self._items(place)
        required = any(not item.optional for item in items) or any(self._required(place))
        return not required and any(item.tick is Tick.OPEN for item in items)

    def _all_passed(self, place: int) -> bool:
        return all(item.status is Status.PASSED for item in self._required(place))

    def _required(self, place: int) -> Iterator[CriterionReport]:
        for item, settings in zip(self.criteria, self.assignment.criteria, strict=True):
            if self._place(settings.part) == place and _is_required(settings):
                yield item

    def _items(self, place: int) -> list[ChecklistEntry]:
        return [item for item in self.checklist if self._place(item.part) == place]


def _is_required(settings: CriterionSettings) -> bool:
    """Whether a criterion counts for how far a student has come: what a student cannot see does not."""
    weighs = settings.group is Group.REQUIRED or (settings.group is Group.PRACTICE and settings.points > 0)
    return weighs and settings.visibility is Audience.STUDENT

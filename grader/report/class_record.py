"""What is known of a class besides the submissions: whose they are, when they came, what people say of them.

`ClassRecord.applied` changes a report by it, and keeps what the grader itself found; `as_found` gives that
back. Must not know the files that the record comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction

from grader.assignment.late import LateRule
from grader.assignment.model import Group
from grader.report.model import Computed, CriterionReport, GradeReport, Lateness, Override, Person, Status
from grader.report.overrides import Word


@dataclass(frozen=True)
class ClassRecord:
    """What is known of a class."""

    people: Mapping[str, Person] = field(default_factory=dict)
    """Submission id to the person who handed it in."""
    words: Mapping[str, tuple[Word, ...]] = field(default_factory=dict)
    """Submission id to what people say of its points."""
    late: LateRule | None = None
    """The assignment's rule for late work."""
    submitted: Mapping[str, datetime] = field(default_factory=dict)
    """Submission id to the time at which it was handed in, with a zone."""
    due: Mapping[str, datetime] = field(default_factory=dict)
    """Submission id to the time at which it was due, where that is another one than the rule's."""

    def applied(self, report: GradeReport) -> GradeReport:
        """The report with the name, the words of people, and the cost of being late.

        The word on a criterion counts instead of its points, the word on the whole instead of the score. The
        whole is final: being late takes nothing from it.
        """
        found = as_found(report)
        name = found.submission.id
        words = {word.criterion: word for word in self.words.get(name, ())}
        changed = replace(
            found,
            person=self.people.get(name),
            criteria=tuple(_criterion(item, words.get(item.id)) for item in found.criteria),
        )
        changed = _whole(_added_up(changed, found), words.get(None), found.score)
        changed = _late(changed, self._lateness(changed), self.late)
        if _result(changed) == _result(found) and changed.criteria == found.criteria:
            return changed
        changed = replace(changed, computed=Computed(*_result(found), found.next_step))
        return replace(changed, next_step=_next_step(changed))

    def undated(self, submissions: Iterable[str]) -> tuple[str, ...]:
        """The submissions whose time nobody knows, though the assignment has a rule for late work."""
        return () if self.late is None else tuple(name for name in submissions if name not in self.submitted)

    def _lateness(self, report: GradeReport) -> Lateness | None:
        name = report.submission.id
        submitted = self.submitted.get(name)
        if self.late is None or submitted is None:
            return None
        due = self.due.get(name)
        return Lateness(
            submitted=submitted.isoformat(),
            due=(due or self.late.due).isoformat(),
            days=self.late.days_late(submitted, due),
            points=0.0,
            counts_no_more=self.late.counts_no_more(submitted, due),
        )


NOTHING_KNOWN = ClassRecord()
"""No roster, no words, no rule: reports stay as they are."""


def as_found(report: GradeReport) -> GradeReport:
    """The report as the grader itself made it, without names, words of people and lateness."""
    criteria = tuple(
        # A report of an earlier release lacks the field: replaced, all have it.
        replace(item, override=None)
        if item.override is None
        else replace(item, points=item.override.found or 0.0, override=None)
        for item in report.criteria
    )
    plain = replace(report, criteria=criteria, person=None, override=None, late=None, computed=None)
    if (computed := report.computed) is None:
        return plain
    plain = replace(
        plain,
        status=computed.status,
        score=computed.score,
        bonus=computed.bonus,
        error=computed.error,
    )
    return replace(plain, next_step=computed.next_step)


def _result(report: GradeReport) -> tuple[str, float | None, float | None, str | None]:
    return report.status, report.score, report.bonus, report.error


def _criterion(item: CriterionReport, word: Word | None) -> CriterionReport:
    if word is None:
        return item
    found = None if item.status is Status.ERROR else item.points
    return replace(item, points=word.points, override=_override(word, found))


def _override(word: Word, found: float | None) -> Override:
    return Override(word.points, found, word.comment, word.by, word.date)


def _added_up(changed: GradeReport, found: GradeReport) -> GradeReport:
    """The report with score and bonus by the points of the criteria; as it was while one is not judged."""
    if not any(item.override for item in changed.criteria):
        return changed
    if found.score is None or found.bonus is None:
        unjudged = (item for item in changed.criteria if item.status is Status.ERROR and item.max_points)
        if any(item.override is None for item in unjudged):
            return changed
        return replace(
            changed,
            status="graded",
            error=None,
            score=_sum(item.points for item in changed.criteria if item.group is not Group.BONUS),
            bonus=_sum(item.points for item in changed.criteria if item.group is Group.BONUS),
        )
    return replace(
        changed,
        score=_sum([found.score, *_differences(changed, bonus=False)]),
        bonus=_sum([found.bonus, *_differences(changed, bonus=True)]),
    )


def _differences(report: GradeReport, *, bonus: bool) -> Iterable[float]:
    """What the words on criteria add; a sum of rounded points would not be the score."""
    for item in report.criteria:
        if item.override is not None and (item.group is Group.BONUS) == bonus:
            yield item.override.points
            yield -(item.override.found or 0.0)


def _sum(points: Iterable[float]) -> float:
    exact = sum((Fraction(str(item)) for item in points), start=Fraction(0))
    return max(0.0, round(float(exact), 2))


def _whole(report: GradeReport, word: Word | None, found: float | None) -> GradeReport:
    if word is None:
        return report
    override = _override(word, found)
    bonus = report.bonus or 0.0
    return replace(report, status="graded", error=None, score=word.points, bonus=bonus, override=override)


def _late(report: GradeReport, lateness: Lateness | None, rule: LateRule | None) -> GradeReport:
    if lateness is None or rule is None:
        return report
    if report.score is None or report.override is not None:
        return replace(report, late=lateness)
    if lateness.counts_no_more:
        return replace(report, late=replace(lateness, points=report.score), score=0.0, bonus=0.0)
    cost = min(report.score, rule.penalty(lateness.days, report.max_score))
    if not cost:
        return replace(report, late=lateness)
    return replace(report, late=replace(lateness, points=cost), score=_sum([report.score, -cost]))


def _next_step(report: GradeReport) -> str | None:
    """The hint of the first required criterion that failed and that nobody gave all points for.

    What is due comes before what belongs to a later part of the exercise.
    """
    if report.status != "graded":
        return None
    failed = [
        item
        for item in report.criteria
        if item.group is Group.REQUIRED and item.status is Status.FAILED and not item.settled
    ]
    first = min(failed, key=lambda item: item.not_yet, default=None)
    return first.hint if first else None

"""The figures of the class page: scores, pass rates, causes, failed checks, shared revision ids.

Counts over reports and their details. Must not know HTML.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from grader.report.details import ReportDetails, Shape
from grader.report.model import CheckReport, CriterionReport, GradeReport, Status

ClassEntry = tuple[GradeReport, ReportDetails]
"""A submission of the class."""

MAX_LISTED = 12
"""The number of causes, and of checks, that are listed."""
_STEP = 10
_DRAWN = re.compile(r"[0-9a-f]{12}")
"""An id that Alembic draws at random."""


@dataclass(frozen=True)
class PassRate:
    """How often a criterion passed in a class."""

    title: str
    passed: int
    failed: int
    skipped: int
    percent: int | None
    """Of the submissions in which it was judged or skipped; None if there are none."""


@dataclass(frozen=True)
class CommonCause:
    """A kind of cause, and the number of submissions in which it was found."""

    id: str
    summary: str
    count: int


@dataclass(frozen=True)
class CommonCheck:
    """A check, and the number of submissions in which it failed."""

    id: str
    """The ids of criterion and check: `user_columns/bio`."""
    title: str
    criterion: str
    count: int


MOST_ALIKE = 4
"""How many of one shape are worth a look in a class of up to 80. In a larger one, it is a twentieth."""


@dataclass(frozen=True)
class SharedRevision:
    """A revision id that several submissions have in common."""

    id: str
    is_random: bool
    """False for an id that Alembic would not draw: typed by hand, it can be equal by chance."""


@dataclass(frozen=True)
class SharedGroup:
    """Submissions that have the same revision ids in common."""

    submissions: tuple[str, ...]
    revisions: tuple[SharedRevision, ...]


@dataclass(frozen=True)
class AlikeGroup:
    """Submissions whose chains make the same schema at each step, and one that few others make."""

    submissions: tuple[str, ...]
    own: str
    """What they have in common that the reference does not have."""


def distribution(reports: Sequence[GradeReport]) -> dict[str, int]:
    """Range of scores in percent (`80-89`) to number of submissions; full score is a range of its own."""
    counts = Counter(int(percent // _STEP) for percent in map(percent_of, reports) if percent is not None)
    last = 100 // _STEP
    labels = [f"{step * _STEP}-{step * _STEP + _STEP - 1}" for step in range(last)]
    return {label: counts[step] for step, label in enumerate([*labels, "100"])}


def percent_of(report: GradeReport) -> float | None:
    """The score in percent of the maximum, at most 100; None when there is no score."""
    if report.score is None:
        return None
    return min(100.0, 100 * report.score / report.max_score) if report.max_score else 100.0


def rates(reports: Sequence[GradeReport]) -> tuple[PassRate, ...]:
    """The pass rate of each criterion, in the rubric's order, without submissions that need a new run."""
    found: dict[str, list[CriterionReport]] = {}
    for report in reports:
        for item in report.criteria:
            found.setdefault(item.id, []).extend([item] if report.status == "graded" else [])
    titles = {item.id: item.title for report in reports for item in report.criteria}
    return tuple(_rate(titles[name], items) for name, items in found.items())


def _rate(title: str, items: Sequence[CriterionReport]) -> PassRate:
    counts = Counter(item.status for item in items)
    passed, failed, skipped = counts[Status.PASSED], counts[Status.FAILED], counts[Status.SKIPPED]
    judged = passed + failed + skipped
    return PassRate(title, passed, failed, skipped, 100 * passed // judged if judged else None)


def common_causes(entries: Sequence[ClassEntry]) -> tuple[CommonCause, ...]:
    """The most common causes, most common first; equally common ones by their ids."""
    summaries = {cause.id: cause.summary for _, details in entries for cause in details.causes}
    counts = Counter(cause for report, details in entries for cause in causes_of(report, details))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(CommonCause(name, summaries[name], count) for name, count in ordered[:MAX_LISTED])


def causes_of(report: GradeReport, details: ReportDetails) -> tuple[str, ...]:
    """The ids of the causes found in a submission, without those that follow from others.

    None if no criterion failed.
    """
    has_failed = any(item.status is Status.FAILED for item in report.criteria)
    return tuple(cause.id for cause in details.causes if not cause.derived) if has_failed else ()


def common_checks(reports: Sequence[GradeReport]) -> tuple[CommonCheck, ...]:
    """The checks that failed most often, most often first."""
    named = {
        name: (check.title, criterion.title)
        for report in reports
        for name, criterion, check in _failed_checks(report)
    }
    counts = Counter(name for report in reports for name in checks_of(report))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(CommonCheck(name, *named[name], count) for name, count in ordered[:MAX_LISTED])


def checks_of(report: GradeReport) -> tuple[str, ...]:
    """The checks that failed in a submission, by ids that are the same for all submissions."""
    return tuple(dict.fromkeys(name for name, _, _ in _failed_checks(report)))


def _failed_checks(report: GradeReport) -> Iterator[tuple[str, CriterionReport, CheckReport]]:
    for criterion in report.criteria:
        for check in criterion.checks:
            # A check of one revision has the revision's id in its own: no other submission has that check.
            is_of_revision = check.revision is not None and check.revision in check.id
            if check.status is Status.FAILED and not is_of_revision:
                yield f"{criterion.id}/{check.id}", criterion, check


def shared_groups(entries: Sequence[ClassEntry], handed_out: Collection[str]) -> tuple[SharedGroup, ...]:
    """The groups of submissions that share revision ids; those that share the most come first.

    Revisions in `handed_out` do not count: all students were given them.
    """
    holders: dict[str, list[str]] = {}
    for report, details in entries:
        for revision in dict.fromkeys(details.revisions):
            if revision not in handed_out:
                holders.setdefault(revision, []).append(report.submission.id)
    groups: dict[tuple[str, ...], list[str]] = {}
    for revision, submissions in holders.items():
        if len(submissions) > 1:
            groups.setdefault(tuple(submissions), []).append(revision)
    found = [
        SharedGroup(
            submissions, tuple(SharedRevision(item, bool(_DRAWN.fullmatch(item))) for item in revisions)
        )
        for submissions, revisions in groups.items()
    ]
    return tuple(sorted(found, key=lambda group: (-len(group.revisions), group.submissions)))


def alike_groups(entries: Sequence[ClassEntry]) -> tuple[AlikeGroup, ...]:
    """Groups of submissions of the same shape under different revision ids, the largest first.

    A shape that many make is a common mistake, and says nothing. Those that share a revision id are listed by
    that already.
    """
    most = max(MOST_ALIKE, len(entries) // 20)
    groups: dict[Shape, list[ClassEntry]] = {}
    for entry in entries:
        if entry[1].shape is not None:
            groups.setdefault(entry[1].shape, []).append(entry)
    found = [
        AlikeGroup(tuple(report.submission.id for report, _ in members), shape.own)
        for shape, members in groups.items()
        if 1 < len(members) <= most and not _share_a_revision(members)
    ]
    return tuple(sorted(found, key=lambda group: (-len(group.submissions), group.submissions)))


def _share_a_revision(members: Sequence[ClassEntry]) -> bool:
    counts = Counter(name for _, details in members for name in details.revisions)
    return any(count == len(members) for count in counts.values())

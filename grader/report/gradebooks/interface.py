"""What a gradebook declares, what it is given, and the notes that several gradebooks make.

Must not know which gradebooks there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.report.model import Computed, GradeReport, Person
from grader.report.render import phrases
from grader.report.roster import Roster
from grader.report.saved import SavedReport


@dataclass(frozen=True)
class Export:
    """Files to write, and what the user has to know about them."""

    files: dict[Path, bytes | None]
    """Path to content; None for a file that must not be there."""
    notes: tuple[str, ...] = ()
    """Who is not in the files, and why: a line each."""


@dataclass(frozen=True)
class ExportOptions:
    """What the command line says besides the reports and the gradebook."""

    roster: Roster | None = None
    worksheet: Path | None = None
    """Moodle's offline grading worksheet, to be filled in."""
    column: str | None = None
    """What Canvas calls the assignment: `Title (id)`."""
    output: Path | None = None
    checked: bool = True
    """Whether a roster that names other submissions than there are is refused."""
    bonus: bool = True
    """Whether the points are those with the bonus, in a file that has one number for a person."""

    def points(self, report: GradeReport) -> float | None:
        """The points of a submission in a file that has one number for a person; None if it has no score."""
        if report.score is None or report.bonus is None:
            return None
        return round(report.score + report.bonus, 2) if self.bonus else report.score

    @property
    def people(self) -> Mapping[str, Person]:
        """Submission id to the person who handed it in."""
        return {} if self.roster is None else self.roster.people


@dataclass(frozen=True)
class Gradebook:
    """A system that takes grades."""

    export: Callable[[Path, Sequence[SavedReport], ExportOptions], Export]
    """Makes the files from the folder of reports and the reports in it; writes nothing."""
    own_option: str | None = None
    """The option of `grader export` that no other gradebook takes: a field of `ExportOptions`."""
    one_maximum: bool = False
    """Its file has one column for the points, so all reports need the same maximum."""


def points_note(report: GradeReport, remark: str) -> str:
    """A submission with its points, and a remark on them."""
    return f"{report.submission.id}: {phrases.score_and_bonus(report)}; {remark}"


def said_once(reports: Sequence[GradeReport], remark: str) -> tuple[str, ...]:
    """A remark that goes for several submissions, in one line; none if it goes for none."""
    if not reports:
        return ()
    return (f"{remark} ({len(reports)}): {', '.join(report.submission.id for report in reports)}",)


def by_hand(reports: Sequence[GradeReport]) -> tuple[str, ...]:
    """The submissions whose points a person or lateness changed, each with what the grader found."""
    return tuple(
        points_note(report, f"{phrases.short_changes(report)}; the grader found {_found(report.computed)}")
        for report in reports
        if report.computed is not None
    )


def _found(computed: Computed) -> str:
    return "no score" if computed.score is None else phrases.number(computed.score)


def without_score(reports: Sequence[GradeReport]) -> tuple[str, ...]:
    """The submissions that have no score."""
    return tuple(
        f"{report.submission.id}: {phrases.score_line(report)}" for report in reports if report.score is None
    )


def not_in_roster(reports: Sequence[GradeReport], options: ExportOptions) -> tuple[str, ...]:
    """The submissions that the file names by their ids only; none when there is no roster."""
    if options.roster is None:
        return ()
    known = options.people
    return tuple(
        points_note(report, "in the file, but not in the roster")
        for report in reports
        if report.submission.id not in known
    )

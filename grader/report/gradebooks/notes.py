"""Lines about submissions that are not in an exported file, or not as one might think."""

from __future__ import annotations

from collections.abc import Sequence

from grader.report.gradebooks.interface import ExportOptions
from grader.report.model import GradeReport
from grader.report.render import phrases


def points_note(report: GradeReport, remark: str) -> str:
    """A submission with its points, and a remark on them."""
    return f"{report.submission.id}: {phrases.score_and_bonus(report)}; {remark}"


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

"""A gradebook CSV for Canvas: who, and the score in one assignment's column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.report.formats.csv import document
from grader.report.gradebooks.interface import (
    Export,
    ExportOptions,
    Gradebook,
    by_hand,
    not_in_roster,
    without_score,
)
from grader.report.model import GradeReport, Person
from grader.report.render import phrases
from grader.report.saved import SavedReport

_PEOPLE = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
_MAXIMA = "Points Possible"


def gradebook_csv(
    reports: Sequence[GradeReport],
    people: Mapping[str, Person],
    column: str,
    options: ExportOptions | None = None,
) -> bytes:
    """Render the scores, with the bonus by default. The row below the header has the maximum, for Canvas.

    A report without a score is left out: an empty cell could delete a grade that Canvas has already. For a
    submission that is not in the roster, its id takes the place of the name; Canvas asks whose row it is.

    Args:
        reports: at least one; all with the same maximum.
        people: submission id to the person who handed it in.
        column: the assignment's column; `Title (id)` for one that Canvas has already.
        options: say whether the bonus counts.
    """
    options = options or ExportOptions()
    rows = [[*_PEOPLE, column], [_MAXIMA, "", "", "", "", phrases.number(reports[0].max_score)]]
    for report in reports:
        if (points := options.points(report)) is not None:
            person = people.get(report.submission.id, Person())
            name = person.name or report.submission.id
            ids = (person.canvas_id, person.sis_user_id, person.sis_login_id, person.section)
            rows.append([name, *ids, phrases.number(points)])
    return document(rows)


def _export(folder: Path, saved: Sequence[SavedReport], options: ExportOptions) -> Export:
    reports = [item.report for item in saved]
    data = gradebook_csv(reports, options.people, options.column or reports[0].assignment.title, options)
    notes = (*without_score(reports), *not_in_roster(reports, options), *by_hand(reports))
    return Export({options.output or folder / "canvas.csv": data}, notes)


GRADEBOOK = Gradebook(_export, own_option="column", one_maximum=True)

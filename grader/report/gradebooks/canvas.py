"""A gradebook CSV for Canvas: who, and the score in one assignment's column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.report.formats.csv import document
from grader.report.gradebooks.interface import Export, ExportOptions, Gradebook
from grader.report.gradebooks.notes import not_in_roster, without_score
from grader.report.model import GradeReport, Person
from grader.report.render import phrases
from grader.report.saved import SavedReport

_PEOPLE = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
_MAXIMA = "Points Possible"


def gradebook_csv(reports: Sequence[GradeReport], people: Mapping[str, Person], column: str) -> bytes:
    """Render the scores, bonus included, with the maximum in the row that Canvas expects under the header.

    A report without a score is left out, as an empty cell might take a grade away that is there already. Who
    is not in the roster goes by the submission's id; Canvas asks whose row it is.

    Args:
        reports: at least one; all out of the same maximum.
        people: whose submission it is, by submission id.
        column: the assignment's column; `Title (id)` for one that Canvas has already.
    """
    rows = [[*_PEOPLE, column], [_MAXIMA, "", "", "", "", phrases.number(reports[0].max_score)]]
    for report in reports:
        if report.score is not None and report.bonus is not None:
            person = people.get(report.submission.id, Person())
            name = person.name or report.submission.id
            ids = (person.canvas_id, person.sis_user_id, person.sis_login_id, person.section)
            rows.append([name, *ids, phrases.number(round(report.score + report.bonus, 2))])
    return document(rows)


def _export(folder: Path, saved: Sequence[SavedReport], options: ExportOptions) -> Export:
    reports = [item.report for item in saved]
    data = gradebook_csv(reports, options.people, options.column or reports[0].assignment.title)
    notes = (*without_score(reports), *not_in_roster(reports, options))
    return Export({options.output or folder / "canvas.csv": data}, notes)


GRADEBOOK = Gradebook(_export, own_option="column", one_maximum=True)

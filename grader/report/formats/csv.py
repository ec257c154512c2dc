"""The format `csv`: `grades.csv` with one row a submission. Also writes the CSV files of the gradebooks.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula and runs it. Names come from
students, so such a cell gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from grader.report.formats.interface import BatchFile, Format
from grader.report.model import CriterionReport, GradeReport, Person, Status
from grader.report.render import phrases
from grader.report.render.plain_text import line

GRADES_CSV = "grades.csv"
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FIXED_COLUMNS = ("submission", "name", "email", "status", "score", "max_score", "bonus", "max_bonus")


def grades_csv(
    reports: Sequence[GradeReport], people: Mapping[str, Person], absent: Sequence[Person] = ()
) -> bytes:
    """Render a class: verdict and points of every criterion, flags; UTF-8, comma, CRLF.

    Args:
        reports: one row each, in this order. A report without a score has empty cells, never 0.
        people: submission id to the person who handed it in; a submission without one gets no name.
        absent: the people who handed nothing in: rows at the end with the status `missing`.
    """
    criteria = list(dict.fromkeys(item.id for report in reports for item in report.criteria))
    header = [*_FIXED_COLUMNS]
    for criterion in criteria:
        header += [criterion, f"{criterion}_points"]
    rows = [_row(report, people.get(report.submission.id, Person()), criteria) for report in reports]
    left_blank = [""] * (len(header) - 3)
    rows += [["", person.name, person.email, "missing", *left_blank] for person in absent]
    return document([[*header, "flags"], *rows])


def document(rows: Iterable[Sequence[str]]) -> bytes:
    """Write rows as a CSV file; their texts may come from students."""
    out = io.StringIO()
    csv.writer(out).writerows([cell(text) for text in row] for row in rows)
    return out.getvalue().encode()


def cell(text: str) -> str:
    """A text as one line that no spreadsheet takes for a formula."""
    text = line(text)
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def _row(report: GradeReport, person: Person, criteria: Iterable[str]) -> list[str]:
    by_id = {item.id: item for item in report.criteria}
    row = [
        report.submission.id,
        person.name,
        person.email,
        report.status,
        _number(report.score),
        phrases.number(report.max_score),
        _number(report.bonus),
        phrases.number(report.max_bonus),
    ]
    for criterion in criteria:
        row += _verdict(by_id.get(criterion))
    return [*row, " ".join(flag.id for flag in report.flags)]


def _verdict(criterion: CriterionReport | None) -> tuple[str, str]:
    if criterion is None:
        return "", ""
    return criterion.status.value, "" if criterion.status is Status.ERROR else phrases.number(
        criterion.points
    )


def _number(value: float | None) -> str:
    return "" if value is None else phrases.number(value)


FORMAT = Format(
    batch=BatchFile(
        GRADES_CSV,
        "spreadsheets",
        "[one row a submission](#gradescsv)",
        lambda batch: grades_csv(batch.reports, batch.people, batch.absent),
    )
)

"""The format `csv`: `grades.csv` with one row a submission. Also writes the CSV files of the gradebooks.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula and runs it. Names come from
students, so such a cell gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from grader.report.formats.interface import BatchFile, Format
from grader.report.model import CriterionReport, GradeReport, Person, Status
from grader.report.render import phrases
from grader.report.render.plain_text import line

GRADES_CSV = "grades.csv"
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FIXED_COLUMNS = ("submission", "name", "email", "status", "score", "max_score", "bonus", "max_bonus")
_LAST_COLUMNS = ("flags", "found_score", "found_bonus", "days_late", "by_hand")


def grades_csv(
    reports: Sequence[GradeReport], people: Mapping[str, Person], absent: Sequence[Person] = ()
) -> bytes:
    """Render a class: verdict and points of every criterion, flags, changes; UTF-8 with a mark, comma, CRLF.

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
    left_blank = [""] * (len(header) + len(_LAST_COLUMNS) - 4)
    rows += [["", person.name, person.email, "missing", *left_blank] for person in absent]
    return document([[*header, *_LAST_COLUMNS], *rows])


def document(rows: Iterable[Sequence[str]]) -> bytes:
    """Write rows as a CSV file; their texts may come from students.

    It begins with a byte order mark: without it, Excel takes UTF-8 for another encoding.
    """
    out = io.StringIO()
    csv.writer(out).writerows([cell(text) for text in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


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
    found = report.computed
    return [
        *row,
        " ".join(flag.id for flag in report.flags),
        _number(report.score if found is None else found.score),
        _number(report.bonus if found is None else found.bonus),
        str(report.late.days) if report.late is not None else "",
        " | ".join(_words(report)),
    ]


def _words(report: GradeReport) -> Iterator[str]:
    """What people said of the points, and that it came too late."""
    if report.override is not None:
        yield phrases.word(report.override)
    yield from (f"{item.id}: {phrases.word(item.override)}" for item in report.criteria if item.override)
    if report.late is not None and report.late.counts_no_more:
        yield phrases.lateness(report.late, final=report.override is not None)


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

"""Moodle: a CSV for the gradebook's import, and grades and feedback filled into a downloaded worksheet.

Moodle reads feedback as HTML, so all texts in it are escaped. It refuses a grade above the maximum: such a
grade is entered as the maximum, and the notes of the export say so.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.errors import ConfigurationError, UsageError
from grader.report.audience import for_student
from grader.report.formats.csv import cell, document
from grader.report.gradebooks.interface import (
    Export,
    ExportOptions,
    Gradebook,
    by_hand,
    points_note,
    said_once,
    without_score,
)
from grader.report.model import GradeReport, Person, Status
from grader.report.render import phrases
from grader.report.render.plain_text import headline, line
from grader.report.saved import SavedReport

_GRADE = "grade"
_MAXIMUM = "maximum grade"
_FEEDBACK = "feedback comments"
_LOCKED = "grade can be changed"
_IDENTIFIER = "identifier"
_EMAIL = "email address"
_NAME = "full name"
_BYTE_ORDER_MARK = "\ufeff"
_KEYS = {"email": "Email address", "username": "Username", "id_number": "ID number"}
"""What Moodle can find a person by: field of `Person` to the heading of the column."""
_FOLDER = re.compile(r"_(\d+)_assignsubmission_")
"""In the folder names of Moodle's download of all submissions: the participant's number."""
_DOWNLOAD_AGAIN = (
    "Download the offline grading worksheet again, as CSV and with Moodle in English, and pass that."
)


@dataclass(frozen=True)
class FilledWorksheet:
    """A worksheet with grades in it."""

    data: bytes
    graded: tuple[str, ...]
    """The ids of the submissions whose grades are in it."""
    locked: tuple[str, ...] = ()
    """The ids of those whose row says that the grade cannot be changed; that row is left as it was."""


@dataclass(frozen=True)
class _Worksheet:
    name: str
    header: list[str]
    rows: list[tuple[int, list[str]]]
    """Number of the line that the row ends on, and the row."""
    bom: bool
    line_end: str
    columns: dict[str, int] = field(default_factory=dict)
    """Heading in lower case to the index of the column."""

    def cell(self, row: Sequence[str], column: str) -> str:
        position = self.columns.get(column)
        return "" if position is None else row[position].strip()


def grade(report: GradeReport, options: ExportOptions | None = None) -> float | None:
    """Score and bonus (by the options, the score alone), at most the maximum; None if there is no score."""
    points = (options or ExportOptions()).points(report)
    return None if points is None else min(points, report.max_score)


def import_csv(
    reports: Sequence[GradeReport], people: Mapping[str, Person], options: ExportOptions | None = None
) -> bytes:
    """Render a file for the gradebook's CSV import: how to find the person, the grade, the feedback.

    Left out are submissions without a score, and people of whom the roster says nothing that Moodle can find
    them by: Moodle refuses a whole file for one row that it cannot place.
    """
    keys = [key for key in _KEYS if any(getattr(person, key) for person in people.values())]
    title = reports[0].assignment.title if reports else ""
    rows = [[*(_KEYS[key] for key in keys), title, "Feedback"]]
    for report in reports:
        person, points = people.get(report.submission.id), grade(report, options)
        if person is not None and points is not None and can_be_found(person):
            found_by = [str(getattr(person, key)) for key in keys]
            rows.append([*found_by, phrases.number(points), feedback(report)])
    return document(rows)


def can_be_found(person: Person) -> bool:
    """Whether the roster has anything by which Moodle's gradebook can find the person."""
    return any(getattr(person, key) for key in _KEYS)


def feedback(report: GradeReport) -> str:
    """What did not pass and what to do, as far as students may see it: HTML on one line."""
    shown = for_student(report)
    lines = [phrases.score_line(shown), phrases.bonus_line(shown) or "", *phrases.changes(shown)]
    for _, criteria in phrases.by_group(shown):
        for item in criteria:
            if item.override is not None:
                lines.append(f"{item.title}: {phrases.word(item.override)}")
            if item.status is Status.FAILED and not item.settled:
                points = f" ({phrases.points(item)})" if item.max_points else ""
                lines.append(f"{item.title}{points}: {item.hint or headline(item)}")
    lines.append(phrases.closing(shown) or "")
    return "<br>".join(html.escape(line(text), quote=False) for text in lines if text)


def fill_worksheet(
    name: str,
    data: bytes,
    reports: Sequence[GradeReport],
    people: Mapping[str, Person],
    options: ExportOptions | None = None,
) -> FilledWorksheet:
    """Fill grades and feedback into an offline grading worksheet; all other cells keep their text.

    A row is found by the number after `Participant`, else by the e-mail address, else by the full name.

    Args:
        name: the worksheet's path, for messages.
        data: the file as it was downloaded.
        reports: all with the same maximum.
        people: submission id to the person who handed it in.
        options: say whether the bonus counts.

    Raises:
        ConfigurationError: it is no worksheet, lacks a column, or has another maximum; the message names
            the line and the column.
    """
    sheet = _read(name, data)
    owners = _owners(sheet, reports, people)
    graded, locked, rows = [], [], []
    for number, row in sheet.rows:
        report = owners.get(number)
        points = None if report is None else grade(report, options)
        if report is not None and points is not None:
            if sheet.cell(row, _LOCKED).lower() == "no":
                locked.append(report.submission.id)
            else:
                _check_maximum(sheet, number, row, report)
                row = _filled(sheet, row, phrases.number(points), feedback(report))  # noqa: PLW2901
                graded.append(report.submission.id)
        rows.append(row)
    out = io.StringIO()
    csv.writer(out, lineterminator=sheet.line_end).writerows([sheet.header, *rows])
    text = (_BYTE_ORDER_MARK if sheet.bom else "") + out.getvalue()
    return FilledWorksheet(text.encode(), tuple(graded), tuple(locked))


def _read(name: str, data: bytes) -> _Worksheet:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise _not_a_worksheet(name, number, "this is not UTF-8 text") from None
    reader = csv.reader(io.StringIO(text.removeprefix(_BYTE_ORDER_MARK), newline=""), strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise _not_a_worksheet(name, reader.line_num, f"this is not valid CSV ({error})") from None
    header = rows[0][1] if rows else []
    sheet = _Worksheet(
        name=name,
        header=header,
        rows=rows[1:],
        bom=text.startswith(_BYTE_ORDER_MARK),
        line_end="\r\n" if "\r\n" in text else "\n",
        columns={heading.strip().lower(): position for position, heading in enumerate(header)},
    )
    _check_columns(sheet)
    return sheet


def _not_a_worksheet(name: str, number: int, problem: str) -> ConfigurationError:
    return ConfigurationError(f"{name}, line {number}: {problem}.", next_step=_DOWNLOAD_AGAIN)


def _check_columns(sheet: _Worksheet) -> None:
    there = ", ".join(heading.strip() for heading in sheet.header if heading.strip()) or "none"
    keys = (_IDENTIFIER, _EMAIL, _NAME)
    if _GRADE not in sheet.columns:
        raise _not_a_worksheet(sheet.name, 1, f"there is no column Grade. There are: {line(there)}")
    if not any(key in sheet.columns for key in keys):
        missing = "there is no column Identifier, Email address or Full name to find people by"
        raise _not_a_worksheet(sheet.name, 1, f"{missing}. There are: {line(there)}")
    for number, row in sheet.rows:
        if row and len(row) != len(sheet.header):
            problem = f"there are {len(row)} cells, but {len(sheet.header)} columns"
            raise _not_a_worksheet(sheet.name, number, problem)


def _owners(
    sheet: _Worksheet, reports: Sequence[GradeReport], people: Mapping[str, Person]
) -> dict[int, GradeReport]:
    """Line number to the report that belongs to it."""
    rows: dict[tuple[str, str], list[int]] = {}
    for number, row in sheet.rows:
        if row:
            identifier = sheet.cell(row, _IDENTIFIER).removeprefix("Participant").strip()
            for key, value in ((_IDENTIFIER, identifier), (_EMAIL, sheet.cell(row, _EMAIL).lower())):
                rows.setdefault((key, value), []).append(number)
            rows.setdefault((_NAME, sheet.cell(row, _NAME)), []).append(number)
    owners: dict[int, GradeReport] = {}
    for report in reports:
        person = people.get(report.submission.id, Person())
        keys = ((_IDENTIFIER, person.moodle_id), (_EMAIL, person.email.lower()), (_NAME, person.name))
        lines = next((rows[key] for key in keys if key[1] and key in rows), [])
        if len(lines) > 1 or (lines and lines[0] in owners):
            raise ConfigurationError(
                f"{sheet.name}, line {lines[-1]}: it cannot be told whose row this is: what the roster says "
                f"of {line(report.submission.id)} fits more than one row, or the row fits two submissions.",
                next_step="Give the roster a column moodle_id with the numbers from the column Identifier.",
            )
        if lines:
            owners[lines[0]] = report
    return owners


def _check_maximum(sheet: _Worksheet, number: int, row: Sequence[str], report: GradeReport) -> None:
    text = sheet.cell(row, _MAXIMUM)
    if not text:
        return
    try:
        maximum = float(text.replace(",", "."))
    except ValueError:
        maximum = -1.0
    if maximum != report.max_score:
        raise ConfigurationError(
            f"{sheet.name}, line {number}, column Maximum Grade: the maximum is {line(text)} in Moodle and "
            f"{phrases.number(report.max_score)} in the reports.",
            next_step="Set the assignment's maximum grade in Moodle to that of the reports, or the other way "
            "round, and download the worksheet again.",
        )


def _filled(sheet: _Worksheet, row: Sequence[str], points: str, text: str) -> list[str]:
    row = list(row)
    row[sheet.columns[_GRADE]] = points
    if _FEEDBACK in sheet.columns:
        row[sheet.columns[_FEEDBACK]] = cell(text)
    return row


def _export(folder: Path, saved: Sequence[SavedReport], options: ExportOptions) -> Export:
    reports = [item.report for item in saved]
    people = {report.submission.id: _person(report, options.people) for report in reports}
    if options.worksheet is None:
        export = _for_gradebook(folder, reports, people, options)
    else:
        export = _for_assignment(folder, reports, people, options, options.worksheet)
    capped = [report for report in reports if grade(report, options) != options.points(report)]
    most = f"More than Moodle takes, so entered as {phrases.number(reports[0].max_score)}" if reports else ""
    notes = (*without_score(reports), *export.notes, *said_once(capped, most), *by_hand(reports))
    return Export(export.files, notes)


def _person(report: GradeReport, people: Mapping[str, Person]) -> Person:
    known = people.get(report.submission.id)
    if known is not None:
        return known
    match = _FOLDER.search(report.submission.id)
    return Person(moodle_id=match[1]) if match else Person()


def _for_gradebook(
    folder: Path, reports: Sequence[GradeReport], people: Mapping[str, Person], options: ExportOptions
) -> Export:
    if not any(can_be_found(person) for person in people.values()):
        raise UsageError(
            "Moodle's gradebook needs to know whose grade is whose",
            next_step="Pass --roster with a column email, username or id_number, or --worksheet with the "
            "offline grading worksheet that Moodle lets you download.",
        )
    notes = tuple(
        points_note(report, "the roster has nothing by which Moodle can find them")
        for report in reports
        if report.score is not None and not can_be_found(people[report.submission.id])
    )
    return Export({options.output or folder / "moodle.csv": import_csv(reports, people, options)}, notes)


def _for_assignment(
    folder: Path,
    reports: Sequence[GradeReport],
    people: Mapping[str, Person],
    options: ExportOptions,
    worksheet: Path,
) -> Export:
    try:
        data = worksheet.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{worksheet}: cannot be read: {error.strerror or error}.", next_step="Check the path."
        ) from error
    filled = fill_worksheet(str(worksheet), data, reports, people, options)
    notes = tuple(
        points_note(
            report,
            "the worksheet says that the grade cannot be changed"
            if report.submission.id in filled.locked
            else "the worksheet has no row for this person",
        )
        for report in reports
        if report.score is not None and report.submission.id not in filled.graded
    )
    return Export({options.output or folder / "moodle_worksheet.csv": filled.data}, notes)


GRADEBOOK = Gradebook(_export, own_option="worksheet", one_maximum=True)

"""`export`: saved reports into the files that other systems take.

All is read and checked before anything is written. Whoever cannot be placed in a file is named in the result,
with the score that is not in it, so that nobody is lost without a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.errors import ConfigurationError, UsageError
from grader.report.formats.csv import grades_csv
from grader.report.formats.gradescope import results_json
from grader.report.gradebooks.canvas import gradebook_csv
from grader.report.gradebooks.moodle import can_be_found, fill_worksheet, grade, import_csv
from grader.report.model import GradeReport, Person
from grader.report.render import phrases
from grader.report.roster import Roster
from grader.report.saved import Saved

TARGETS = ("canvas", "moodle", "gradescope", "csv")
_MOODLE_FOLDER = re.compile(r"_(\d+)_assignsubmission_")
"""In the folder names of Moodle's download of all submissions: the participant's number."""


@dataclass(frozen=True)
class Export:
    """Files to write, and what is to be said about them."""

    files: dict[Path, bytes | None]
    """Path to content; None for a file that must not be there."""
    notes: tuple[str, ...] = field(default=())
    """Who is not in the files, and why: a line each."""


@dataclass(frozen=True)
class Options:
    """What the command line says besides the reports and the target."""

    roster: Roster | None = None
    worksheet: Path | None = None
    """Moodle's offline grading worksheet, to be filled in."""
    column: str | None = None
    """What Canvas calls the assignment: `Title (id)`."""
    output: Path | None = None


def export(folder: Path, saved: Sequence[Saved], target: str, options: Options) -> Export:
    """Make the files of a target from the reports of a folder; writes nothing.

    Raises:
        UsageError: an option is missing or does not go with the target.
        ConfigurationError: the roster or the worksheet does not fit the reports.
    """
    _check_options(saved, target, options)
    reports = [item.report for item in saved]
    if options.roster is not None:
        options.roster.check([report.submission.id for report in reports], str(folder))
    if target == "gradescope":
        return _gradescope(saved, options)
    if target == "csv":
        return _csv(folder, reports, options)
    _check_maxima(reports)
    return _canvas(folder, reports, options) if target == "canvas" else _moodle(folder, reports, options)


def _check_options(saved: Sequence[Saved], target: str, options: Options) -> None:
    if options.worksheet is not None and target != "moodle":
        raise UsageError("--worksheet goes with --to moodle only", next_step="Leave it out.")
    if options.column is not None and target != "canvas":
        raise UsageError("--column goes with --to canvas only", next_step="Leave it out.")
    if target == "gradescope" and options.output is not None and len(saved) > 1:
        raise UsageError(
            f"--output names one file, but there are {len(saved)} submissions",
            next_step="Leave --output out: each submission gets a results.json in its own folder.",
        )


def _check_maxima(reports: Sequence[GradeReport]) -> None:
    """A column of a gradebook has one maximum."""
    first: dict[float, GradeReport] = {}
    for report in reports:
        if report.score is not None:
            first.setdefault(report.max_score, report)
    if len(first) > 1:
        shown = ", ".join(
            f"{report.submission.id} of {phrases.number(points)}" for points, report in first.items()
        )
        raise ConfigurationError(
            f"the reports are not out of the same maximum: {shown} points.",
            next_step="Run `grader regrade` first, so that one rubric stands behind all of them.",
        )


def _people(options: Options) -> Mapping[str, Person]:
    return {} if options.roster is None else options.roster.people


def _csv(folder: Path, reports: Sequence[GradeReport], options: Options) -> Export:
    absent = () if options.roster is None else options.roster.absent
    data = grades_csv(reports, _people(options), absent)
    return Export({options.output or folder / "grades.csv": data}, _unknown(reports, options))


def _gradescope(saved: Sequence[Saved], options: Options) -> Export:
    files = {options.output or item.folder / "results.json": results_json(item.report) for item in saved}
    return Export(files, _without_score([item.report for item in saved]))


def _canvas(folder: Path, reports: Sequence[GradeReport], options: Options) -> Export:
    column = options.column or reports[0].assignment.title
    data = gradebook_csv(reports, _people(options), column)
    notes = (*_without_score(reports), *_unknown(reports, options))
    return Export({options.output or folder / "canvas.csv": data}, notes)


def _moodle(folder: Path, reports: Sequence[GradeReport], options: Options) -> Export:
    people = {report.submission.id: _moodle_person(report, _people(options)) for report in reports}
    capped = tuple(
        f"{report.submission.id}: {_points(report)}; entered as {phrases.number(report.max_score)}, the most "
        "that Moodle takes"
        for report in reports
        if report.score is not None and grade(report) != round(report.score + (report.bonus or 0), 2)
    )
    if options.worksheet is not None:
        data = _read(options.worksheet)
        filled = fill_worksheet(str(options.worksheet), data, reports, people)
        placed, locked = set(filled.graded), set(filled.locked)
        notes = tuple(
            f"{report.submission.id}: {_points(report)}; "
            + (
                "the worksheet says that the grade cannot be changed"
                if report.submission.id in locked
                else "no row of the worksheet is this person's"
            )
            for report in reports
            if report.score is not None and report.submission.id not in placed
        )
        output = options.output or folder / "moodle_worksheet.csv"
        return Export({output: filled.data}, (*_without_score(reports), *notes, *capped))
    if not any(can_be_found(person) for person in people.values()):
        raise UsageError(
            "Moodle's gradebook has to be told whose grade is whose",
            next_step="Pass --roster with a column email, username or id_number, or --worksheet with the "
            "offline grading worksheet that Moodle lets you download.",
        )
    notes = tuple(
        f"{report.submission.id}: {_points(report)}; the roster says nothing that Moodle could find them by"
        for report in reports
        if report.score is not None and not can_be_found(people[report.submission.id])
    )
    data = import_csv(reports, people)
    return Export(
        {options.output or folder / "moodle.csv": data}, (*_without_score(reports), *notes, *capped)
    )


def _moodle_person(report: GradeReport, people: Mapping[str, Person]) -> Person:
    known = people.get(report.submission.id)
    if known is not None:
        return known
    match = _MOODLE_FOLDER.search(report.submission.id)
    return Person(moodle_id=match[1]) if match else Person()


def _read(worksheet: Path) -> bytes:
    try:
        return worksheet.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{worksheet}: cannot be read: {error.strerror or error}.", next_step="Check the path."
        ) from error


def _points(report: GradeReport) -> str:
    bonus = phrases.bonus_line(report)
    return phrases.score_line(report) + (f", {bonus}" if bonus else "")


def _without_score(reports: Sequence[GradeReport]) -> tuple[str, ...]:
    return tuple(
        f"{report.submission.id}: {phrases.score_line(report)}" for report in reports if report.score is None
    )


def _unknown(reports: Sequence[GradeReport], options: Options) -> tuple[str, ...]:
    """Who is in the file by the submission's id alone."""
    if options.roster is None:
        return ()
    known = options.roster.people
    return tuple(
        f"{report.submission.id}: {_points(report)}; in the file, but not in the roster"
        for report in reports
        if report.submission.id not in known
    )

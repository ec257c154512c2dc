"""`grader export`: saved reports into the files of a gradebook.

All is read and checked before anything is written. The result names every submission whose score is not in a
file, so that nobody is left out without a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from grader.errors import ConfigurationError, UsageError
from grader.report.gradebooks import GRADEBOOKS, load
from grader.report.gradebooks.interface import Export, ExportOptions, points_note
from grader.report.members import members_in
from grader.report.model import GradeReport
from grader.report.render import phrases
from grader.report.saved import SavedReport
from grader.text.untrusted import single_line


def export(folder: Path, saved: Sequence[SavedReport], name: str, options: ExportOptions) -> Export:
    """Make the files of a gradebook, one of `GRADEBOOKS`, from the reports of a folder; writes nothing.

    Raises:
        UsageError: an option is missing or does not go with the gradebook.
        ConfigurationError: the roster or the worksheet does not fit the reports.
    """
    _check_own_options(name, options)
    gradebook = load(name)
    gone = members_in(folder).gone
    left = [item.report.submission.id for item in saved if item.report.submission.id in gone]
    saved = [item for item in saved if item.report.submission.id not in gone]
    reports = [item.report for item in saved]
    if options.roster is not None:
        ids = [report.submission.id for report in reports]
        roster = options.roster.matched(ids)
        if options.checked:
            roster.check(ids, str(folder))
        options = replace(options, roster=roster)
    if gradebook.one_maximum:
        _check_maxima(reports)
    exported = gradebook.export(folder, saved, options)
    notes = [
        f"{item}: not in the class any more, so left out; its report is still in {folder}" for item in left
    ]
    notes += [
        f"{points_note(item.report, 'its grade.json was changed by hand')}: taken as it stands. Points by "
        "hand belong into a file for `grader regrade --overrides`, so that every report shows them."
        for item in saved
        if item.edited
    ]
    absent = () if options.roster is None else options.roster.absent
    if absent:
        names = ", ".join(single_line(phrases.name_of(person)) or "(no name)" for person in absent)
        notes.append(f"Handed in nothing ({len(absent)}): {names}")
    return replace(exported, notes=(*exported.notes, *notes))


def _check_own_options(name: str, options: ExportOptions) -> None:
    for other in GRADEBOOKS:
        option = load(other).own_option
        if other != name and option is not None and getattr(options, option) is not None:
            raise UsageError(f"--{option} goes with --to {other} only", next_step="Leave it out.")


def _check_maxima(reports: Sequence[GradeReport]) -> None:
    """Refuse reports that do not all have the same maximum.

    Raises:
        ConfigurationError: they have not; the message names a report for each maximum.
    """
    first: dict[float, GradeReport] = {}
    for report in reports:
        if report.score is not None:
            first.setdefault(report.max_score, report)
    if len(first) > 1:
        shown = ", ".join(
            f"{report.submission.id} of {phrases.number(points)}" for points, report in first.items()
        )
        raise ConfigurationError(
            f"the reports do not have the same maximum: {shown} points.",
            next_step="Run `grader regrade` first, so that all are graded by one rubric.",
        )

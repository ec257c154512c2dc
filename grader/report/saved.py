"""Reads a folder of reports that `grader grade` wrote; refuses one that is not complete, and says why.

Must not know what the reports are read for.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader.errors import ConfigurationError, NothingToGradeError, UsageError
from grader.report.formats.json import GRADE_JSON, is_as_written, read_grade_json
from grader.report.model import GradeReport

OBSERVATIONS = "observations.json"
_NAMED_AT_MOST = 10


@dataclass(frozen=True)
class SavedReport:
    """The folder of one submission, with the report in it."""

    folder: Path
    report: GradeReport

    @property
    def edited(self) -> bool:
        """Whether `grade.json` was changed by hand after the grader wrote it."""
        return not is_as_written(self.folder / GRADE_JSON)

    @property
    def observations(self) -> Path:
        """The file with the observations; there is none if the grader failed."""
        return self.folder / OBSERVATIONS


def read_reports(folder: Path) -> list[SavedReport]:
    """Read every report in a folder, in the order of their names.

    Raises:
        UsageError: there is no such folder.
        NothingToGradeError: it holds no report.
        ConfigurationError: a report is missing, incomplete, of another layout or in the wrong folder.
    """
    return [read_report(child) for child in report_folders(folder)]


def report_folders(folder: Path) -> list[Path]:
    """The submissions' folders in a folder of reports, in the order of their names.

    Raises:
        UsageError: there is no such folder.
        NothingToGradeError: it holds no report.
        ConfigurationError: a submission's folder is incomplete.
    """
    try:
        children = [
            child for child in sorted(folder.iterdir()) if child.is_dir() and not child.name.startswith(".")
        ]
    except OSError as error:
        raise UsageError(
            f"{folder}: cannot be read: {error.strerror or error}.",
            next_step="Name the folder that `grader grade --out` wrote its reports to.",
        ) from error
    without_report = [child for child in children if not (child / GRADE_JSON).exists()]
    _refuse_incomplete([child for child in without_report if (child / OBSERVATIONS).exists()])
    complete = sorted(set(children) - set(without_report))
    if not complete:
        raise NothingToGradeError(
            f"{folder} holds no report",
            next_step="Name the folder that `grader grade --out` wrote its reports to.",
        )
    return complete


def _refuse_incomplete(folders: list[Path]) -> None:
    if not folders:
        return
    problems = [f"{folder}: there is no {GRADE_JSON}." for folder in folders[:_NAMED_AT_MOST]]
    if len(folders) > _NAMED_AT_MOST:
        problems.append(f"The same goes for {len(folders) - _NAMED_AT_MOST} more folders.")
    raise ConfigurationError(
        "\n".join(problems),
        next_step="Grading was interrupted there, or `json` was not among the formats: grade again.",
    )


def read_report(folder: Path) -> SavedReport:
    """Read the report in one submission's folder.

    Raises:
        ConfigurationError: it is incomplete, of another layout or in the wrong folder.
    """
    report = read_grade_json(folder / GRADE_JSON)
    if report.submission.id != folder.name:
        raise ConfigurationError(
            f"{folder / GRADE_JSON}: this is the report of the submission {report.submission.id!r}, not of "
            f"{folder.name!r}.",
            next_step="Give the folder its name back, or remove the copy.",
        )
    return SavedReport(folder, report)

"""The files of `--grader-out`: the same ones, in the same places, that `grader grade` writes.

Each submission's are written by the process that graded it; those of the class are made from them at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from grader.assignment.model import Assignment
from grader.judging.pictures import details_of
from grader.observations import model as observations
from grader.report.details import ReportDetails
from grader.report.files import Batch
from grader.report.formats import DEFAULT_FORMATS
from grader.report.model import GradeReport
from grader.report.render.json import read_grade_json
from grader.runs.pipeline import Graded
from grader.runs.written import write_batch_files, write_reports


def write_submission_files(graded: Graded, folder: Path) -> None:
    """Write one submission's files.

    Raises:
        GraderError: the folder cannot be written to.
    """
    write_reports(graded, folder, DEFAULT_FORMATS)


def write_class_files(submission_ids: Iterable[str], assignment: Assignment, out: Path) -> None:
    """Write what lies beside the submissions' folders, from the files in them.

    Raises:
        GraderError: a file cannot be read or written.
    """
    entries = [_entry(out / name, assignment) for name in submission_ids]
    write_batch_files(Batch(entries=entries, handed_out=assignment.handed_out), out, DEFAULT_FORMATS)


def _entry(folder: Path, assignment: Assignment) -> tuple[GradeReport, ReportDetails]:
    report = read_grade_json(folder / "grade.json")
    seen = folder / "observations.json"
    if not seen.exists():
        return report, ReportDetails()
    return report, details_of(observations.decode(seen.read_bytes()), assignment)

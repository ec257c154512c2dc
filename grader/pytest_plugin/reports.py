"""The files of `--grader-out`: the same ones, in the same places, that `grader grade` writes.

Each submission's are written by the process that graded it; those of the class are made from them at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from grader import observations
from grader.assignment import Assignment
from grader.batch import write_batch_files, write_reports
from grader.details import ReportDetails
from grader.formats import DEFAULT_FORMATS
from grader.grading import Graded
from grader.pictures import details_of
from grader.render.json import read_grade_json
from grader.report import GradeReport
from grader.report_files import Batch


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

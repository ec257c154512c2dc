"""Writes the files of a run: those of each submission, and those of the whole class.

`report.files` says which file holds what; this module puts them on disk. Must not know where a result came
from.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from grader.assignment.model import Assignment
from grader.files.atomic import LEFT_BEHIND, remove, write_or_remove
from grader.judging.pictures import details_of
from grader.observations import model as observations
from grader.report import files as report_files
from grader.report.details import ReportDetails
from grader.report.formats.interface import Batch
from grader.report.model import GradeReport
from grader.report.saved import OBSERVATIONS, read_report
from grader.runs.graded import Graded
from grader.runs.saved_observations import read_observations
from grader.runs.seal import NO_SEAL, SEAL, Seal


def write_submission_files(
    graded: Graded, folder: Path, formats: Iterable[str], seal: Seal = NO_SEAL
) -> None:
    """Write a submission's files, `grade.json` last.

    A file of another format that an earlier run left is updated, so that no file contradicts the report.

    Raises:
        GraderError: the folder cannot be written to.
    """
    _write(graded, folder, {*formats, *report_files.formats_of(folder)}, seal)


def write_fault(graded: Graded, folder: Path) -> None:
    """Write `grade.json` and `fault.txt` for a report that could not be rendered, and no other report file.

    Raises:
        GraderError: the folder cannot be written to.
    """
    for name in report_files.names_in(folder):
        remove(folder / name)
    _write(graded, folder, {"json"}, NO_SEAL)


def _write(graded: Graded, folder: Path, formats: Iterable[str], seal: Seal) -> None:
    for path in folder.glob(LEFT_BEHIND):
        remove(path)
    seen = None if graded.observations is None else observations.encode(graded.observations)
    files = {
        OBSERVATIONS: seen,
        SEAL: None if seen is None else seal.of(graded.report.submission.id, seen),
        "fault.txt": None if graded.fault is None else graded.fault.encode("utf-8", "replace"),
        **report_files.of_submission(graded.report, graded.details, formats),
    }
    for name, data in files.items():
        write_or_remove(folder / name, data)


def write_class_files(batch: Batch, folder: Path, formats: Iterable[str]) -> None:
    """Write the files beside the submissions' folders.

    Raises:
        GraderError: the folder cannot be written to.
    """
    for name, data in report_files.of_batch(batch, formats).items():
        write_or_remove(folder / name, data)


def write_class_files_from_saved(
    submission_ids: Iterable[str], assignment: Assignment, folder: Path, formats: Iterable[str]
) -> None:
    """Write the files beside the submissions' folders, from the files that lie in those folders.

    For a run in which several processes graded: none of them has all results in memory.

    Raises:
        GraderError: a file cannot be read or written.
    """
    entries = [_saved_entry(folder / name, assignment) for name in submission_ids]
    batch = Batch(entries=entries, handed_out=assignment.handed_out)
    write_class_files(batch, folder, formats)


def _saved_entry(folder: Path, assignment: Assignment) -> tuple[GradeReport, ReportDetails]:
    saved = read_report(folder)
    if not saved.observations.exists():
        return saved.report, ReportDetails()
    return saved.report, details_of(read_observations(saved.observations), assignment)

"""The files of submissions, and of a batch of them, on disk."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from grader.errors import GraderError
from grader.files.atomic import LEFT_BEHIND, write_atomically
from grader.observations import model as observations
from grader.report import files as report_files
from grader.report.saved import OBSERVATIONS
from grader.runs.pipeline import Graded
from grader.runs.seal import SEAL, Seal

NO_SEAL = Seal(None)


def write_reports(graded: Graded, folder: Path, formats: Iterable[str], seal: Seal = NO_SEAL) -> None:
    """Write a submission's files, `grade.json` last; nothing that an earlier run left contradicts them then.

    A file of a format that is not asked for is brought up to date if it is there.

    Args:
        graded: what to write.
        folder: the submission's own.
        formats: which files.
        seal: lets a later run take the observations over.

    Raises:
        GraderError: the folder cannot be written to.
    """
    _write(graded, folder, {*formats, *report_files.formats_of(folder)}, seal)


def write_fault(graded: Graded, folder: Path) -> None:
    """Write of a report that could not be rendered what programs read, and nothing that is made for people.

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
        if data is None:
            remove(folder / name)
        else:
            write_atomically(folder / name, data)


def write_batch_files(batch: report_files.Batch, folder: Path, formats: Iterable[str]) -> None:
    """Write what lies beside the submissions' folders.

    Raises:
        GraderError: the folder cannot be written to.
    """
    for name, data in report_files.of_batch(batch, formats).items():
        write_atomically(folder / name, data)


def remove(path: Path) -> None:
    """Remove a file that may not be there.

    Raises:
        GraderError: it is there and cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise GraderError(
            f"{path}: cannot be removed: {error.strerror or error}.",
            next_step="Choose another folder with --out.",
        ) from error

"""The files that reports become: those of one submission and those of a whole batch.

Asks the formats; knows `summary.json` alone by name, which is written in any case. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from grader.report.details import ReportDetails
from grader.report.formats import FORMATS, load
from grader.report.formats.interface import Batch, BatchFile, Format, SubmissionFile
from grader.report.members import SUMMARY
from grader.report.model import GradeReport
from grader.report.render.summary import summary_json


def of_submission(
    report: GradeReport, details: ReportDetails, formats: Iterable[str]
) -> dict[str, bytes | None]:
    """File name to content, in the order to write them; None for a file that must not be there."""
    return {file.name: file.render(report, details) for _, file in _submission_files(formats)}


def of_batch(batch: Batch, formats: Iterable[str]) -> dict[str, bytes]:
    """File name to content of what lies beside the submissions' folders; `summary.json` always."""
    files = {file.name: file.render(batch) for file in _batch_files(formats).values()}
    return {**files, SUMMARY: summary_json(batch.reports, batch.gone, batch.absent)}


def formats_of(folder: Path) -> list[str]:
    """The formats of which one submission's folder holds a file."""
    there = [name for name, file in _submission_files(FORMATS) if (folder / file.name).exists()]
    return list(dict.fromkeys(there))


def names_in(folder: Path) -> list[str]:
    """The names of the report files that one submission's folder holds."""
    return [file.name for _, file in _submission_files(FORMATS) if (folder / file.name).exists()]


def batch_formats_of(folder: Path) -> list[str]:
    """The formats of which a folder of reports holds a file beside the submissions' folders."""
    return [name for name, file in _batch_files(FORMATS).items() if (folder / file.name).exists()]


def _submission_files(formats: Iterable[str]) -> list[tuple[str, SubmissionFile]]:
    """Each file with its format, in the order to write them."""
    ordered = sorted(_loaded(formats), key=lambda item: item[1].last)
    return [
        (name, file)
        for name, item in ordered
        if item.submission is not None
        for file in (item.submission, *item.beside)
    ]


def _batch_files(formats: Iterable[str]) -> dict[str, BatchFile]:
    return {name: item.batch for name, item in _loaded(formats) if item.batch is not None}


def _loaded(formats: Iterable[str]) -> list[tuple[str, Format]]:
    """The formats in the order of `FORMATS`, however they are asked for."""
    wanted = set(formats)
    return [(name, load(name)) for name in FORMATS if name in wanted]

"""Folders of reports as `grader grade` leaves them, made without grading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from grader.assignment.model import Assignment
from grader.files.step_back import KEPT
from grader.judging.judge import error_report, judge
from grader.judging.pictures import details_of
from grader.observations.model import Observations
from grader.report.formats import FORMATS
from grader.report.formats.interface import Batch
from grader.report.model import SubmissionInfo
from grader.runs.graded import Graded
from grader.runs.report_writer import write_class_files, write_submission_files
from tests.unit.observation_builders import assignment, exits_at_once, perfect, untouched


def graded(seen: Observations, rubric: Assignment) -> Graded:
    """The result of a submission of which this was seen."""
    return Graded(judge(seen, rubric), seen, details=details_of(seen, rubric))


def named(seen: Observations, name: str) -> Observations:
    return replace(seen, submission=replace(seen.submission, id=name))


def save(results: Sequence[Graded], folder: Path, formats: Sequence[str] = FORMATS) -> Path:
    """Write the files of a batch."""
    for item in results:
        write_submission_files(item, folder / item.report.submission.id, formats)
    write_class_files(Batch([(item.report, item.details) for item in results]), folder, formats)
    return folder


def a_class(rubric: Assignment | None = None) -> list[Graded]:
    """Four submissions: all right, nothing done, a fake success, and one that the harness broke on."""
    rubric = rubric or assignment()
    info = SubmissionInfo("linus", "linus/", "")
    return [
        graded(named(perfect(), "ada"), rubric),
        graded(named(untouched(), "grace"), rubric),
        graded(named(exits_at_once(), "edsger"), rubric),
        Graded(error_report(rubric, info, "The server ended."), None),
    ]


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but for what is kept of those that were replaced."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and KEPT not in path.parts
    }

"""Keeps the files of a class true when a run grades only a part of it, or when somebody has left it.

Must not know which formats there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.assignment.model import Assignment
from grader.errors import GraderError
from grader.judging.pictures import details_of
from grader.report.details import ReportDetails
from grader.report.files import batch_formats_of
from grader.report.formats.interface import Batch
from grader.report.members import Members, made_by, members_in, reported_in
from grader.report.model import GradeReport
from grader.report.saved import read_report
from grader.runs.class_memory import ClassMemory
from grader.runs.graded import Graded
from grader.runs.saved_observations import read_observations

Entry = tuple[GradeReport, ReportDetails]


@dataclass(frozen=True)
class ClassReports:
    """What a folder of reports holds besides those of a run."""

    folder: Path
    members: Members
    """The class as it will be after the run."""
    others: tuple[str, ...] = ()
    """Ids of the submissions of the class that the run does not grade."""

    def completed(self, batch: Batch, assignment: Assignment, notify: Callable[[str], None]) -> Batch:
        """The batch of a run with the saved reports of the others, each in its place in the class.

        Args:
            batch: what the run has graded.
            assignment: what it graded by.
            notify: called with a sentence for each report that cannot be read.
        """
        batch = replace(batch, gone=self.members.gone)
        if not self.others:
            return batch
        entries = {report.submission.id: (report, details) for report, details in batch.entries}
        memory = ClassMemory(self.folder, assignment)
        for name in self.others:
            try:
                entries[name] = _reduced(memory, self.folder / name, assignment)
            except GraderError as error:
                notify(f"The report of {name} is not among the class's files: {error.message}")
        return replace(
            batch,
            entries=[entries[name] for name in self.members.submissions if name in entries],
            whole=lambda: self._whole(batch, [name for name in self.members.submissions if name in entries]),
        )

    def formats(self, wanted: Iterable[str]) -> set[str]:
        """The formats of the class's files: those of the run, and those that a larger class has already."""
        return {*wanted, *(batch_formats_of(self.folder) if self.others or self.members.gone else ())}

    def _whole(self, batch: Batch, names: Sequence[str]) -> Iterator[GradeReport]:
        own = {report.submission.id: report for report in batch.whole_reports}
        for name in names:
            yield own[name] if name in own else read_report(self.folder / name).report


def class_reports(
    folder: Path, graded: Iterable[str], assignment: Assignment, *, whole: bool
) -> ClassReports:
    """What becomes of a folder's class when these submissions are graded into it.

    Args:
        folder: the folder of reports.
        graded: the ids of the submissions that the run grades.
        assignment: what it grades by. Reports of another one are of another class.
        whole: whether they are the whole class.
    """
    ids = list(dict.fromkeys(graded))
    known = members_in(folder)
    there = [name for name in dict.fromkeys((*known.submissions, *known.gone)) if name not in ids]
    if whole:
        there = sorted({*there, *(name for name in reported_in(folder) if name not in ids)})
    found = made_by(folder, there)
    same = [name for name in there if name in found and found[name].id == assignment.id]
    if whole:
        return ClassReports(folder, Members(tuple(ids), tuple(same)))
    others = [name for name in known.submissions if name in same]
    order = [name for name in known.submissions if name in others or name in ids]
    submissions = (*order, *(name for name in ids if name not in order))
    gone = [name for name in known.gone if name in same]
    return ClassReports(folder, Members(submissions, tuple(gone)), tuple(others))


def _reduced(memory: ClassMemory, folder: Path, assignment: Assignment) -> Entry:
    """A saved report, as the files of a class need it."""
    saved = read_report(folder)
    details = ReportDetails()
    if saved.observations.exists():
        details = details_of(read_observations(saved.observations), assignment)
    result = memory.reduce(Graded(saved.report, None, details=details))
    return result.report, result.details

"""What a format of reports declares of itself. Must not know which formats there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grader.report.details import ReportDetails
from grader.report.model import GradeReport, Person


@dataclass(frozen=True)
class Batch:
    """What the files of a whole batch are made of."""

    entries: Sequence[tuple[GradeReport, ReportDetails]]
    """In the order in which they are to be listed."""
    handed_out: Sequence[str] = ()
    """Ids of revisions that all students were given, so that submissions may share them."""
    people: Mapping[str, Person] = field(default_factory=dict)
    """Submission id to the person who handed it in."""
    absent: Sequence[Person] = ()
    """The people who handed nothing in."""
    gone: Sequence[str] = ()
    """Ids of submissions that have a report in the same folder and are not in the class any more."""
    undated: Sequence[str] = ()
    """Ids of submissions of which nobody knows when they came, though late work costs something."""
    whole: Callable[[], Iterable[GradeReport]] | None = None
    """Gives the same reports with passed checks and evidence, if those in `entries` lack them."""

    @property
    def reports(self) -> list[GradeReport]:
        """The reports without their details."""
        return [report for report, _ in self.entries]

    @property
    def whole_reports(self) -> Iterable[GradeReport]:
        """The reports with passed checks and evidence; to be iterated over once."""
        return self.reports if self.whole is None else self.whole()


@dataclass(frozen=True)
class ReportFile:
    """A file that a format writes, and what the documentation says of it, in Markdown."""

    name: str
    reader: str
    """Who reads it, in a word or two."""
    holds: str
    """What it holds, in a line."""


@dataclass(frozen=True)
class SubmissionFile(ReportFile):
    """A file that each submission gets, in its own folder."""

    render: Callable[[GradeReport, ReportDetails], bytes | None]
    """Gives the content; None if the submission must not have such a file."""


@dataclass(frozen=True)
class BatchFile(ReportFile):
    """A file that a batch gets once, beside the submissions' folders."""

    render: Callable[[Batch], bytes]


@dataclass(frozen=True)
class Format:
    """A format of reports."""

    submission: SubmissionFile | None = None
    beside: tuple[SubmissionFile, ...] = ()
    """Further files of a submission, which are there only beside the first one."""
    batch: BatchFile | None = None
    remark: str = ""
    """What else the documentation says of the format."""
    last: bool = False
    """Its file is written after all others: a program that finds this file finds the others, too."""

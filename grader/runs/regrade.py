"""`regrade`: judges saved observations by the current rubric. Runs nothing; writes when all is judged.

The observations hold a comparison with the reference schema of that time. An assignment that has another
reference schema now is refused: its submissions have to be graded again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from grader.assignment import asked
from grader.assignment.model import Assignment
from grader.errors import ConfigurationError
from grader.judging.judge import judge
from grader.judging.pictures import details_of
from grader.observations.model import Observations
from grader.observations.reference import ReferenceFacts
from grader.report import files as report_files
from grader.report.class_record import NOTHING_KNOWN, ClassRecord, as_found
from grader.report.details import ReportDetails
from grader.report.formats.interface import Batch
from grader.report.formats.json import GRADE_JSON, is_as_written
from grader.report.model import CriterionReport, GradeReport, Status
from grader.report.render import phrases
from grader.report.saved import OBSERVATIONS, read_report, report_folders
from grader.runs.own_reference import check
from grader.runs.parallel import map_over_cores
from grader.runs.saved_observations import GRADE_AGAIN, read_observations

_NOT_JUDGED = "not judged"


@dataclass(frozen=True)
class Regraded:
    """One submission before and after regrading."""

    folder: Path
    before: GradeReport
    after: GradeReport
    """The same as before if there are no observations, because the harness failed."""
    details: ReportDetails
    """The details for the class page; empty if no page is written."""
    edited: bool = False
    """Whether `grade.json` was changed by hand after the grader wrote it."""
    files: Mapping[str, bytes | None] = field(default_factory=dict, repr=False)
    """The files of the folder that have to change, by name; None for a file to remove."""

    @property
    def score_changed(self) -> bool:
        """Whether the score, the bonus or one of their maximums has changed."""
        return _scores(self.before) != _scores(self.after)

    @property
    def verdict_changed(self) -> bool:
        """Whether anything in the report has changed."""
        return _verdicts(self.before) != _verdicts(self.after)

    @property
    def changed_criteria(self) -> Iterator[tuple[str, str, str]]:
        """Each criterion with another result: its id, and its points or status before and after."""
        before = {item.id: item for item in self.before.criteria}
        after = {item.id: item for item in self.after.criteria}
        for name in dict.fromkeys([*after, *before]):
            was, now = _result_of(before.get(name)), _result_of(after.get(name))
            if was != now:
                yield name, was, now


def regrade(folder: Path, assignment: Assignment, record: ClassRecord = NOTHING_KNOWN) -> list[Regraded]:
    """Judge every submission in a folder of reports again; writes nothing.

    `record` is what is known of the class: names, what people say of points, times of submission.

    One process reads, judges and renders a submission: sending pictures between processes takes longer than
    drawing them.

    Raises:
        GraderError: a report or its observations cannot be read, or belong to another assignment.
    """
    for_class_page = "html" in report_files.batch_formats_of(folder)
    return map_over_cores(
        partial(_regraded, assignment=assignment, record=record, for_class_page=for_class_page),
        report_folders(folder),
    )


def changed_files(
    results: Sequence[Regraded], folder: Path, batch: Batch, copies: Mapping[str, bytes] | None = None
) -> dict[str, bytes | None]:
    """The files that have to change, by their paths in the folder, in the formats that it has already.

    `copies` are further files that belong into the folder, by their names.
    """
    files = {
        f"{result.folder.name}/{name}": data for result in results for name, data in result.files.items()
    }
    beside = {**report_files.of_batch(batch, report_files.batch_formats_of(folder)), **(copies or {})}
    return {**files, **{name: data for name, data in beside.items() if _differs(folder / name, data)}}


def _differs(path: Path, data: bytes | None) -> bool:
    try:
        return path.read_bytes() != data
    except FileNotFoundError:
        return data is not None


def _regraded(folder: Path, *, assignment: Assignment, record: ClassRecord, for_class_page: bool) -> Regraded:
    before = read_report(folder).report
    formats = report_files.formats_of(folder)
    drawn = for_class_page or "html" in formats
    found, details = _judged(folder, before, assignment, drawn=drawn)
    after = record.applied(found)
    files = report_files.of_submission(after, details, formats)
    changed = {name: data for name, data in files.items() if _differs(folder / name, data)}
    if after == before:
        after = before  # sending one value between processes takes half the time of two
    shown = ReportDetails(causes=details.causes, revisions=details.revisions)
    edited = not is_as_written(folder / GRADE_JSON)
    return Regraded(folder, before, after, shown, edited, changed)


def _judged(
    folder: Path, before: GradeReport, assignment: Assignment, *, drawn: bool
) -> tuple[GradeReport, ReportDetails]:
    """The new report of a submission, with its details if a page shows them."""
    if before.assignment.id != assignment.id:
        raise ConfigurationError(
            f"{folder}: graded as {before.assignment.id!r}, but the assignment is {assignment.id!r}.",
            next_step="Name the assignment that the reports belong to with --assignment.",
        )
    path = folder / OBSERVATIONS
    found = as_found(before)
    if found.status == "error" and not path.exists():
        return found, ReportDetails()
    seen = read_observations(path)
    if seen.submission.id != folder.name:
        raise ConfigurationError(
            f"{path}: these are the observations of the submission {seen.submission.id!r}, not of "
            f"{folder.name!r}.",
            next_step=GRADE_AGAIN,
        )
    if seen.reference_sha256 and seen.reference_sha256 != assignment.reference_sha256:
        raise ConfigurationError(
            f"{path}: the submission was compared with another reference schema than the assignment has now.",
            next_step=GRADE_AGAIN,
        )
    if seen.reference_sha256:
        _check_words(path, seen, assignment)
    return judge(seen, assignment), details_of(seen, assignment) if drawn else ReportDetails()


def _check_words(path: Path, seen: Observations, assignment: Assignment) -> None:
    """Refuse an assignment with words that mean nothing beside what was observed.

    Raises:
        ConfigurationError: it has a type that PostgreSQL was not asked for, or does not fit its reference.
    """
    if seen.types:
        for written in asked.types(assignment):
            if written not in seen.types:
                raise ConfigurationError(
                    f'{path}: the assignment names the type "{written}" now, and no server was asked what '
                    "that is.",
                    next_step=GRADE_AGAIN,
                )
    check(assignment, ReferenceFacts(seen.reference, seen.types), whole=False)


def _scores(report: GradeReport) -> tuple[object, ...]:
    return report.status, report.score, report.max_score, report.bonus, report.max_bonus


def _verdicts(report: GradeReport) -> tuple[object, ...]:
    changes = report.person, report.override, report.late
    return (*_scores(report), report.criteria, report.flags, report.next_step, report.error, *changes)


def _result_of(criterion: CriterionReport | None) -> str:
    if criterion is None:
        return _NOT_JUDGED
    if (criterion.status is Status.ERROR and criterion.override is None) or not criterion.max_points:
        return criterion.status.value
    return phrases.points(criterion)

"""Takes over the results of an earlier run, so that unchanged submissions are not tried again.

The saved observations are taken over if they are complete, carry this user's seal, and a new trial would give
the same ones: same grader, same assignment, same files, same packages, same PostgreSQL backend and isolation.
The verdict is then judged anew from them, which takes no time. In any doubt the submission is graded again.
Must not know how submissions are tried.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

from grader import __version__
from grader.errors import ConfigurationError, GraderError
from grader.files.atomic import write_atomically
from grader.observations.model import Environment, Observations
from grader.report import files as report_files
from grader.report.class_record import NOTHING_KNOWN, ClassRecord, as_found
from grader.report.formats.json import GRADE_JSON, read_grade_json
from grader.report.model import GradeReport
from grader.report.saved import OBSERVATIONS
from grader.runs.graded import Graded, judged
from grader.runs.pipeline import NOT_STARTED
from grader.runs.runner import Runner
from grader.runs.saved_observations import read_observations
from grader.runs.seal import Seal


@dataclass(frozen=True)
class EarlierResults:
    """The results that earlier runs left in the folder of the reports."""

    out: Path
    runner: Runner
    formats: tuple[str, ...]
    """The formats that this run is asked for."""
    seal: Seal
    record: ClassRecord = NOTHING_KNOWN

    def take_over(self, source: Path, submission_id: str) -> Graded | None:
        """The result of an earlier run, with missing report files added; None if no result is valid any more.

        Raises:
            GraderError: a missing file cannot be written.
        """
        folder = self.out / submission_id
        found = self._found(folder, submission_id)
        if found is None:
            return None
        before, seen = found
        if not seen.submission.sha256 or self._digest(source, submission_id) != seen.submission.sha256:
            return None
        graded = judged(seen, self.runner.assignment)
        graded = replace(graded, report=self.record.applied(graded.report))
        self._add_missing(graded, folder, unchanged=graded.report == before)
        return replace(graded, taken_over=True)

    def _found(self, folder: Path, submission_id: str) -> tuple[GradeReport, Observations] | None:
        """The saved report and its observations, if both can be trusted."""
        try:
            # `grade.json` is written last: without it the run was killed here, or `json` was not asked for.
            before = read_grade_json(folder / GRADE_JSON)
            known = self.seal.is_on(folder, submission_id, (folder / OBSERVATIONS).read_bytes())
            seen = read_observations(folder / OBSERVATIONS) if known else None
        except (ConfigurationError, OSError):
            return None
        assignment = self.runner.assignment
        if (
            seen is None
            or seen.submission.id != submission_id
            or as_found(before).status != "graded"  # a person may have judged what the grader could not
            or (before.assignment.id, before.assignment.sha256) != (assignment.id, assignment.sha256)
            or not self._same_environment(seen.environment)
        ):
            return None
        return before, seen

    def _same_environment(self, environment: Environment) -> bool:
        if environment.grader != __version__:
            return False
        if environment.backend == NOT_STARTED:  # there were no migrations to run
            return True
        return (environment.backend, environment.isolation) in self.runner.backend_pairs() and all(
            version == metadata.version(package)
            for package, version in (("alembic", environment.alembic), ("sqlalchemy", environment.sqlalchemy))
        )

    def _digest(self, source: Path, submission_id: str) -> str | None:
        """The digest of the submission as it is now; None when it cannot be staged."""
        try:
            with self.runner.staging.staged(
                source, submission_id, self.runner.assignment, keep=False
            ) as staged:
                return staged.facts.sha256
        except GraderError:
            return None

    def _add_missing(self, graded: Graded, folder: Path, *, unchanged: bool) -> None:
        """Write the report files that are missing; where the verdict has changed, write all of them."""
        there = report_files.formats_of(folder)
        formats = (
            [name for name in self.formats if name not in there] if unchanged else [*self.formats, *there]
        )
        for name, data in report_files.of_submission(graded.report, graded.details, formats).items():
            if data is not None:
                write_atomically(folder / name, data)

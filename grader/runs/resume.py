"""Which submissions an earlier run has tried already, so that they need not be tried again.

What was observed then is taken over if it is whole, bears this user's seal, and would be observed again: by
this grader, for this assignment, of these very files, with the same packages and the same kinds of server and
isolation. The verdict is judged from it anew, which takes no time. Whatever is doubtful is graded again. Must
not know how submissions are tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from grader import __version__
from grader.errors import ConfigurationError, GraderError
from grader.files.atomic import write_atomically
from grader.judging.judge import judge
from grader.judging.pictures import details_of
from grader.observations.model import Environment, Observations
from grader.report import files as report_files
from grader.report.model import GradeReport
from grader.report.render.json import read_grade_json
from grader.report.saved import OBSERVATIONS, REPORT
from grader.runs.pipeline import NOT_STARTED, Graded, Runner
from grader.runs.regrade import read_observations
from grader.runs.seal import Seal


@dataclass(frozen=True)
class Earlier:
    """What earlier runs have left in the folder of the reports."""

    out: Path
    runner: Runner
    formats: tuple[str, ...]
    """Those that this run is asked for."""
    seal: Seal

    def result(self, source: Path, submission_id: str) -> Graded | None:
        """The result of an earlier run, its files completed; None if there is none that still holds.

        Raises:
            GraderError: a file that was missing cannot be written.
        """
        folder = self.out / submission_id
        found = self._found(folder, submission_id)
        if found is None:
            return None
        before, seen = found
        if not seen.submission.sha256 or self._digest(source, submission_id) != seen.submission.sha256:
            return None
        report = judge(seen, self.runner.assignment)
        graded = Graded(report, seen, details=details_of(seen, self.runner.assignment))
        self._complete(graded, folder, as_before=report == before)
        return graded

    def _found(self, folder: Path, submission_id: str) -> tuple[GradeReport, Observations] | None:
        """The report that is there and what it rests on, if both may be taken for ours."""
        try:
            # Written last: without it the run was killed here, or had nothing to write it for.
            before = read_grade_json(folder / REPORT)
            known = self.seal.is_on(folder, submission_id, (folder / OBSERVATIONS).read_bytes())
            seen = read_observations(folder / OBSERVATIONS) if known else None
        except (ConfigurationError, OSError):
            return None
        assignment = self.runner.assignment
        if (
            seen is None
            or seen.submission.id != submission_id
            or before.status != "graded"
            or (before.assignment.id, before.assignment.sha256) != (assignment.id, assignment.sha256)
            or not self._tried_alike(seen.environment)
        ):
            return None
        return before, seen

    def _tried_alike(self, environment: Environment) -> bool:
        if environment.grader != __version__:
            return False
        if environment.backend == NOT_STARTED:  # there was no chain to run
            return True
        return (environment.backend, environment.isolation) in self.runner.kinds() and all(
            version == metadata.version(package)
            for package, version in (("alembic", environment.alembic), ("sqlalchemy", environment.sqlalchemy))
        )

    def _digest(self, source: Path, submission_id: str) -> str | None:
        """The digest of the submission as it is now; None when it cannot be taken in, now."""
        try:
            with self.runner.staging.staged(
                source, submission_id, self.runner.assignment, keep=False
            ) as staged:
                return staged.facts.sha256
        except GraderError:
            return None

    def _complete(self, graded: Graded, folder: Path, *, as_before: bool) -> None:
        """Write what is missing; where the verdict is another than it was, everything."""
        there = report_files.formats_of(folder)
        formats = (
            [name for name in self.formats if name not in there] if as_before else [*self.formats, *there]
        )
        for name, data in report_files.of_submission(graded.report, graded.details, formats).items():
            if data is not None:
                write_atomically(folder / name, data)

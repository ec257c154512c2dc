"""`grade`: the pipeline from a submission's path to its report, readable from top to bottom.

The only module that knows both ends. Whatever breaks on our side on the way becomes a report with the status
`error`; nothing that breaks on the student's side gets out of here as anything but a verdict.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from grader import __version__
from grader.assignment.model import Assignment
from grader.errors import BrokenSubmission, GraderError, HarnessFault
from grader.judging.judge import error_report, judge
from grader.judging.pictures import details_of
from grader.observations.model import Environment, Finding, Layout, Observations, SubmissionFacts
from grader.observations.schema import SchemaSnapshot
from grader.report.details import ReportDetails
from grader.report.model import GradeReport, SubmissionInfo
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.interface import PostgresBackend, PostgresServer
from grader.runtime.sandbox.choose import SandboxBackend
from grader.runtime.sandbox.client import Setup
from grader.runtime.slots import Slots
from grader.submission import staging as submission
from grader.submission.older_driver import modules_of_older_driver
from grader.submission.staging import StagingArea, Submission
from grader.text.untrusted import clean, cut, redact
from grader.trial.file_trouble import had_file_trouble
from grader.trial.passes import Trial
from grader.trial.schema.kept_reference import keep_reference, kept_reference
from grader.trial.schema.reference import reference_snapshot

NOT_STARTED = "not started"
_MESSAGE_LINES = 20
_MESSAGE_CHARACTERS = 2000


class ReferenceSnapshots:
    """The reference schema as each kind of server shows it: made once, then shared by all submissions."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], SchemaSnapshot] = {}

    def on(self, server: PostgresServer) -> SchemaSnapshot:
        """The reference snapshot for servers of this backend and version."""
        with self._lock:
            key = (server.backend, server.version)
            if key not in self._known:
                self._known[key] = kept_reference(*key, self._assignment.reference_sql) or self._made(server)
            return self._known[key]

    def _made(self, server: PostgresServer) -> SchemaSnapshot:
        sql = self._assignment.reference_sql
        with StudentDatabase.create(server, "reference") as database:
            snapshot = reference_snapshot(database.inspector, sql)
        keep_reference(server.backend, server.version, sql, snapshot)
        return snapshot


class Runner(Protocol):
    """Where submissions are tried, here or on a cluster; shared by all of a run, from several threads."""

    @property
    def assignment(self) -> Assignment:
        """What they are tried for."""

    @property
    def staging(self) -> StagingArea:
        """Where they are staged."""

    def room(self) -> int | None:
        """How many may be tried at once as things stand; None where that is for the user to say."""

    def kinds(self) -> frozenset[tuple[str, str]]:
        """The pairs of PostgreSQL's backend and isolation that a submission may get here."""

    def try_out(self, staged: Submission, phases: Phases) -> Observations:
        """Run a staged submission's chain.

        Raises:
            HarnessFault: something of ours broke.
        """

    def need_none(self) -> None:
        """One of the submissions of the run has nothing to try."""

    def problem(self) -> GraderError | None:
        """Why nothing more can be tried at all; None as long as it can."""

    def stop(self) -> None:
        """End all student code now: whatever waits for it gets a fault and unwinds."""


class LocalRunner:
    """What a run on this machine grades with: a `Runner`."""

    def __init__(
        self,
        assignment: Assignment,
        postgres: PostgresBackend,
        sandbox: SandboxBackend,
        workspace: Path,
        *,
        staging: StagingArea | None = None,
        slots: Slots | None = None,
    ) -> None:
        """Take what is needed; nothing is started yet.

        Args:
            assignment: what to grade by.
            postgres: where servers come from.
            sandbox: what confines students' code.
            workspace: a private folder that lasts as long as the run.
            staging: where submissions are staged; None for the workspace.
            slots: made of the same, when some have been begun already.
        """
        self.assignment = assignment
        self.staging = staging or StagingArea(workspace)
        self.references = ReferenceSnapshots(assignment)
        self.slots = slots or Slots(postgres, sandbox, workspace)
        self._kinds = frozenset({(postgres.name, sandbox.name)})

    def room(self) -> None:
        """As many as the user asks for."""

    def kinds(self) -> frozenset[tuple[str, str]]:
        """See `Runner`: one."""
        return self._kinds

    def try_out(self, staged: Submission, phases: Phases) -> Observations:
        """See `Runner`."""
        return try_out(staged, self, phases)

    def need_none(self) -> None:
        """See `Runner`."""
        self.slots.need_none()

    def problem(self) -> None:
        """See `Runner`: what breaks here breaks for one submission."""

    def stop(self) -> None:
        """End all student code now: whatever waits for it gets a fault and unwinds."""
        self.slots.stop()


@dataclass(frozen=True)
class Timings:
    """Where the time of one submission went, in seconds, for `--verbose`."""

    phases: dict[str, float] = field(default_factory=dict)
    """What was done, one after the other; adds up to the whole."""
    work: dict[str, float] = field(default_factory=dict)
    """What took the time within the phases, added up over all that ran side by side."""


class Phases:
    """The parts of one submission's grading, one after the other: told to whoever watches, and timed."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._seconds: dict[str, float] = {}
        self._latest = time.monotonic()
        self._current: str | None = None

    def begin(self, name: str) -> None:
        """End the phase before and begin another."""
        self._end()
        self._current = name
        self._tell(name)

    def seconds(self) -> dict[str, float]:
        """Seconds by phase, the one that runs now included."""
        self._end()
        return {name: round(value, 4) for name, value in self._seconds.items()}

    def _end(self) -> None:
        now = time.monotonic()
        if self._current is not None:
            self._seconds[self._current] = self._seconds.get(self._current, 0.0) + now - self._latest
        self._latest = now


@dataclass(frozen=True)
class Graded:
    """A report and what it rests on."""

    report: GradeReport
    observations: Observations | None
    """None when something of ours broke before there were any."""
    timings: Timings = field(default_factory=Timings)
    fault: str | None = None
    """Where in the grader it broke: a traceback, for whoever maintains the grader."""
    details: ReportDetails = field(default_factory=ReportDetails)
    """What the pages show beside the report."""
    may_pass: bool = False
    """It broke in a way that another try may well be spared."""


def grade(
    source: Path, submission_id: str, runner: Runner, *, progress: Callable[[str], None] = lambda _: None
) -> Graded:
    """Grade one submission; never raises for anything that is wrong with it or with the harness."""
    phases = Phases(progress)
    try:
        observations = observe(source, submission_id, runner, phases)
        seconds = round(sum(phases.seconds().values()), 3)
        observations = replace(observations, seconds=seconds)
        phases.begin("judging")
        report = judge(observations, runner.assignment)
        details = details_of(observations, runner.assignment)
    except Exception as error:  # noqa: BLE001 - a bug of ours must not cost a student points
        return broken(source, submission_id, runner.assignment, error)
    timings = Timings(phases.seconds(), observations.timings)
    return Graded(report, observations, timings, details=details)


def broken(source: Path, submission_id: str, assignment: Assignment, error: Exception) -> Graded:
    """The result of a submission that could not be graded because something of ours broke."""
    if isinstance(error, GraderError):
        message = "\n".join(part for part in (error.message, error.next_step) if part)
    else:
        message = (
            f"the grader itself failed: {type(error).__name__}: {error}\n"
            "fault.txt beside the report says where; please pass it on to whoever maintains the grader."
        )
    message = cut(redact(clean(message), ()), _MESSAGE_LINES, _MESSAGE_CHARACTERS)
    fault = redact(clean("".join(traceback.format_exception(error))), ())
    info = SubmissionInfo(id=submission_id, source=submission.source_name(source), sha256="")
    report = error_report(assignment, info, message)
    return Graded(report, None, fault=fault, may_pass=isinstance(error, HarnessFault | OSError))


def observe(source: Path, submission_id: str, runner: Runner, phases: Phases) -> Observations:
    """Stage a submission and try it.

    Raises:
        HarnessFault: something of ours broke.
    """
    phases.begin("staging")
    try:
        with runner.staging.staged(source, submission_id, runner.assignment) as staged:
            if staged.graph is None:
                runner.need_none()
                return untried(staged.facts)
            return runner.try_out(staged, phases)
    except BrokenSubmission as refused:
        runner.need_none()
        finding = Finding("unreadable_submission", refused.message)
        name = submission.source_name(source)
        return untried(SubmissionFacts(submission_id, name, "", None, (finding,)))


def untried(facts: SubmissionFacts) -> Observations:
    """Observations of a submission that has no chain to run: its files say all there is to say."""
    return Observations(
        submission=facts,
        graph=None,
        environment=Environment(
            postgres=NOT_STARTED,
            backend=NOT_STARTED,
            isolation=NOT_STARTED,
            grader=__version__,
            alembic=NOT_STARTED,
            sqlalchemy=NOT_STARTED,
            python=NOT_STARTED,
        ),
        reference=SchemaSnapshot(()),
    )


def try_out(staged: Submission, tools: LocalRunner, phases: Phases) -> Observations:
    """Run a staged submission's chain on a server of its own, in a sandbox of its own.

    Once more, over copies of its files, where that failed because it could not make some of its own.
    """
    layout = staged.facts.layout
    if layout is None:
        return untried(staged.facts)
    observations = _tried(staged, layout, tools, phases, over_copies=False)
    if had_file_trouble(observations):
        tools.slots.need_another()
        observations = _tried(staged, layout, tools, phases, over_copies=True)
    return observations


def _tried(
    staged: Submission, layout: Layout, tools: LocalRunner, phases: Phases, *, over_copies: bool
) -> Observations:
    preload = modules_of_older_driver(staged.root)
    phases.begin("starting")
    with tools.slots.take() as slot, slot.occupied(staged.root):
        setup = Setup(
            root=slot.sandbox.root,
            layout=layout,
            environment=slot.sandbox.environment,
            output_bytes=tools.assignment.limits.output_bytes,
            processes=slot.sandbox.processes,
            preload=preload,
            copy=f"{slot.sandbox.environment['TMPDIR']}/copy/submission" if over_copies else None,
        )

        def until_ready() -> None:
            slot.sandbox.set_up(setup)
            phases.begin("trying the chain")

        reference = tools.references.on(slot.server)
        trial = Trial(staged, tools.assignment, slot.server, slot.sandbox)
        observations = trial.run(reference, until_ready)
        phases.begin("clearing up")
    return replace(
        observations,
        reference_sha256=tools.assignment.reference_sha256,
        timings={
            "server": round(slot.server_seconds, 4),
            "imports": round(slot.sandbox.import_seconds, 4),
            **observations.timings,
        },
    )

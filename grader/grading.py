"""`grade`: the pipeline from a submission's path to its report, readable from top to bottom.

The only module that knows both ends. Whatever breaks on our side on the way becomes a report with the status
`error`; nothing that breaks on the student's side gets out of here as anything but a verdict.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from grader import __version__
from grader.assignment import Assignment
from grader.details import ReportDetails
from grader.errors import BrokenSubmission, GraderError, HarnessFault
from grader.intake import submission
from grader.intake.submission import Submission
from grader.judging import error_report, judge
from grader.observations import Environment, Finding, Observations, SubmissionFacts
from grader.pictures import details_of
from grader.postgres.databases import StudentDatabase
from grader.postgres.interface import PostgresBackend, PostgresServer
from grader.report import GradeReport, SubmissionInfo
from grader.sandbox.choose import SandboxBackend
from grader.sandbox.client import Setup
from grader.sandbox.process import WorkerSandbox
from grader.schema.model import SchemaSnapshot
from grader.schema.reference import reference_snapshot
from grader.trial import Trial
from grader.untrusted_text import clean, cut, redact

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
                database = StudentDatabase.create(server, "reference")
                try:
                    self._known[key] = reference_snapshot(database.inspector, self._assignment.reference_sql)
                finally:
                    database.drop()
            return self._known[key]


class Tools:
    """What a run grades with; shared by all its submissions, from several threads."""

    def __init__(
        self, assignment: Assignment, postgres: PostgresBackend, sandbox: SandboxBackend, workspace: Path
    ) -> None:
        self.assignment = assignment
        self.postgres = postgres
        self.workspace = workspace
        self.references = ReferenceSnapshots(assignment)
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._open: set[WorkerSandbox] = set()
        self._stopped = False

    @contextmanager
    def started(self, staged: Path) -> Iterator[tuple[PostgresServer, WorkerSandbox]]:
        """A server and a sandbox for one submission; the sandbox may still be loading its packages.

        Raises:
            HarnessFault: one of them could not be started, or the run has been stopped.
        """
        if self._sandbox.confined:
            with self.postgres.server() as server:
                sockets = Path(server.endpoint.host) if server.endpoint.is_socket else None
                with self._sandboxed(staged, sockets) as sandbox:
                    yield server, sandbox
        else:  # what is not kept in needs nothing of the server, and can load its packages meanwhile
            with self._sandboxed(staged, None) as sandbox, self.postgres.server() as server:
                yield server, sandbox

    @contextmanager
    def _sandboxed(self, staged: Path, sockets: Path | None) -> Iterator[WorkerSandbox]:
        """A sandbox that `stop` can end from another thread."""
        with self._sandbox.sandbox(staged, sockets) as sandbox:
            with self._lock:
                if self._stopped:
                    raise HarnessFault("the run was stopped")
                self._open.add(sandbox)
            try:
                yield sandbox
            finally:
                with self._lock:
                    self._open.discard(sandbox)

    def stop(self) -> None:
        """End all student code now: whatever waits for it gets a fault and unwinds."""
        with self._lock:
            self._stopped = True
            sandboxes = list(self._open)
        for sandbox in sandboxes:
            sandbox.close()


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


def grade(
    source: Path, submission_id: str, tools: Tools, *, progress: Callable[[str], None] = lambda _: None
) -> Graded:
    """Grade one submission; never raises for anything that is wrong with it or with the harness."""
    phases = Phases(progress)
    try:
        observations = observe(source, submission_id, tools, phases)
        seconds = round(sum(phases.seconds().values()), 3)
        observations = replace(observations, seconds=seconds)
        phases.begin("judging")
        report = judge(observations, tools.assignment)
        details = details_of(observations, tools.assignment)
    except Exception as error:  # noqa: BLE001 - a bug of ours must not cost a student points
        return broken(source, submission_id, tools.assignment, error)
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
    return Graded(error_report(assignment, info, message), None, fault=fault)


def observe(source: Path, submission_id: str, tools: Tools, phases: Phases) -> Observations:
    """Stage a submission and try it.

    Raises:
        HarnessFault: something of ours broke.
    """
    with TemporaryDirectory(dir=tools.workspace, prefix="staged-", ignore_cleanup_errors=True) as folder:
        phases.begin("staging")
        try:
            staged = submission.stage(
                source,
                Path(folder) / "submission",
                submission_id=submission_id,
                limits=tools.assignment.limits,
                alembic_root=tools.assignment.alembic_root,
            )
        except BrokenSubmission as refused:
            finding = Finding("unreadable_submission", refused.message)
            name = submission.source_name(source)
            return untried(SubmissionFacts(submission_id, name, "", None, (finding,)))
        if staged.graph is None:
            return untried(staged.facts)
        return try_out(staged, tools, phases)


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


def try_out(staged: Submission, tools: Tools, phases: Phases) -> Observations:
    """Run a staged submission's chain on a server of its own, in a sandbox of its own."""
    layout = staged.facts.layout
    if layout is None:
        return untried(staged.facts)
    phases.begin("starting")
    began = time.monotonic()
    with tools.started(staged.root) as (server, sandbox):
        server_seconds = time.monotonic() - began
        reference = tools.references.on(server)
        sandbox.set_up(
            Setup(
                root=sandbox.root,
                layout=layout,
                environment=sandbox.environment,
                output_bytes=tools.assignment.limits.output_bytes,
                processes=sandbox.processes,
            )
        )
        phases.begin("trying the chain")
        observations = Trial(staged, tools.assignment, server, sandbox).run(reference)
        phases.begin("clearing up")
    return replace(
        observations,
        reference_sha256=tools.assignment.reference_sha256,
        timings={
            "server": round(server_seconds, 4),
            "imports": round(sandbox.import_seconds, 4),
            **observations.timings,
        },
    )

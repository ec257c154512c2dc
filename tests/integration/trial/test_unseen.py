"""What a submission can put in the way of our look at its database, on a real server. It is no fault."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import psycopg2
import pytest

from grader.assignment.model import Assignment, Limits, Project
from grader.errors import HarnessFault
from grader.observations.steps import Pass, StepAction, StepRecord
from grader.runtime.postgres import databases
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.sessions import Unseen, fetch
from grader.runtime.sandbox.interface import Outcome, Sandbox, Step
from grader.submission.staging import Submission
from grader.trial.step_runner import StepRunner
from grader.trial.trial_log import TrialLog
from tests.unit.observation_builders import CHAIN, FACTS, graph

if TYPE_CHECKING:
    from grader.runtime.postgres.interface import PostgresServer

pytestmark = pytest.mark.postgres
VERSIONS = "CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('a');"
DEEP = f"coalesce({'coalesce(' * 4900}1{',2)' * 4900},2)"


@dataclass
class PretendedSandbox:
    """Runs statements over the login of the step, instead of a student's code."""

    database: StudentDatabase
    statements: list[str] = field(default_factory=list)
    root: str = "/submission"
    port: int | None = None

    def run(self, _: Step, __: object = None) -> Outcome:
        """Run the next statements."""
        if self.statements:
            with closing(self.database.connect_as("direct")) as session:
                fetch(session, self.statements.pop(0))
        return Outcome(0, "", "", 0.1)


@pytest.fixture
def database(embedded_server: PostgresServer) -> Iterator[StudentDatabase]:
    with StudentDatabase.create(embedded_server) as student:
        yield student


def runner_of(database: StudentDatabase, *statements: str) -> StepRunner:
    sandbox = PretendedSandbox(database, list(statements))
    return StepRunner(
        database,
        cast("Sandbox", sandbox),
        cast("Submission", SimpleNamespace(facts=FACTS, graph=graph(*CHAIN))),
        cast("Assignment", SimpleNamespace(limits=Limits(), project=Project())),
        TrialLog(),
        files=Path(),
        variables={},
    )


def upgraded(runner: StepRunner) -> StepRecord:
    return runner.migrate(Pass.ONE_SHOT, StepAction.UPGRADE, "head")


@contextmanager
def holding(database: StudentDatabase, statement: str) -> Iterator[None]:
    """A process that is left behind: it runs a statement in a transaction, anew whenever it is thrown out."""
    stop, held = threading.Event(), threading.Event()

    def hold() -> None:
        while not stop.is_set():
            with (
                suppress(psycopg2.Error, HarnessFault, Unseen),
                closing(database.connect_as("direct")) as own,
            ):
                own.autocommit = False
                fetch(own, statement)
                held.set()
                while not stop.wait(0.001):
                    fetch(own, "SELECT 1")

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert held.wait(10)
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lower the times for which a lock, or the end of a session, is waited for."""
    options = databases._INSPECTOR_OPTIONS.replace("lock_timeout=5s", "lock_timeout=50ms")
    monkeypatch.setattr(databases, "_INSPECTOR_OPTIONS", options)
    monkeypatch.setattr(databases, "_END_SECONDS", 0.2)


@pytest.mark.parametrize(
    "statement", ["LOCK TABLE alembic_version", "SELECT 1", "ALTER ROLE CURRENT_USER SET work_mem = '1MB'"]
)
@pytest.mark.usefixtures("soon")
def test_sessions_that_come_back_are_what_was_seen(database: StudentDatabase, statement: str) -> None:
    runner = runner_of(database, VERSIONS)
    assert upgraded(runner).versions == ("a",)
    with holding(database, statement):
        step = upgraded(runner)
    # They may be gone for a moment, or not. Neither is a fault.
    assert step.unseen or (step.snapshot and step.versions == ("a",))
    assert upgraded(runner).versions == ("a",)


@pytest.mark.usefixtures("soon")
def test_a_lock_that_nobody_ends_is_what_was_seen(
    database: StudentDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = runner_of(database, VERSIONS)
    upgraded(runner)
    with holding(database, "LOCK TABLE alembic_version"):
        monkeypatch.setattr(database, "after_step", lambda: None)
        assert "something held a lock on it" in (upgraded(runner).unseen or "")


@pytest.mark.parametrize(
    "statement",
    [
        f"CREATE TABLE t (a int DEFAULT {DEEP})",
        f"CREATE TABLE t (a int CHECK (0 < {DEEP}))",
        f"CREATE VIEW v AS SELECT {DEEP} AS one",
    ],
    ids=["default", "check", "view"],
)
def test_an_expression_that_is_too_deep_to_print_is_what_was_seen(
    database: StudentDatabase, statement: str
) -> None:
    runner = runner_of(database, VERSIONS, statement, "SELECT 1")
    upgraded(runner)
    step = upgraded(runner)
    assert "nested too deeply" in (step.unseen or "")
    assert not runner.clear() or upgraded(runner).unseen is None


def test_what_cannot_be_seen_in_a_new_database_is_a_fault(
    database: StudentDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise psycopg2.errors.lookup("54001")("stack depth limit exceeded")

    monkeypatch.setattr("grader.trial.step_runner.read_version_table", refuse)
    with pytest.raises(HarnessFault, match="could not be looked at"):
        runner_of(database).look()


def test_a_server_that_is_gone_is_a_fault(database: StudentDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = runner_of(database, VERSIONS)
    upgraded(runner)

    def lost(*_: object) -> None:
        raise psycopg2.OperationalError("server closed the connection")

    monkeypatch.setattr("grader.trial.step_runner.read_version_table", lost)
    with pytest.raises(HarnessFault, match="server closed the connection"):
        upgraded(runner)


def test_a_session_that_is_lost_once_is_opened_again(database: StudentDatabase) -> None:
    runner = runner_of(database, VERSIONS)
    upgraded(runner)
    database.inspector.close()
    assert upgraded(runner).versions == ("a",)


def test_a_role_that_may_not_log_in_is_what_was_seen(database: StudentDatabase) -> None:
    fetch(database.inspector, f"ALTER ROLE {database._logins[0].role} CONNECTION LIMIT 0")
    with pytest.raises(Unseen, match="could not log in"):
        database.connect_as("direct")

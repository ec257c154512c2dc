"""Which commands with `--sql` are run, and whether their SQL is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import cast

from grader.observations.model import OfflinePass, OneShotPass
from grader.observations.steps import StepAction, StepRecord
from grader.trial.offline_pass import offline_pass
from grader.trial.step_runner import StepRunner, StepRunners, WrittenSql
from tests.unit.observation_builders import step

UP, DOWN = ("upgrade", "head"), ("downgrade", "head:base")


@dataclass
class PretendedRunner:
    """Commands that end with these exit codes, each in one process with the other or alone."""

    alone: dict[tuple[str, str], int]
    together: int | None = None
    """How many of two commands end well in one process; None: the second does not."""
    refuses: bool = False
    commands: list[tuple[tuple[str, str], ...]] = field(default_factory=list)
    run: list[tuple[str, ...]] = field(default_factory=list)
    roles: set[str] = field(default_factory=set)

    def look(self) -> str:
        """The digest of an empty database."""
        return "empty"

    def write_sql(self, *commands: tuple[str, str]) -> list[WrittenSql]:
        """Write."""
        self.commands.append(commands)
        if len(commands) == 1:
            return [self._written(commands[0], self.alone[commands[0]])]
        if self.together is None:
            return []
        if self.together == 0:
            return [self._written(commands[0], 1)]
        return [self._written(command, 0) for command in commands[: self.together]]

    def _written(self, command: tuple[str, str], code: int) -> WrittenSql:
        record = step(StepAction.WRITE_SQL, command[1], exit_code=code)
        return WrittenSql(record, () if code else (command[0],))

    def run_sql(self, _: str, statements: tuple[str, ...], label: str) -> StepRecord:
        """Run."""
        self.run.append(statements)
        self.roles.add(label)
        return replace(step(StepAction.RUN_SQL), exit_code=int(self.refuses))

    @contextmanager
    def emptied(self, used: PretendedRunner) -> Iterator[PretendedRunner]:
        """The same, emptied."""
        yield used


def tried(runner: PretendedRunner, **owners: str) -> OfflinePass:
    done = OneShotPass(step(StepAction.UPGRADE), owners=owners)
    return offline_pass(cast("StepRunners", runner), cast("StepRunner", runner), done)


def test_both_commands_take_one_process() -> None:
    runner = PretendedRunner({}, together=2)
    found = tried(runner, users="direct")
    assert runner.commands == [(UP, DOWN)]
    assert runner.run == [("upgrade",), ("downgrade",)]
    assert runner.roles == {"direct"}
    assert found.downgrade_run is not None


def test_what_does_not_work_in_one_process_is_run_alone() -> None:
    runner = PretendedRunner({UP: 0, DOWN: 0}, together=None)
    found = tried(runner)
    assert runner.commands == [(UP, DOWN), (UP,), (DOWN,)]
    assert found.downgrade is not None
    assert runner.run == [("upgrade",), ("downgrade",)]


def test_nothing_follows_an_upgrade_that_fails() -> None:
    runner = PretendedRunner({}, together=0)
    found = tried(runner)
    assert (found.upgrade.exit_code, found.upgrade_run, found.downgrade) == (1, None, None)
    assert runner.run == []


def test_a_downgrade_that_fails_has_no_sql() -> None:
    runner = PretendedRunner({UP: 0, DOWN: 1}, together=None)
    found = tried(runner)
    assert runner.run == [("upgrade",)]
    assert found.downgrade is not None
    assert found.downgrade.exit_code == 1
    assert found.downgrade_run is None


def test_the_way_back_is_not_run_where_the_way_up_is_refused() -> None:
    runner = PretendedRunner({}, together=2, refuses=True)
    assert tried(runner).downgrade_run is None
    assert runner.run == [("upgrade",)]


def test_the_sql_is_run_over_the_connection_of_the_tables() -> None:
    runner = PretendedRunner({}, together=2)
    tried(runner, users="pooled", posts="pooled", more="direct")
    assert runner.roles == {"pooled"}

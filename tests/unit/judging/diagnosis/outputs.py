"""Reads `outputs.txt`: real outputs of commands that failed, each with what is to be said about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from grader.observations.model import Observations
from grader.observations.steps import Pass, StepAction, StepRecord
from tests.unit.judging.diagnosis.project import FLASK_PROJECT, PROJECT
from tests.unit.observation_builders import step

_CASE = re.compile(r"^=== (\w+)\n", re.MULTILINE)
_COMMAND = re.compile(r"\$ (?P<command>.+) \[(?P<exit_code>-?\d+)\]")


@dataclass(frozen=True)
class Case:
    """One command that failed."""

    name: str
    step: StepRecord
    id: str
    place: str
    """`path:line`, or `-`."""
    says: tuple[str, ...]

    @property
    def observations(self) -> Observations:
        """The project that the command ran in."""
        return FLASK_PROJECT if self.name.startswith("fl_") else PROJECT


def failed(
    output: str, action: StepAction = StepAction.UPGRADE, target: str | None = "head", exit_code: int = 1
) -> StepRecord:
    """A command of the plain run that printed this and ended with an error."""
    return step(action, target, exit_code=exit_code, stderr=output)


def read_cases() -> tuple[Case, ...]:
    """All cases, in the file's order."""
    _, *parts = _CASE.split(Path(__file__).with_name("outputs.txt").read_text(encoding="utf-8"))
    return tuple(_case(name, body) for name, body in zip(parts[::2], parts[1::2], strict=True))


def _case(name: str, body: str) -> Case:
    head, _, output = body.partition("output:\n")
    command, *lines = head.splitlines()
    run = _COMMAND.fullmatch(command)
    assert run is not None, command
    fields = [line.partition(": ")[::2] for line in lines]
    values = dict(fields)
    with_sql = "--sql" in run["command"]
    action, target = (StepAction.WRITE_SQL, None) if with_sql else told(run["command"].split())
    record = failed(output.strip("\n"), action, target, int(run["exit_code"]))
    record = replace(record, command=run["command"])
    if with_sql:
        by_us = run["command"].startswith("the SQL of ")
        record = replace(
            record, trial_pass=Pass.OFFLINE, action=StepAction.RUN_SQL if by_us else StepAction.WRITE_SQL
        )
    return Case(
        name, record, values["id"], values["at"], tuple(text for key, text in fields if key == "says")
    )


def told(words: list[str]) -> tuple[StepAction, str | None]:
    """What a command line of the file does; other commands of Alembic count as `current`."""
    for action in (StepAction.UPGRADE, StepAction.DOWNGRADE):
        if action in words:
            return action, words[-1] if words[-1] != action else None
    return StepAction.CURRENT, None

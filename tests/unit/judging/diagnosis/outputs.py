"""Reads `outputs.txt`: real outputs of commands that failed, each with what is to be said about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from grader.observations.model import Observations, StepRecord
from tests.unit.judging.diagnosis.project import FLASK_PROJECT, PROJECT

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


def failed(output: str, command: str = "alembic upgrade head", exit_code: int = 1) -> StepRecord:
    """A command that printed this and ended with an error."""
    return StepRecord(command, exit_code, "", output, 0.2)


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
    step = failed(output.strip("\n"), run["command"], int(run["exit_code"]))
    return Case(name, step, values["id"], values["at"], tuple(text for key, text in fields if key == "says"))

"""Which revisions are broken off, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from grader.observations.model import BrokenOff
from grader.observations.steps import StepAction
from grader.trial.atomic_pass import atomic_pass
from grader.trial.step_runner import StepRunner, StepRunners
from tests.unit.observation_builders import step


@dataclass
class PretendedRunner:
    """Says how far the database is when an upgrade to each revision was broken off."""

    reached: dict[str, tuple[str, ...] | None]
    fires: bool = True
    emptied_times: int = 0
    asked: list[str] = field(default_factory=list)

    def look(self) -> str:
        """The digest of an empty database."""
        return "empty"

    def break_off(self, revision: str) -> BrokenOff:
        """Break off."""
        self.asked.append(revision)
        record = step(StepAction.UPGRADE, revision, exit_code=1)
        return BrokenOff(revision, replace(record, versions=self.reached[revision]), broken_off=self.fires)

    @contextmanager
    def emptied(self, used: PretendedRunner) -> Iterator[PretendedRunner]:
        """The same, emptied."""
        self.emptied_times += 1
        yield used


@pytest.mark.parametrize(
    ("reached", "asked"),
    [
        ({"d": None}, ["d"]),
        ({"d": ("c",), "c": ("b",), "b": ("a",), "a": ()}, ["d", "c", "b", "a"]),
        ({"d": ("b",), "b": None}, ["d", "b"]),
        ({"d": ("d",)}, ["d"]),
        # A merge of two branches.
        ({"d": ("b", "c"), "c": ("a",), "b": ("a",), "a": ()}, ["d", "c", "a", "b"]),
    ],
)
def test_it_goes_on_where_something_was_committed(
    reached: dict[str, tuple[str, ...] | None], asked: list[str]
) -> None:
    runner = PretendedRunner(reached)
    found = atomic_pass(cast("StepRunners", runner), cast("StepRunner", runner), "d")
    assert runner.asked == asked
    assert [item.revision for item in found.attempts] == asked
    assert found.before == "empty"
    assert runner.emptied_times == len(asked)


def test_it_ends_where_nothing_could_be_broken_off() -> None:
    runner = PretendedRunner({"d": ("c",)}, fires=False)
    atomic_pass(cast("StepRunners", runner), cast("StepRunner", runner), "d")
    assert runner.asked == ["d"]

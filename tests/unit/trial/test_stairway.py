"""Which steps the stairway takes after one that went wrong; the databases are pretended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import cast

from grader.observations.model import StairwayStep
from grader.observations.revisions import Revision, RevisionGraph
from grader.observations.steps import Limit, Pass, StepAction, StepRecord
from grader.trial.stairway import stairway
from grader.trial.stairway_over_rows import failed_as_one_shot
from grader.trial.step_runner import StepRunner, StepRunners
from tests.unit.observation_builders import CHAIN, EMPTY, INITIAL, graph, perfect, step


@dataclass
class PretendedRunners:
    """Step runners whose steps all succeed, except those that are named."""

    failing: dict[tuple[StepAction, str], Limit | None] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    """Each database and each step, in order."""

    @contextmanager
    def new(self) -> Iterator[StepRunner]:
        """Give another database."""
        self.taken.append("new")
        yield cast("StepRunner", self)

    @contextmanager
    def emptied(self, used: StepRunner) -> Iterator[StepRunner]:
        """Give the same database, emptied."""
        self.taken.append("emptied")
        yield used

    def look(self) -> str:
        """Give the digest before a revision."""
        return "before"

    def upgrade_to(self, revision: str, _: Pass, *, again: bool = False) -> StepRecord:
        """Apply a revision."""
        return self._step(StepAction.REAPPLY if again else StepAction.UPGRADE, revision)

    def undo(self, revision: Revision, _: RevisionGraph, __: Pass) -> StepRecord:
        """Undo a revision."""
        return self._step(StepAction.DOWNGRADE, revision.id)

    def _step(self, action: StepAction, revision: str) -> StepRecord:
        self.taken.append(f"{action} {revision}")
        done = step(action, revision, state=EMPTY if action is StepAction.DOWNGRADE else INITIAL)
        if (action, revision) not in self.failing:
            return done
        return replace(done, exit_code=1, limit=self.failing[action, revision])


def taken(*failing: tuple[StepAction, str], limit: Limit | None = None) -> tuple[list[str], list[str]]:
    """The revisions of the stairway, and all that was done for them."""
    pretended = PretendedRunners(dict.fromkeys(failing, limit))
    runners = cast("StepRunners", pretended)
    steps = stairway(runners, cast("StepRunner", pretended), graph(*CHAIN[:2]))
    return [item.revision for item in steps], pretended.taken


def test_every_revision_goes_up_down_and_up_again_in_one_database() -> None:
    assert taken() == (
        ["aaa1", "bbb2"],
        [
            "emptied",
            *("upgrade aaa1", "downgrade aaa1", "reapply aaa1"),
            *("upgrade bbb2", "downgrade bbb2", "reapply bbb2"),
        ],
    )


def test_after_a_failed_downgrade_a_new_database_is_brought_to_the_revision() -> None:
    assert taken((StepAction.DOWNGRADE, "aaa1")) == (
        ["aaa1", "bbb2"],
        [
            *("emptied", "upgrade aaa1", "downgrade aaa1"),
            *("new", "upgrade aaa1", "upgrade bbb2", "downgrade bbb2", "reapply bbb2"),
        ],
    )


def test_nothing_follows_an_upgrade_that_fails() -> None:
    revisions, steps = taken((StepAction.UPGRADE, "aaa1"))
    assert (revisions, steps) == (["aaa1"], ["emptied", "upgrade aaa1"])


def test_nothing_follows_a_downgrade_that_a_limit_ended() -> None:
    revisions, steps = taken((StepAction.DOWNGRADE, "aaa1"), limit=Limit.TIME)
    assert (revisions, steps[-1]) == (["aaa1"], "downgrade aaa1")


def test_a_failure_that_rows_cannot_have_caused() -> None:
    first, second, *_ = perfect().stairway
    failed = replace(second.up, exit_code=1)
    assert failed_as_one_shot([StairwayStep("aaa1", "before", failed)])
    assert failed_as_one_shot([first, StairwayStep("bbb2", "before", replace(failed, limit=Limit.TIME))])
    assert not failed_as_one_shot([first, StairwayStep("bbb2", "before", failed)])
    assert not failed_as_one_shot([first])
    assert not failed_as_one_shot([])

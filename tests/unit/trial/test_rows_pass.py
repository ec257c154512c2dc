"""How often the rows pass is done; the databases are pretended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from grader.observations.model import RowLoss, RowsStep
from grader.observations.revisions import Revision, RevisionGraph
from grader.observations.steps import Limit, Pass, StepAction, StepRecord
from grader.trial.rows import SeedResult, TableContent, TableLayout, TableRows, Wishes
from grader.trial.rows_pass import renamed, rows_pass
from grader.trial.step_runner import StepRunner, StepRunners
from tests.unit.observation_builders import CHAIN, EMPTY, INITIAL, graph, step

REFUSED = 'psycopg2.errors.CheckViolation: check constraint "c" of relation "t" is violated by some row'
CLOSED = TableRows({"t": TableContent({"id": "integer", "name": "text"}, (("1", "ada"),), ("id",))})
EMPTIED = TableRows({"t": TableContent({"id": "integer", "name": "text"}, (("1", None),), ("id",))})


@dataclass
class PretendedRunners:
    """Step runners over one table with one row."""

    failing: dict[int, str] = field(default_factory=dict)
    """The walks, from 1, whose second upgrade fails, with what it prints."""
    losing: tuple[int, ...] = ()
    """The walks whose first downgrade loses a value."""
    limit: Limit | None = None
    databases: int = 0
    walks: int = 0
    wishes: list[Wishes] = field(default_factory=list)
    content: TableRows = CLOSED

    @contextmanager
    def new(self) -> Iterator[StepRunner]:
        """Give another database: one for the examples and one for the walk, in turn."""
        self.databases += 1
        self.walks = self.databases // 2
        self.content = CLOSED
        yield cast("StepRunner", self)

    def migrate(self, *_: object) -> StepRecord:
        """Bring the database to head."""
        return step(StepAction.UPGRADE, "head", versions=(CHAIN[1],), state=INITIAL)

    def row_layout(self) -> TableLayout:
        """Give no tables: there are no examples."""
        return TableLayout((), ())

    def read_rows(self) -> TableRows:
        """Give the one row."""
        return self.content

    def seed_rows(self, *_: object, wishes: Wishes, **__: Any) -> SeedResult:
        """Put nothing in."""
        self.wishes.append(wishes)
        return SeedResult({"t": 1})

    def upgrade_to(self, revision: str, _: Pass) -> StepRecord:
        """Apply a revision."""
        done = step(StepAction.UPGRADE, revision, state=INITIAL)
        if revision == CHAIN[1] and self.walks in self.failing:
            return replace(done, exit_code=1, stderr=self.failing[self.walks], limit=self.limit)
        return done

    def undo(self, revision: Revision, _: RevisionGraph, __: Pass) -> StepRecord:
        """Undo a revision."""
        if self.walks in self.losing:
            self.content = EMPTIED
        return step(StepAction.DOWNGRADE, revision.id, state=EMPTY)


def walked(pretended: PretendedRunners) -> tuple[RowsStep, ...]:
    defaults = {"t": {"name": ("ada",)}}
    return rows_pass(cast("StepRunners", pretended), graph(*CHAIN[:2]), lambda: defaults)


def test_a_pass_in_which_nothing_fails_is_done_once() -> None:
    pretended = PretendedRunners()
    assert [(item.direction, item.step.succeeded) for item in walked(pretended)] == [
        ("up", True),
        ("up", True),
        ("down", True),
        ("down", True),
    ]
    assert pretended.walks == 1
    assert not any(wishes.only_defaults for wishes in pretended.wishes)


def test_a_step_that_rows_made_fail_is_tried_over_the_rows_that_the_app_writes_most() -> None:
    pretended = PretendedRunners({1: REFUSED})
    assert all(item.step.succeeded for item in walked(pretended))
    assert pretended.walks == 2
    assert pretended.wishes[-1].only_defaults
    assert pretended.wishes[-1].defaults == {"t": {"name": ("ada",)}}


def test_what_fails_over_both_kinds_of_rows_has_failed() -> None:
    steps = walked(PretendedRunners({1: REFUSED, 2: REFUSED}))
    assert not steps[-1].step.succeeded
    assert steps[-1].examples == {"t": "name = ada"}


@pytest.mark.parametrize(
    ("printed", "limit"), [("NotImplementedError", None), (REFUSED, Limit.TIME)], ids=["error", "limit"]
)
def test_what_other_rows_cannot_mend_is_not_tried_again(printed: str, limit: Limit | None) -> None:
    pretended = PretendedRunners({1: printed}, limit=limit)
    assert not walked(pretended)[-1].step.succeeded
    assert pretended.walks == 1


def test_a_value_that_is_lost_is_told_with_its_step() -> None:
    steps = walked(PretendedRunners(losing=(1,)))
    assert steps[2].losses == (RowLoss("t", "name", "ada", "NULL"),)


def test_losses_do_not_show_the_random_name_of_a_role() -> None:
    lost = RowLoss("t", "written_by", "app_abcdefghijkl", None)
    (shown,) = renamed(
        (RowsStep(CHAIN[0], "up", step(StepAction.UPGRADE), losses=(lost,)),), {"app_abcdefghijkl": "app"}
    )
    assert shown.losses == (replace(lost, expected="app"),)

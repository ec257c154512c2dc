"""Which tables a downgrade is said to have made again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from grader.observations.model import OneShotPass
from grader.observations.steps import Pass, StepAction, StepRecord
from grader.trial.short_passes import one_shot_pass
from grader.trial.step_runner import StepRunner
from tests.unit.observation_builders import SHORTENED, at, step


@dataclass
class PretendedRunner:
    """A database whose tables have these numbers before and after the downgrade."""

    before: dict[str, int]
    after: dict[str, int]
    down: int | None = 0
    """The exit code of the downgrade."""
    gone_down: bool = False

    def migrate(self, _: Pass, action: StepAction, target: str | None = None, **__: Any) -> StepRecord:
        """Do as it is told."""
        done = step(action, target, versions=at(4), state=SHORTENED)
        if action is StepAction.DOWNGRADE:
            self.gone_down = True
            return replace(done, exit_code=self.down)
        return done

    def owners(self, _: StepRecord) -> dict[str, str]:
        """Say who made the tables at head; the version table is none of them."""
        return dict.fromkeys(("posts", "tags", "users"), "direct")

    def tables(self) -> dict[str, int]:
        """Give the numbers of the tables."""
        return self.after if self.gone_down else self.before


def one_shot(before: dict[str, int], after: dict[str, int], down: int | None = 0) -> OneShotPass:
    return one_shot_pass(cast("StepRunner", PretendedRunner(before, after, down)))


AT_HEAD = {"alembic_version": 1, "posts": 2, "tags": 3, "users": 4}


@pytest.mark.parametrize(
    ("after", "made_again"),
    [
        (AT_HEAD, ()),
        ({"posts": 2, "users": 4}, ()),
        ({"alembic_version": 9, "posts": 7, "tags": 3, "users": 8}, ("posts", "users")),
        # A table that was there under another name, and one that is new.
        ({"posts": 3, "users": 4}, ()),
        ({"posts": 2, "users": 4, "notes": 9}, ()),
        ({}, ()),
    ],
)
def test_tables_with_a_number_that_was_not_there_before(
    after: dict[str, int], made_again: tuple[str, ...]
) -> None:
    assert one_shot(AT_HEAD, after).made_again == made_again


def test_nothing_is_said_where_the_tables_could_not_be_looked_at() -> None:
    assert one_shot({}, {"posts": 7}).made_again == ()


def test_nothing_is_said_of_a_downgrade_that_failed() -> None:
    assert one_shot(AT_HEAD, {"posts": 7}, 1).made_again == ()
    assert one_shot(AT_HEAD, {"posts": 7}, 1).reapply is None

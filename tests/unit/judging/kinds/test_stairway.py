"""`reversible_chain`: every revision up, down and up again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.observations.model import Observations, StepRecord
from grader.observations.steps import StepAction
from grader.report.model import Status
from tests.unit.observation_builders import (
    CATEGORIES,
    CHAIN,
    EMPTY,
    INITIAL,
    PROFILE,
    Objects,
    at,
    graph,
    perfect,
    step,
    thing,
    untouched,
    with_one_shot,
    with_snapshots,
    with_stair,
)
from tests.unit.report_readers import failed_checks, found, hint, judged

MOOD = thing("type", "mood", type="enum", labels=("good", "bad"), written="mood")


def test_skipped_without_an_upgrade() -> None:
    result = judged(untouched(), "reversible_chain")
    assert (result.status, result.blocked_by) == (Status.SKIPPED, "upgrade_head")


def went_down(observations: Observations, state: Objects, versions: tuple[str, ...] = at(3)) -> Observations:
    down = step(StepAction.DOWNGRADE, "-1", versions=versions, state=state)
    return with_snapshots(with_one_shot(observations, downgrade=down), state)


def test_every_revision_reversible() -> None:
    result = judged(perfect(), "reversible_chain")
    assert result.status is Status.PASSED
    assert [check.id for check in result.checks] == [*(f"revision_{name}" for name in CHAIN), "base"]


UP = perfect().stairway[1].up
BROKEN_STAIRS: list[tuple[str, dict[str, StepRecord | None], str]] = [
    (
        "the downgrade fails",
        {"down": step(StepAction.DOWNGRADE, "-1", versions=at(2), state=PROFILE, exit_code=1), "again": None},
        "the downgrade: it ended with exit code 1",
    ),
    (
        "the version stays",
        {"down": step(StepAction.DOWNGRADE, "-1", versions=at(2), state=INITIAL)},
        "the downgrade did not get to aaa1, but to bbb2",
    ),
    (
        "the schema stays",
        {"down": step(StepAction.DOWNGRADE, "-1", versions=at(1), state=PROFILE)},
        "after the downgrade: column users.avatar_url is there and should not be",
    ),
    (
        "the second upgrade fails",
        {"again": step(StepAction.UPGRADE, "bbb2", versions=at(1), state=INITIAL, exit_code=1)},
        "the second upgrade: it ended with exit code 1",
    ),
    (
        "the second upgrade gives another schema",
        {"again": step(StepAction.UPGRADE, "bbb2", versions=at(2), state=(*PROFILE, MOOD))},
        "after the second upgrade: type mood is there and should not be",
    ),
    ("the upgrade fails", {"up": replace(UP, exit_code=1)}, "the upgrade: it ended with exit code 1"),
]


@pytest.mark.parametrize(("parts", "text"), [pytest.param(*case[1:], id=case[0]) for case in BROKEN_STAIRS])
def test_a_revision_that_cannot_be_taken_back(parts: dict[str, StepRecord | None], text: str) -> None:
    result = judged(with_stair(perfect(), 2, (*PROFILE, MOOD), **parts), "reversible_chain")
    assert failed_checks(result) == ["revision_bbb2"]
    assert found(result, "revision_bbb2").startswith(text)
    assert hint(result)


def test_branches_are_taken_back_one_at_a_time() -> None:
    """bbb2 and ccc3 both follow aaa1, ddd4 joins them: below ccc3 the database is at bbb2."""
    sound = graph(*CHAIN)
    forked = (
        *sound.revisions[:2],
        replace(sound.revisions[2], parents=("aaa1",)),
        replace(sound.revisions[3], parents=("bbb2", "ccc3")),
    )
    both = ("bbb2", "ccc3")
    climbed = perfect()
    for number, parts in (
        (3, {"up": replace(climbed.stairway[2].up, versions=both)}),
        (4, {"down": step(StepAction.DOWNGRADE, "-1", versions=both, state=CATEGORIES)}),
    ):
        climbed = with_stair(climbed, number, **parts)
    climbed = went_down(replace(climbed, graph=replace(sound, revisions=forked)), CATEGORIES, versions=both)
    assert judged(climbed, "reversible_chain").status is Status.PASSED
    assert judged(climbed, "downgrade").status is Status.PASSED


def test_a_revision_that_was_not_reached() -> None:
    result = judged(replace(perfect(), stairway=perfect().stairway[:3]), "reversible_chain")
    assert failed_checks(result) == ["revision_ddd4"]


def test_something_left_at_base() -> None:
    rows = list(perfect().rows)
    rows[-1] = replace(rows[-1], step=step(StepAction.DOWNGRADE, "base", versions=(), state=(*EMPTY, MOOD)))
    result = judged(with_snapshots(replace(perfect(), rows=tuple(rows)), (*EMPTY, MOOD)), "reversible_chain")
    assert failed_checks(result) == ["base"]
    assert found(result, "base") == "type mood is there and should not be"
    assert "downgrade base" in hint(result)


def test_revisions_that_were_not_run_one_by_one_are_a_fault_of_ours() -> None:
    assert judged(replace(perfect(), stairway=()), "reversible_chain").status is Status.ERROR

"""`downgrade`, `username_length` and `reversible_chain`: what a way back has to give back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.observations.model import Observations, StepRecord
from grader.observations.revisions import FunctionFacts
from grader.observations.steps import StepAction
from grader.report.model import Status
from tests.unit.observation_builders import (
    CATEGORIES,
    CHAIN,
    EMPTY,
    INITIAL,
    PROFILE,
    SHORTENED,
    STATES,
    Objects,
    at,
    changed,
    graph,
    perfect,
    step,
    thing,
    untouched,
    with_head,
    with_one_shot,
    with_snapshots,
    with_stair,
)
from tests.unit.report_readers import failed_checks, found, hint, judged

MOOD = thing("type", "mood", type="enum", labels=("good", "bad"), written="mood")


def went_down(observations: Observations, state: Objects, versions: tuple[str, ...] = at(3)) -> Observations:
    down = step(StepAction.DOWNGRADE, "-1", versions=versions, state=state)
    return with_snapshots(with_one_shot(observations, downgrade=down), state)


def with_downgrade_function(observations: Observations, facts: FunctionFacts) -> Observations:
    sound = graph(*CHAIN)
    head = replace(sound.revisions[3], downgrade=facts)
    return replace(observations, graph=replace(sound, revisions=(*sound.revisions[:3], head)))


def test_downgrade_passes() -> None:
    result = judged(perfect(), "downgrade")
    assert (result.status, result.points, result.hint, result.evidence) == (Status.PASSED, 15, None, ())


@pytest.mark.parametrize("criterion", ["downgrade", "username_length", "reversible_chain"])
def test_skipped_without_an_upgrade(criterion: str) -> None:
    result = judged(untouched(), criterion)
    assert (result.status, result.blocked_by) == (Status.SKIPPED, "upgrade_head")


def test_a_downgrade_that_does_nothing() -> None:
    idle = with_downgrade_function(went_down(perfect(), SHORTENED), FunctionFacts(30, empty=True))
    result = judged(idle, "downgrade")
    assert failed_checks(result) == ["undone", "schema"]
    assert result.points == 0
    assert "nothing was undone" in found(result, "undone")
    assert "downgrade() of revision ddd4 is empty (alembic/versions/ddd4.py, line 30)" in hint(result)


def test_a_downgrade_that_leaves_a_type_behind() -> None:
    leaving = went_down(perfect(), (*CATEGORIES, MOOD))
    assert leaving.one_shot is not None
    result = judged(with_stair(leaving, 4, down=leaving.one_shot.downgrade), "downgrade")
    assert failed_checks(result) == ["schema"]
    assert result.points == 5
    assert result.evidence[0].text == "type mood is there and should not be"
    assert "leaves something behind: the type mood" in hint(result)


def test_a_downgrade_that_only_fails_to_restore_in_the_plain_run() -> None:
    """The stairway saw nothing wrong, so there is no diagnosis: the differences themselves are the hint."""
    result = judged(went_down(perfect(), (*CATEGORIES, MOOD)), "downgrade")
    assert "downgrade() of revision ddd4" in hint(result)
    assert "type mood is there and should not be" in hint(result)


def test_a_downgrade_that_goes_too_far() -> None:
    result = judged(went_down(perfect(), PROFILE), "downgrade")
    assert failed_checks(result) == ["schema"]
    assert "table categories is missing" in found(result, "schema")


def test_a_downgrade_that_fails_after_the_fact() -> None:
    down = step(
        StepAction.DOWNGRADE, "-1", versions=at(3), state=CATEGORIES, exit_code=1, stderr="Error: late"
    )
    result = judged(with_one_shot(perfect(), downgrade=down), "downgrade")
    assert failed_checks(result) == ["undone"]
    assert result.points == 10
    assert result.evidence[0].text == "Error: late"


def test_a_downgrade_that_raises() -> None:
    down = step(
        StepAction.DOWNGRADE, "-1", versions=at(4), state=SHORTENED, exit_code=1, stderr="NotImplementedError"
    )
    raising = FunctionFacts(30, empty=False, raises="NotImplementedError")
    spoilt = with_downgrade_function(with_one_shot(perfect(), downgrade=down), raising)
    result = judged(spoilt, "downgrade")
    assert failed_checks(result) == ["undone", "schema"]
    assert found(result, "schema") == "it did not get to the parent"
    assert "NotImplementedError" in hint(result)


def test_an_empty_downgrade_under_a_revision_that_changes_nothing_is_right() -> None:
    """A head that only moves data."""
    states = (*STATES[:4], CATEGORIES)
    assert judged(perfect(states), "downgrade").status is Status.PASSED


def test_leaving_the_process_under_a_revision_that_changes_nothing_earns_nothing() -> None:
    idle = went_down(perfect((*STATES[:4], CATEGORIES)), CATEGORIES, versions=at(4))
    result = judged(idle, "downgrade")
    assert failed_checks(result) == ["undone", "schema"]
    assert result.points == 0


def test_a_chain_of_one_goes_back_to_base() -> None:
    single = replace(
        perfect(),
        graph=graph("aaa1"),
        stairway=perfect().stairway[:1],
        replay=None,
    )
    upgrade = step(StepAction.UPGRADE, "head", versions=at(1), state=INITIAL)
    down = step(StepAction.DOWNGRADE, "-1", versions=(), state=EMPTY)
    result = judged(with_one_shot(single, upgrade=upgrade, downgrade=down), "downgrade")
    assert result.status is Status.PASSED
    assert found(result, "undone") == "an empty version table (base)"


def test_the_parents_schema_may_come_from_the_replay() -> None:
    replayed = with_head(perfect(), (*SHORTENED, MOOD), replayed=SHORTENED)
    spoilt = replace(went_down(replayed, CATEGORIES), stairway=perfect().stairway[:3])
    assert judged(spoilt, "downgrade").status is Status.PASSED


def test_a_parent_that_nobody_saw_is_a_fault_of_ours() -> None:
    assert judged(replace(perfect(), stairway=()), "downgrade").status is Status.ERROR
    assert judged(with_one_shot(perfect(), downgrade=None), "downgrade").status is Status.ERROR


def test_username_passes_with_a_way_back() -> None:
    result = judged(perfect(), "username_length")
    assert (result.status, result.points) == (Status.PASSED, 5)
    assert [check.revision for check in result.checks] == ["ddd4", "ddd4"]


def test_username_not_attempted_earns_nothing_and_costs_nothing() -> None:
    result = judged(perfect((*STATES[:4], CATEGORIES)), "username_length")
    assert failed_checks(result) == ["column_users_username", "restored"]
    assert result.points == 0
    assert hint(result).startswith("This step is optional")


def test_username_shortened_without_a_way_back() -> None:
    down = step(StepAction.DOWNGRADE, "-1", versions=at(3), state=SHORTENED)
    result = judged(with_stair(perfect(), 4, down=down), "username_length")
    assert failed_checks(result) == ["restored"]
    assert found(result, "restored") == "users.username is character varying(50), not null"
    assert result.points == 2.5
    assert "revision ddd4" in hint(result)


def test_username_with_a_downgrade_that_fails() -> None:
    down = step(StepAction.DOWNGRADE, "-1", versions=at(4), state=SHORTENED, exit_code=1, stderr="Error: no")
    result = judged(with_stair(perfect(), 4, down=down), "username_length")
    assert failed_checks(result) == ["restored"]
    assert found(result, "restored").startswith("it ended with exit code 1: Error: no; users.username is")


def test_username_short_from_the_start() -> None:
    short = tuple(changed(state, "users.username", type="character varying(50)") for state in STATES)
    result = judged(perfect(short), "username_length")
    assert failed_checks(result) == ["restored"]
    assert "from the start" in hint(result)


def test_username_shortened_but_nullable() -> None:
    loose = changed(SHORTENED, "users.username", nullable=True)
    result = judged(perfect((*STATES[:4], loose)), "username_length")
    assert failed_checks(result) == ["column_users_username"]
    assert "users.username is character varying(50), nullable" in hint(result)


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

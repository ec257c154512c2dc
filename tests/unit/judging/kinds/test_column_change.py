"""`username_length`: the optional step, and its way back."""

from __future__ import annotations

from grader.observations.steps import StepAction
from grader.report.model import Status
from tests.unit.observation_builders import (
    CATEGORIES,
    SHORTENED,
    STATES,
    at,
    changed,
    perfect,
    step,
    thing,
    untouched,
    with_stair,
)
from tests.unit.report_readers import failed_checks, found, hint, judged

MOOD = thing("type", "mood", type="enum", labels=("good", "bad"), written="mood")


def test_skipped_without_an_upgrade() -> None:
    result = judged(untouched(), "username_length")
    assert (result.status, result.blocked_by) == (Status.SKIPPED, "upgrade_head")


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

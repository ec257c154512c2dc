"""`data_survival`: rows that are there before a migration are there after it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from grader.observations.model import Observations, RowLoss
from grader.observations.steps import StepAction
from grader.report.model import Status
from tests.unit.observation_builders import (
    CATEGORIES,
    INITIAL,
    SHORTENED,
    assignment,
    at,
    criterion,
    perfect,
    step,
    untouched,
    with_head,
)
from tests.unit.report_readers import failed_checks, found, hint, judged


def with_rows(observations: Observations, number: int, **parts: Any) -> Observations:
    """The same observations with other parts in a step of the rows pass (from 0)."""
    steps = list(observations.rows)
    steps[number] = replace(steps[number], **parts)
    return replace(observations, rows=tuple(steps))


def test_data_survives() -> None:
    result = judged(perfect(), "data_survival")
    assert result.status is Status.PASSED
    # The first upgrade met no rows and is no check.
    assert [check.id for check in result.checks[:4]] == ["up_bbb2", "up_ccc3", "up_ddd4", "down_ddd4"]


def test_data_survival_is_skipped_without_an_upgrade() -> None:
    assert judged(untouched(), "data_survival").blocked_by == "upgrade_head"


def test_an_upgrade_that_only_works_on_empty_tables() -> None:
    error = 'psycopg2.errors.NotNullViolation: column "bio" of relation "users" contains null values'
    failing = step(StepAction.UPGRADE, "bbb2", versions=at(1), state=INITIAL, exit_code=1, stderr=error)
    cut = replace(perfect(), rows=perfect().rows[:2])
    met = {"rows_before": {"users": 2}, "examples": {"posts": "title = x", "users": "username = ada"}}
    result = judged(with_rows(cut, 1, step=failing, **met), "data_survival")
    assert failed_checks(result) == ["up_bbb2"]
    assert "contains null values" in found(result, "up_bbb2")
    assert "server_default" in hint(result)
    assert "The grader put these rows in (users had 2 rows, for example username = ada)" in hint(result)


def test_what_the_assignment_wants_gone_may_go() -> None:
    columns = (RowLoss("users", "name", "ada", None), RowLoss("people", "login", "ada", None))
    lost = (*columns, RowLoss("old_users", None, "id 1", None))
    absent = ["users.name", "users.login", "old_users"]
    asked = criterion("gone", "schema", absent=absent, in_reference=False)
    rubric = replace(
        assignment(),
        criteria=(*assignment().criteria, asked),
        aliases={"users": ("people",)},
    )
    observations = with_rows(perfect(), 2, losses=lost)
    assert judged(observations, "data_survival").status is Status.FAILED
    assert judged(observations, "data_survival", rubric).status is Status.PASSED
    changed = with_rows(perfect(), 2, losses=(RowLoss("users", "name", "ada", "eve"), *lost))
    assert found(judged(changed, "data_survival", rubric), "up_ccc3") == "users.name was ada and is eve"


def test_values_that_are_lost() -> None:
    losses = (RowLoss("users", "username", "ada", None), RowLoss("users", None, "id 1", None))
    result = judged(with_rows(perfect(), 2, losses=losses), "data_survival")
    assert failed_checks(result) == ["up_ccc3"]
    assert found(result, "up_ccc3") == "users.username was ada and is gone; and 1 more"
    assert result.evidence[0].text == "users.username was ada and is gone\na row of users is gone (id 1)"
    assert "2 lost, for example users.username was ada" in hint(result)


def test_the_hint_tells_rows_of_a_revision_from_those_of_the_grader() -> None:
    loss = RowLoss("roles", None, "id = 1", None, migrated=True)
    result = judged(with_rows(perfect(), 2, losses=(loss,)), "data_survival")
    assert "A revision had put these rows in." in hint(result)
    assert "The grader" not in hint(result)


def test_values_that_a_downgrade_changes() -> None:
    result = judged(
        with_rows(perfect(), 4, losses=(RowLoss("users", "username", "ada", "a"),)), "data_survival"
    )
    assert failed_checks(result) == ["down_ddd4"]
    assert found(result, "down_ddd4") == "users.username was ada and is a"
    assert "downgrade() of revision ddd4" in hint(result)


@pytest.mark.parametrize("number", [2, 5])
def test_a_command_that_only_says_that_it_ran(number: int) -> None:
    """Up or down: the version table shows that nothing happened, and nothing lost is no merit then."""
    below = step(StepAction.DOWNGRADE, "-1", versions=at(2 if number == 2 else 3), state=CATEGORIES)
    result = judged(with_rows(perfect(), number, step=below), "data_survival")
    assert len(failed_checks(result)) == 1
    assert "the command did nothing" in found(result, failed_checks(result)[0])


def test_a_sequence_left_behind_is_the_students() -> None:
    problem = 'duplicate key value violates unique constraint "users_pkey"'
    behind = with_rows(perfect(), 1, seed_problems={"users": problem}, seeded={"posts": 3})
    result = judged(behind, "data_survival")
    assert failed_checks(result) == ["up_bbb2"]
    assert "setval()" in hint(result)


@pytest.mark.parametrize(
    "problem", ['duplicate key value violates unique constraint "uq_username"', "no idea how to make a value"]
)
def test_a_table_that_takes_no_rows_is_left_out_and_named(problem: str) -> None:
    unseeded = with_rows(perfect(), 0, seed_problems={"users": problem}, seeded={"posts": 3})
    result = judged(unseeded, "data_survival")
    assert result.status is Status.PASSED
    assert result.evidence[0].text == f"users, at revision aaa1: {problem}"


def test_where_no_table_takes_rows_the_commands_alone_are_judged() -> None:
    problem = {"users": "no rows today"}
    empty = [replace(step, rows_before={}, seeded={}, seed_problems=problem) for step in perfect().rows]
    result = judged(replace(perfect(), rows=tuple(empty)), "data_survival")
    assert result.status is Status.PASSED
    assert len(result.checks) == len(empty)
    assert result.checks[0].found == "there were no rows to keep"
    assert result.evidence[0].text.startswith("No table took a row")


def test_a_table_that_has_rows_already_needs_no_more() -> None:
    full = with_rows(perfect(), 2, seed_problems={"users": "no more names"}, seeded={"posts": 3})
    assert judged(full, "data_survival").status is Status.PASSED


def test_lost_values_count_even_where_another_table_could_not_be_seeded() -> None:
    unseeded = with_rows(perfect(), 0, seed_problems={"posts": "no idea"}, seeded={"users": 3})
    lossy = with_rows(unseeded, 2, losses=(RowLoss("users", None, "id 1", None),))
    assert judged(lossy, "data_survival").status is Status.FAILED


def test_revisions_that_were_not_tried_over_rows_are_a_fault_of_ours() -> None:
    assert judged(replace(perfect(), rows=()), "data_survival").status is Status.ERROR
    assert judged(replace(perfect(), rows=perfect().rows[:5]), "data_survival").status is Status.ERROR


def test_a_stamped_database_skips_all_practice() -> None:
    stamped = with_head(perfect(), INITIAL, replayed=SHORTENED)
    assert judged(stamped, "reapply").status is Status.SKIPPED
    assert judged(stamped, "data_survival").status is Status.SKIPPED

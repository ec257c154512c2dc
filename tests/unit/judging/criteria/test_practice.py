"""`configuration`, `reapply` and `data_survival`: advice that may become points."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from grader.observations.model import Finding, Observations, RowLoss
from grader.observations.steps import StepAction
from grader.report.model import Status
from tests.unit.observation_builders import (
    CATEGORIES,
    INITIAL,
    SHORTENED,
    assignment,
    at,
    exits_at_once,
    perfect,
    step,
    thing,
    untouched,
    with_head,
    with_one_shot,
    with_snapshots,
)
from tests.unit.report_readers import failed_checks, found, hint, judged


def with_findings(observations: Observations, *findings: Finding) -> Observations:
    return replace(observations, submission=replace(observations.submission, findings=findings))


def with_rows(observations: Observations, number: int, **parts: Any) -> Observations:
    """The same observations with other parts in a step of the rows pass (from 0)."""
    steps = list(observations.rows)
    steps[number] = replace(steps[number], **parts)
    return replace(observations, rows=tuple(steps))


def test_configuration_passes() -> None:
    assert judged(perfect(), "configuration").status is Status.PASSED


@pytest.mark.parametrize("observations", [untouched(), exits_at_once()])
def test_configuration_is_skipped_when_nothing_was_made(observations: Observations) -> None:
    result = judged(observations, "configuration", assignment(configuration=10.0))
    assert (result.status, result.points, result.blocked_by) == (Status.SKIPPED, 0, "upgrade_head")


def test_migrations_over_the_pooled_connection() -> None:
    owners = {"users": "pooled", "posts": "direct"}
    run = perfect().one_shot
    assert run is not None
    result = judged(replace(perfect(), one_shot=replace(run, owners=owners)), "configuration")
    assert failed_checks(result) == ["connection"]
    assert found(result, "connection") == "made over DATABASE_URL: users"
    assert "DIRECT_URL" in hint(result)


@pytest.mark.parametrize(
    ("finding", "text", "advice"),
    [
        (
            Finding("hard_coded_url", "a URL with a password", "alembic.ini", 63),
            "a URL with a password (alembic.ini, line 63)",
            "change the password",
        ),
        (Finding("committed_env", ".env holds secrets", ".env"), ".env holds secrets", ".gitignore"),
    ],
)
def test_secrets_in_files(finding: Finding, text: str, advice: str) -> None:
    result = judged(with_findings(perfect(), finding), "configuration")
    assert failed_checks(result) == [finding.kind]
    assert found(result, finding.kind) == text
    assert advice in hint(result)


def test_other_findings_do_not_matter_to_the_configuration() -> None:
    found_more = with_findings(
        perfect(), Finding("nested_root", "the exercise is in a sub-folder", "backend")
    )
    assert judged(found_more, "configuration").status is Status.PASSED


def test_reapply_passes() -> None:
    assert judged(perfect(), "reapply").status is Status.PASSED


def test_reapply_waits_for_the_upgrade_and_the_downgrade() -> None:
    assert judged(untouched(), "reapply").blocked_by == "upgrade_head"
    down = step(StepAction.DOWNGRADE, "-1", versions=at(4), state=SHORTENED, exit_code=1)
    stuck = with_one_shot(perfect(), downgrade=down, reapply=None)
    assert judged(stuck, "reapply").blocked_by == "downgrade"
    claimed = with_one_shot(perfect(), downgrade=replace(down, exit_code=0))
    assert judged(claimed, "reapply").blocked_by == "downgrade"


def test_a_second_upgrade_that_fails() -> None:
    again = step(
        StepAction.UPGRADE, "head", versions=at(3), state=CATEGORIES, exit_code=1, stderr="type exists"
    )
    result = judged(with_one_shot(perfect(), reapply=again), "reapply")
    assert failed_checks(result) == ["command", "schema"]
    assert found(result, "schema") == "it did not get to head"
    assert "type exists" in result.evidence[-1].text


def test_a_second_upgrade_that_gives_another_schema() -> None:
    other = (*SHORTENED, thing("sequence", "counter"))
    again = step(StepAction.UPGRADE, "head", versions=at(4), state=other)
    result = judged(with_snapshots(with_one_shot(perfect(), reapply=again), other), "reapply")
    assert failed_checks(result) == ["schema"]
    assert "sequence counter" in found(result, "schema")
    assert "ddd4" in hint(result)


def test_a_second_upgrade_that_nobody_ran_is_a_fault_of_ours() -> None:
    assert judged(with_one_shot(perfect(), reapply=None), "reapply").status is Status.ERROR


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
    result = judged(with_rows(cut, 1, step=failing), "data_survival")
    assert failed_checks(result) == ["up_bbb2"]
    assert "contains null values" in found(result, "up_bbb2")
    assert "server_default" in hint(result)


def test_values_that_are_lost() -> None:
    losses = (RowLoss("users", "username", "ada", None), RowLoss("users", None, "id 1", None))
    result = judged(with_rows(perfect(), 2, losses=losses), "data_survival")
    assert failed_checks(result) == ["up_ccc3"]
    assert found(result, "up_ccc3") == "users.username was ada and is gone; and 1 more"
    assert result.evidence[0].text == "users.username was ada and is gone\na row of users is gone (id 1)"


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
def test_a_table_that_we_could_not_seed_is_ours(problem: str) -> None:
    unseeded = with_rows(perfect(), 0, seed_problems={"users": problem}, seeded={"posts": 3})
    result = judged(unseeded, "data_survival")
    assert result.status is Status.ERROR
    assert problem in result.evidence[0].text


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

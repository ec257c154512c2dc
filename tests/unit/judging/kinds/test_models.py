"""`models_match`: both halves, each failing alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.observations.model import ModelsPass, Observations
from grader.observations.schema import SchemaSnapshot
from grader.observations.steps import StepAction
from grader.report.model import Status
from tests.unit.observation_builders import (
    CATEGORIES,
    EMPTY,
    PROFILE,
    SHORTENED,
    STATES,
    Objects,
    assignment,
    changed,
    column,
    perfect,
    snapshot,
    step,
    table,
    untouched,
    with_head,
    with_snapshots,
    without,
)
from tests.unit.report_readers import failed_checks, found, hint, judged


def with_models(observations: Observations, objects: Objects, tables: int | None = 3) -> Observations:
    models = ModelsPass(step(StepAction.CREATE_TABLES, state=objects), tables)
    return with_snapshots(replace(observations, models=models), objects)


def test_both_halves_pass() -> None:
    result = judged(perfect(), "models_match")
    assert (result.status, result.points, result.hint, result.evidence) == (Status.PASSED, 20, None, ())


def test_skipped_without_an_upgrade() -> None:
    assert judged(untouched(), "models_match").blocked_by == "upgrade_head"


def test_a_username_left_at_80_is_as_right_as_one_of_50() -> None:
    assert judged(perfect((*STATES[:4], CATEGORIES)), "models_match").status is Status.PASSED


def test_models_without_a_migration() -> None:
    more = (*SHORTENED, column("users", "nickname", "text"))
    result = judged(with_models(perfect(), more), "models_match")
    assert failed_checks(result) == ["own_models"]
    assert result.points == 10
    assert found(result, "own_models") == "column users.nickname is in the models and not in the database"
    assert "alembic check" in hint(result)


def test_a_migration_without_models() -> None:
    result = judged(with_models(perfect(), without(SHORTENED, "users.bio")), "models_match")
    assert failed_checks(result) == ["own_models"]
    assert found(result, "own_models") == (
        "column users.bio is in the database and not in the models (since revision bbb2)"
    )


def test_a_default_that_only_the_models_have() -> None:
    result = judged(
        with_models(perfect(), changed(SHORTENED, "users.bio", default="'hi'::text")), "models_match"
    )
    assert failed_checks(result) == ["own_models"]


@pytest.mark.parametrize(("tables", "text"), [(None, "no target_metadata"), (0, "is empty")])
def test_metadata_that_is_none_or_empty(tables: int | None, text: str) -> None:
    result = judged(with_models(perfect(), EMPTY, tables), "models_match")
    assert failed_checks(result) == ["own_models"]
    assert text in found(result, "own_models")
    assert "target_metadata" in hint(result)


def test_models_that_cannot_be_made() -> None:
    failed = ModelsPass(step(StepAction.CREATE_TABLES, exit_code=1, stderr="NoReferencedTableError: no"))
    result = judged(replace(perfect(), models=failed), "models_match")
    assert failed_checks(result) == ["own_models"]
    assert "NoReferencedTableError" in found(result, "own_models")
    assert result.evidence[0].text == "NoReferencedTableError: no"


def test_a_claim_of_tables_that_the_database_does_not_show() -> None:
    result = judged(with_models(perfect(), EMPTY, tables=3), "models_match")
    assert failed_checks(result) == ["own_models"]


def test_something_of_the_reference_missing_in_models_and_migrations_alike() -> None:
    states = (*STATES[:3], PROFILE, changed(PROFILE, "users.username", type="character varying(50)"))
    result = judged(perfect(states), "models_match")
    assert failed_checks(result) == ["reference"]
    assert "table categories is missing" in found(result, "reference")
    assert result.points == 10


def test_more_than_the_reference_is_welcome() -> None:
    more = (*SHORTENED, table("tags"), column("tags", "id", "integer"))
    assert judged(perfect((*STATES[:4], more)), "models_match").status is Status.PASSED


def test_tables_from_outside_the_migrations_do_not_match() -> None:
    result = judged(with_head(perfect(), SHORTENED, replayed=PROFILE), "models_match")
    assert failed_checks(result) == ["own_models", "reference"]
    assert result.evidence[-1].title.startswith("Judged on what the revisions alone make")


def test_models_that_nobody_looked_at_are_a_fault_of_ours() -> None:
    assert judged(replace(perfect(), models=None), "models_match").status is Status.ERROR
    unseen = ModelsPass(step(StepAction.CREATE_TABLES), tables=3)
    assert judged(replace(perfect(), models=unseen), "models_match").status is Status.ERROR


def test_the_reference_may_have_another_type_for_a_column_nobody_accepts() -> None:
    other = snapshot(changed(CATEGORIES, "users.bio", type="character varying(500)"))
    result = judged(replace(perfect(), reference=other), "models_match")
    assert failed_checks(result) == ["reference"]
    assert "users.bio: type is text, expected character varying(500)" in found(result, "reference")


def test_without_reference_models_the_students_own_are_the_whole() -> None:
    rubric = replace(assignment(), reference_sql=None)
    empty = replace(perfect(), reference=SchemaSnapshot(()))
    result = judged(empty, "models_match", rubric)
    assert (result.status, result.points) == (Status.PASSED, 20)
    assert [check.id for check in result.checks] == ["own_models"]

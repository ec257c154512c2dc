"""The assignment as a value."""

from __future__ import annotations

from tests.unit.observation_builders import assignment


def test_a_criterion_is_found_by_its_id_or_is_left_out() -> None:
    rubric = assignment()
    assert rubric.criterion("models_match") is rubric.criteria[6]
    assert rubric.criterion("models") is None


def test_criteria_are_found_by_their_kind() -> None:
    rubric = assignment()
    assert [item.id for item in rubric.of_kind("schema")] == ["user_columns", "category_table"]
    assert rubric.of_kind("offline") == ()

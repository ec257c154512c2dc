"""The shape of a chain: what it makes, whatever it is called."""

from __future__ import annotations

from dataclasses import replace

from grader.judging import evidence
from grader.judging.shape import shape_of as shape
from grader.observations.model import Observations
from grader.report.details import Shape
from tests.unit.observation_builders import (
    SHORTENED,
    STATES,
    Objects,
    column,
    constraint,
    perfect,
    snapshot,
    untouched,
    without,
)


def shape_of(observations: Observations) -> Shape | None:
    return shape(evidence.judged_schema(observations), observations.reference)


MORE = column("users", "nickname", "text")


def with_more(*more: Objects) -> Observations:
    """A chain with something of its own, in place of what the reference has at head."""
    states = (*STATES[:4], *more)
    return replace(perfect(states), reference=snapshot(SHORTENED))


def digest(observations: Observations) -> str:
    found = shape_of(observations)
    assert found is not None
    return found.digest


def test_what_is_exactly_the_reference_has_no_shape_of_its_own() -> None:
    assert shape_of(with_more(SHORTENED)) is None
    assert shape_of(untouched()) is None


def test_what_is_its_own_is_told() -> None:
    found = shape_of(with_more((*SHORTENED, MORE)))
    assert found is not None
    assert "users.nickname" in found.own


def test_names_of_constraints_make_no_difference() -> None:
    key = "categories.uq_name"
    other = constraint("categories", "other_name", "unique", "name", nulls_not_distinct=False)
    renamed = (*without(SHORTENED, key), other)
    assert digest(with_more((*SHORTENED, MORE))) == digest(with_more((*renamed, MORE)))


def test_other_columns_and_other_steps_do() -> None:
    one = with_more((*SHORTENED, MORE))
    other = with_more((*SHORTENED, column("users", "nick", "text")))
    assert digest(one) != digest(other)
    earlier = replace(
        perfect((*STATES[:3], (*STATES[3], MORE), (*SHORTENED, MORE))), reference=snapshot(SHORTENED)
    )
    assert digest(one) != digest(earlier)

"""The reference in a submission's own names: what differs is what is wrong, and is told in those names."""

from __future__ import annotations

from dataclasses import replace

from grader.assignment.aliases import Names
from grader.judging.comparison import compare
from grader.judging.reference import accepted_types, in_names, reference_of
from tests.unit.observation_builders import (
    EMPTY,
    STATES,
    Objects,
    assignment,
    column,
    constraint,
    foreign_key,
    perfect,
    primary_key,
    snapshot,
    table,
    thing,
    unique,
    unique_index,
    without,
)
from tests.unit.report_readers import failed_checks, found, judged


def school(subjects: str = "subjects", grade: str = "grade") -> Objects:
    """A schema with subjects and grades, under other names."""
    return (
        *EMPTY,
        table(subjects),
        column(subjects, "id", "integer", nullable=False),
        primary_key(subjects, "id"),
        thing("sequence", f"{subjects}_id_seq", table=subjects, owned_by=f"{subjects}.id"),
        table("grades"),
        column("grades", "subject_id", "integer"),
        column("grades", grade, "integer", nullable=False),
        foreign_key("grades", "subject_id", subjects),
        unique("grades", "subject_id", grade),
        constraint(
            "grades", "ck", "check", grade, expression=f"(({grade} > 0) AND ({grade} <> 'grade'::text))"
        ),
        unique_index("grades", grade, unique=False, predicate=f"({grade} > 3)", definition="..."),
    )


NAMES = Names({"subjects": "courses"}, {("grades", "grade"): "mark"})


def test_all_that_belongs_to_a_table_and_a_column_gets_the_name() -> None:
    renamed = in_names(snapshot(school()), NAMES)
    assert compare.equivalent(renamed, snapshot(school("courses", "mark")), defaults=True, extra=True) == ()
    assert compare.strict(in_names(snapshot(school()), Names()), snapshot(school())) == ()


def test_what_differs_is_told_in_the_students_names() -> None:
    """The table `users` is called `people` and lacks a column; all else is as asked."""
    states = tuple(snapshot_in_names(state) for state in STATES)
    lacking = (*states[:3], *(without(state, "people.life") for state in states[3:]))
    rubric = replace(assignment(), aliases={"users": ("members", "people"), "users.bio": ("life",)})
    assert failed_checks(judged(perfect(states), "models_match", rubric)) == []
    assert failed_checks(judged(perfect(states), "user_columns", rubric)) == []
    assert failed_checks(judged(perfect(states), "username_length", rubric)) == []
    result = judged(perfect(lacking), "user_columns", rubric)
    assert "people.bio" in found(result, "column_users_bio")
    result = judged(perfect(lacking), "models_match", rubric)
    assert found(result, "reference") == "column people.bio is missing"


def snapshot_in_names(state: Objects) -> Objects:
    """A schema in which `users` is called `people`, and its `bio` `life`."""
    return in_names(snapshot(state), Names({"users": "people"}, {("users", "bio"): "life"})).objects


def test_accepted_types_are_those_of_the_own_column() -> None:
    rubric = replace(
        assignment(),
        aliases={"users": ("people",)},
        accepted_types=frozenset({("users.username", "varchar(9)")}),
    )
    seen = replace(
        perfect(tuple(map(snapshot_in_names, STATES))), types={"varchar(9)": "character varying(9)"}
    )
    assert accepted_types(seen, rubric) == {("people.username", "character varying(9)")}


def test_no_reference_is_no_schema() -> None:
    rubric = replace(assignment(), reference_sql=None)
    assert reference_of(perfect(), rubric) is None
    result = judged(perfect(), "models_match", rubric)
    assert ([check.id for check in result.checks], result.points) == (["own_models"], result.max_points)

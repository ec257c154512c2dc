"""What comes from outside of the revisions, told from the schemas of the runs."""

from __future__ import annotations

import pytest

from grader.judging import outside
from grader.observations.schema import Difference, SchemaKind
from tests.unit.observation_builders import (
    CATEGORIES,
    EMPTY,
    INITIAL,
    PROFILE,
    SHORTENED,
    VARCHAR_80,
    Objects,
    changed,
    column,
    snapshot,
    table,
    thing,
    unique,
    without,
)


def found(
    head: Objects, *, emptied: Objects = EMPTY, bodies: Objects | None = None, alone: Objects = EMPTY
) -> tuple[Difference, ...]:
    return outside.from_runs(
        snapshot(head),
        empty=snapshot(EMPTY),
        emptied=snapshot(emptied),
        bodies=snapshot(bodies) if bodies is not None else None,
        alone=snapshot(alone),
    )


def names(differences: tuple[Difference, ...]) -> list[str]:
    return [item.name for item in differences]


def test_what_empty_revisions_leave_at_head_is_from_outside_with_all_its_parts() -> None:
    categories = tuple(item for item in CATEGORIES if item not in PROFILE and "posts" not in item.name)
    differences = found(CATEGORIES, emptied=(*EMPTY, *categories, table("elsewhere")))
    assert names(differences) == ["categories"]
    left = outside.without(snapshot(CATEGORIES), differences)
    assert left == snapshot(without(CATEGORIES, "categories"))


def test_what_is_only_there_after_the_revisions_is_from_outside() -> None:
    assert names(found(CATEGORIES, bodies=without(CATEGORIES, "categories"))) == ["categories"]
    assert names(found(CATEGORIES, bodies=without(CATEGORIES, "users.bio"))) == ["users.bio"]


def test_a_property_that_is_changed_after_the_revisions_is_changed_back() -> None:
    (difference,) = found(SHORTENED, bodies=CATEGORIES)
    assert (difference.name, difference.property) == ("users.username", "type")
    left = outside.without(snapshot(SHORTENED), (difference,)).find(SchemaKind.COLUMN, "users.username")
    assert left is not None
    assert left.properties["type"] == VARCHAR_80
    other = changed(SHORTENED, "users.username", type="text")
    assert outside.without(snapshot(other), (difference,)) == snapshot(other)


def test_a_run_that_did_not_get_there_shows_nothing() -> None:
    assert found(CATEGORIES) == ()
    assert outside.without(snapshot(CATEGORIES), ()) == snapshot(CATEGORIES)


def test_what_is_dropped_after_the_revisions_comes_from_nowhere() -> None:
    assert found(INITIAL, bodies=CATEGORIES) == ()


def test_what_the_revisions_make_alone_is_theirs_whatever_else_makes_it() -> None:
    assert found(CATEGORIES, emptied=CATEGORIES, alone=CATEGORIES) == ()
    assert names(found(CATEGORIES, emptied=CATEGORIES, alone=without(CATEGORIES, "users.bio"))) == [
        "users.bio"
    ]
    assert found(SHORTENED, bodies=CATEGORIES, alone=SHORTENED) == ()


@pytest.mark.parametrize(
    "made",
    [
        (thing("schema", "app"),),
        (thing("extension", "citext"),),
        (table("other_version"), column("other_version", "version_num", "character varying(32)")),
    ],
)
def test_what_alembic_needs_and_what_env_py_may_set_up_is_not_counted(made: Objects) -> None:
    head = (*CATEGORIES, *made)
    assert found(head, emptied=(*EMPTY, *made), bodies=CATEGORIES) == ()


def test_owners_privileges_and_comments_are_not_counted() -> None:
    head = changed(CATEGORIES, "users", owner="pooled", privileges=("a",), comment="people")
    assert found(head, bodies=CATEGORIES) == ()


def test_a_sequence_goes_with_its_column() -> None:
    head = (*CATEGORIES, thing("sequence", "users_bio_seq", owned_by="users.bio"))
    differences = found(head, bodies=without(CATEGORIES, "users.bio"), alone=(head[-1],))
    assert outside.without(snapshot(head), differences) == snapshot(without(CATEGORIES, "users.bio"))


def test_names_of_keys_in_the_replay_do_not_count() -> None:
    named = tuple(thing("constraint", "users.other", **unique("users", "username").properties) for _ in "1")
    renamed = (*without(CATEGORIES, unique("users", "username").name), *named)
    assert outside.beyond(snapshot(renamed), snapshot(CATEGORIES)) == ()
    less = snapshot(without(CATEGORIES, unique("users", "username").name))
    assert names(outside.beyond(less, snapshot(CATEGORIES))) == [unique("users", "username").name]

"""The draft of an assignment file: what it proposes of what revisions do, and that it can be read."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from grader.judging.kinds import NAMES
from grader.proof.draft import Models, draft
from grader.report.model import Status
from grader.runs.assignments import load
from tests.unit.observation_builders import (
    CATEGORIES,
    EMPTY,
    INITIAL,
    PROFILE,
    STATES,
    Objects,
    changed,
    column,
    foreign_key,
    perfect,
    unique_index,
    without,
)

ADVICE = {"reapply": Status.PASSED, "rows": Status.FAILED, "unedited": Status.SKIPPED}


def drafted(*states: Objects) -> dict[str, Any]:
    """The content of the draft of a chain that makes these schemas, one after the other."""
    text = draft(
        perfect(states or STATES),
        assignment_id="shop",
        models=None,
        solution="reference",
        advice=ADVICE,
    )
    return tomllib.loads(text)


def added(*states: Objects) -> dict[str, Any]:
    """The criteria that ask for what a revision does."""
    criteria = drafted(*states)["criteria"]
    return {name: item for name, item in criteria.items() if item["kind"] in ("schema", "column_change")}


def test_each_later_revision_has_a_criterion_for_what_it_does() -> None:
    criteria = list(added().values())
    columns, table, change = criteria
    assert (columns["kind"], columns["evolves"]) == ("schema", True)
    assert set(columns["columns"]) == {"users.bio", "users.avatar_url"}
    assert columns["columns"]["users.bio"] == {"type": "text", "nullable": True}
    assert table["tables"] == ["categories"]
    assert table["primary_keys"] == ["categories(id)"]
    assert table["unique"] == ["categories(name)"]
    assert table["foreign_keys"] == ["posts(category_id) -> categories(id)"]
    assert "posts.category_id" in table["columns"]
    assert change["column"] == "users.username"
    assert (change["from"], change["to"]) == (
        {"type": "character varying(80)"},
        {"type": "character varying(50)"},
    )


def test_points_add_up_whatever_the_chain_does() -> None:
    for states in (STATES, (EMPTY, INITIAL, INITIAL, INITIAL, PROFILE), (EMPTY, *[INITIAL] * 4)):
        content = drafted(*states)
        assert sum(item["points"] for item in content["criteria"].values()) == content["max_score"] == 100


def test_a_column_with_another_name_is_a_change_and_not_a_new_one() -> None:
    renamed = (*without(PROFILE, "users.bio"), column("users", "about", "text"))
    criteria = added(EMPTY, INITIAL, PROFILE, renamed, renamed)
    change = next(item for item in criteria.values() if item["kind"] == "column_change")
    assert (change["column"], change["from"], change["to"]) == (
        "users.about",
        {"name": "bio"},
        {"name": "about"},
    )
    assert not any("absent" in item or "users.about" in item.get("columns", ()) for item in criteria.values())


def test_what_is_dropped_has_to_be_gone() -> None:
    criteria = added(EMPTY, INITIAL, PROFILE, PROFILE, without(PROFILE, "users.bio"))
    assert ["users.bio"] in [item.get("absent") for item in criteria.values()]
    assert "users.bio" not in {name for item in criteria.values() for name in item.get("columns", ())}


@pytest.mark.parametrize(
    ("properties", "before", "after"),
    [
        ({"nullable": False}, {"nullable": True}, {"nullable": False}),
        ({"default": "'x'::text"}, {"default": {"sql": "NULL"}}, {"default": {"sql": "'x'::text"}}),
    ],
)
def test_nullability_and_defaults_are_changes(
    properties: dict[str, Any], before: dict[str, Any], after: dict[str, Any]
) -> None:
    criteria = added(*STATES[:4], changed(CATEGORIES, "users.bio", **properties))
    change = next(item for item in criteria.values() if item["kind"] == "column_change")
    assert (change["from"], change["to"]) == (before, after)


def test_actions_and_unique_indexes_are_asked_for() -> None:
    more = (
        *without(CATEGORIES, "posts.fk_category_id"),
        foreign_key("posts", "category_id", "categories", on_delete="CASCADE"),
        unique_index("categories", "id"),
    )
    criteria = added(EMPTY, INITIAL, PROFILE, more, more)
    table = next(item for item in criteria.values() if "tables" in item)
    assert table["foreign_keys"] == [{"key": "posts(category_id) -> categories(id)", "on_delete": "cascade"}]
    assert "categories(id)" in table["unique"]


def test_a_draft_can_be_read_as_an_assignment(tmp_path: Path) -> None:
    text = draft(
        perfect(),
        assignment_id="shop",
        models=Models("reference/app.py", "db.metadata", "schema.sql"),
        solution="reference",
        advice=ADVICE,
    )
    (tmp_path / "assignment.toml").write_text(text, encoding="utf-8")
    (tmp_path / "schema.sql").write_text("CREATE TABLE users (id integer);", encoding="utf-8")
    assignment = load(tmp_path / "assignment.toml")
    assert assignment.proof.solution == "reference"
    assert len(assignment.of_kind("schema")) == 2
    assert {item.kind for item in assignment.criteria} <= set(NAMES)


def test_names_that_toml_has_to_quote() -> None:
    text = draft(perfect(), assignment_id='a "b"\x7f', models=None, solution="a\\b", advice={})
    assert tomllib.loads(text)["id"] == 'a "b"\x7f'
    assert tomllib.loads(text)["proof"]["solution"] == "a\\b"


def test_what_the_solution_itself_fails_is_left_out_and_named() -> None:
    text = draft(perfect(), assignment_id="a", models=None, solution="a", advice=ADVICE)
    assert "rows" not in tomllib.loads(text)["criteria"]
    assert "the reference solution itself fails them: rows." in text

"""The JSON Schema of `assignment.toml`: current, and as strict as the types that it is made from."""

from __future__ import annotations

import copy
import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grader.assignment import schema
from grader.assignment.file import default_path
from grader.judging.kinds import KINDS

COMMITTED = Path(__file__).parents[3] / "docs" / "assignment.schema.json"


@pytest.fixture
def delivered() -> dict[str, Any]:
    """The content of the delivered assignment file."""
    return tomllib.loads(default_path().read_text(encoding="utf-8"))


def errors(content: dict[str, Any]) -> list[str]:
    """What the committed schema finds wrong."""
    validator = jsonschema.Draft202012Validator(json.loads(COMMITTED.read_text(encoding="utf-8")))
    return [error.message for error in validator.iter_errors(content)]


def test_the_committed_schema_is_current() -> None:
    hint = "write it anew: grader assignment schema > docs/assignment.schema.json"
    assert COMMITTED.read_text(encoding="utf-8") == schema.text(KINDS), hint


def test_it_is_a_json_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema.json_schema(KINDS))


def test_every_key_has_a_description() -> None:
    for name, definition in schema.json_schema(KINDS)["$defs"].items():
        assert definition["description"], name
        for key, rule in definition.get("properties", {}).items():
            assert key == "kind" or "description" in rule or "$ref" in rule or "items" in rule, (
                f"{name}.{key}"
            )


def test_the_delivered_assignment_is_valid(delivered: dict[str, Any]) -> None:
    assert errors(delivered) == []


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ((), "max_score", "100"),
        ((), "max_scroe", 100),
        (("criteria",), "a b", {"kind": "upgrade", "points": 1}),
        (("criteria", "history"), "kind", "histroy"),
        (("criteria", "history"), "minimum_revisions", 0),
        (("criteria", "upgrade_head"), "group", "extra"),
        (("criteria", "upgrade_head"), "points", -1),
        (("criteria", "user_columns", "columns"), "bio", {"type": "text", "nullable": True}),
        (("criteria", "user_columns", "columns"), "users.bio", {"type": "text", "unique": True}),
        (("criteria", "category_table"), "primary_keys", ["categories.id"]),
        (("limits",), "output_bytes", 2_000_000),
    ],
)
def test_a_wrong_file_is_not_valid(
    delivered: dict[str, Any], table: tuple[str, ...], key: str, value: object
) -> None:
    content = copy.deepcopy(delivered)
    place = content
    for name in table:
        place = place[name]
    place[key] = value
    assert len(errors(content)) == 1

"""Which defaults of two schemas are compared by their values."""

from __future__ import annotations

from grader.observations.schema import PropertyValue, SchemaKind, SchemaObject, SchemaSnapshot
from grader.trial.schema.default_values import differing_defaults


def schema(**defaults: tuple[str, PropertyValue]) -> SchemaSnapshot:
    columns = (
        SchemaObject(SchemaKind.COLUMN, f"t.{name}", {"table": "t", "type": type_, "default": default})
        for name, (type_, default) in defaults.items()
    )
    return SchemaSnapshot(tuple(columns))


def test_those_of_the_same_column_and_type_that_differ_in_text() -> None:
    ours = schema(
        a=("text", "'x'"), b=("integer", "0"), c=("integer", "1"), d=("text", None), e=("text", "''")
    )
    theirs = schema(a=("text", "'y'"), b=("bigint", "1"), c=("integer", "1"), d=("text", "'z'"))
    assert differing_defaults(ours, theirs) == (("text", "'x'", "'y'"),)


def test_the_same_pair_is_asked_for_once() -> None:
    ours, theirs = schema(a=("text", "1"), b=("text", "1")), schema(a=("text", "2"), b=("text", "2"))
    assert differing_defaults(ours, theirs) == (("text", "1", "2"),)


def test_long_texts_are_left_out() -> None:
    assert differing_defaults(schema(a=("text", "x" * 3000)), schema(a=("text", "y"))) == ()

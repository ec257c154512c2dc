"""Rows of head as examples for rows of earlier revisions."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from grader.trial.rows.layout import Column, Constraint, Table, TableLayout, UserType
from grader.trial.rows.reading import TableContent
from grader.trial.rows.wishes import (
    Wish,
    Wishes,
    as_type,
    lookup_values,
    named_values,
    values_to_show,
    wished_rows,
)

ENUM = UserType("public.mood", "e", "E", ("sad", "calm", "wild"))


def table(**types: str) -> Table:
    """A table with a sequence for `id`, and a CHECK on each column called `checked`."""
    columns = tuple(
        Column(name, kind, True, False, "", "public.ids" if name == "id" else None)
        for name, kind in types.items()
    )
    checks = [Constraint("c", "c", (name,), "CHECK (true)") for name in types if name == "checked"]
    return Table("t", "r", None, 0, 0, columns, tuple(checks))


def wished(
    defaults: Mapping[str, tuple[str, ...]] | None = None, **cells: tuple[str, str | None]
) -> dict[str, str]:
    """What is wished of a row of head, given as type and value."""
    types = {name: kind for name, (kind, _) in cells.items()}
    found = table(**types)
    content = TableContent(types, (tuple(text for _, text in cells.values()),))
    (row,) = wished_rows(TableLayout((found,), (ENUM,)), found, content, defaults or {})
    return {name: wish.text or "NULL" for name, wish in row.items()}


def test_a_row_of_head_is_wished_without_its_id_and_without_null() -> None:
    row = wished(id=("integer", "7"), name=("text", "ada"), note=("text", None), mood=("public.mood", "calm"))
    assert row == {"name": "ada", "mood": "calm"}


def test_a_text_that_only_a_short_type_cuts_is_not_wished() -> None:
    assert wished(phone=("character varying(3)", "aaa"), name=("character varying(8)", "aaa lamp")) == {
        "name": "aaa lamp"
    }


def test_a_short_text_is_wished_where_the_app_or_a_rule_asks_for_it() -> None:
    assert wished(checked=("character varying(2)", "DE")) == {"checked": "DE"}
    default = {"grade": ("basic",)}
    assert wished(default, grade=("character varying(5)", "basic")) == {"grade": "basic"}


def test_an_empty_text_is_no_value_that_an_app_writes() -> None:
    assert wished(checked=("text", "")) == {}


@pytest.mark.parametrize(
    ("text", "source", "target", "written"),
    [
        ("t", "boolean", "character varying(5)", "true"),
        ("f", "boolean", "text", "false"),
        ("t", "boolean", "integer", "1"),
        ("f", "boolean", "boolean", "f"),
        ('{ada,"bob the builder"}', "text[]", "text", "ada,bob the builder"),
        ("{ada}", "text[]", "character varying(80)[]", "{ada}"),
        ("2024-01-15 00:00:00", "timestamp without time zone", "bigint", "1705276800"),
        ("2024-01-15 00:00:00+00", "timestamp with time zone", "text", "2024-01-15 00:00:00+00"),
        ("calm", "public.mood", "character varying(20)", "calm"),
        ("17", "integer", "text", "17"),
    ],
)
def test_a_value_is_written_as_an_app_writes_it_in_another_type(
    text: str, source: str, target: str, written: str
) -> None:
    assert as_type(Wish(text, source), target) == written


def test_the_first_row_of_a_round_has_the_default_and_the_others_another_value() -> None:
    wishes = Wishes(defaults={"t": {"plan": ("free",), "is_active": ("true",)}})
    assert wishes.default("t", "plan", 0, "text") == ("free",)
    assert wishes.default("t", "plan", 1, "text") == ()
    assert wishes.default("t", "is_active", 1, "boolean") == ("false",)
    assert Wishes(defaults=wishes.defaults, only_defaults=True).default("t", "plan", 1, "text") == ("free",)


def test_a_row_beyond_the_examples_has_no_wish() -> None:
    wishes = Wishes(rows={"t": [{"name": Wish("ada", "text")}]})
    assert wishes.of("t", 0) == {"name": Wish("ada", "text")}
    assert wishes.of("t", 1) == {}
    assert wishes.of("other", 0) == {}


def test_each_value_of_an_enum_or_of_a_list_is_to_be_shown() -> None:
    listed = Constraint(
        "c", "c", ("s",), "CHECK ((s = ANY (ARRAY['a'::text, 'b'::text, 'c'::text, 'd'::text])))"
    )
    plain = table(name="text")
    checked = Table("t", "r", None, 0, 0, plain.columns, (listed,))
    assert values_to_show(TableLayout((plain,), ())) == 0
    assert values_to_show(TableLayout((table(mood="public.mood"),), (ENUM,))) == 3
    assert values_to_show(TableLayout((checked,), ())) == 4


def test_a_column_that_became_a_lookup_table_has_the_values_of_the_table() -> None:
    roles = TableContent({"id": "integer", "name": "text"}, (("1", "reader"), ("2", "author")), ("id",))
    numbers = TableContent({"id": "integer"}, (("1",),), ("id",))
    lookups = lookup_values({"roles": roles, "statuses": numbers})
    assert lookups == {"roles": ("reader", "author")}
    assert named_values("role", lookups) == ("reader", "author")
    assert named_values("status", lookups) == ()
    assert named_values("ro", lookups) == ()

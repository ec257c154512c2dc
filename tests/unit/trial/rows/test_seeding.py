"""The order in which tables are filled."""

from __future__ import annotations

from grader.trial.rows.layout import Column, Constraint, Table
from grader.trial.rows.seeding import seeding_order


def table(name: str, **parents: str) -> Table:
    """A table with a foreign key to each parent: `required` or `optional`."""
    columns = tuple(Column(p, "integer", kind == "optional", False, "", None) for p, kind in parents.items())
    keys = tuple(Constraint(f"{p}_fkey", "f", (p,), "", p, ("id",)) for p in parents)
    return Table(name, "r", None, 0, 0, columns, keys)


def order(*tables: Table) -> str:
    return " ".join(item.name for item in seeding_order(tables))


def test_parents_come_first() -> None:
    assert order(table("a", b="required", c="optional"), table("b", c="required"), table("c")) == "c b a"


def test_a_reference_to_itself_does_not_count() -> None:
    assert order(table("a", a="required"), table("b")) == "a b"


def test_a_circle_is_broken_where_null_is_allowed() -> None:
    assert order(table("a", b="required"), table("b", a="optional")) == "b a"


def test_a_circle_without_a_way_out_ends_all_the_same() -> None:
    assert order(table("a", b="required"), table("b", a="required"), table("c", a="required")) == "a b c"


def test_a_parent_that_is_no_table_of_ours_does_not_count() -> None:
    assert order(table("a", elsewhere="required")) == "a"

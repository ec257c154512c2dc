"""What comes along when a student's metadata is copied, and what does not."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from grader.runtime.sandbox.plain_models import copy_of

CONVENTION = {"pk": "pk_%(table_name)s", "uq": "uq_%(table_name)s_%(column_0_name)s"}


class OwnMetaData(sa.MetaData):
    """Of a student."""

    def create_all(self, *_: Any, **__: Any) -> None:
        """Make nothing."""
        raise AssertionError


class OwnTable(sa.Table):
    """Of a student."""

    inherit_cache = True

    def to_metadata(self, *_: Any, **__: Any) -> Any:
        """Make no copy."""
        raise AssertionError


def listens(*_: Any, **__: Any) -> None:
    """Wait for something to be made."""


def ddl_element(text: str) -> Any:
    element: Any = sa.DDL
    return element(text)


def metadata() -> Any:
    found = OwnMetaData(naming_convention=CONVENTION)
    sa.Sequence("numbers", start=5, metadata=found)
    level = sa.Enum("low", "high", name="level", schema="types", metadata=found)
    table = OwnTable(
        "entries",
        found,
        sa.Column("id", sa.Integer, sa.Identity(start=3), primary_key=True),
        sa.Column("name", sa.String(20), unique=True, comment="as shown"),
        sa.Column("short", sa.Text, sa.Computed("lower(name)")),
        sa.Column("level", level),
        sa.Column("of", sa.ForeignKey("audit.entries.id", ondelete="CASCADE")),
        sa.Column("tags", postgresql.ARRAY(sa.Text), server_default="{}"),
        sa.CheckConstraint("id > 0", name="positive"),
        sa.Index("ix_lower", sa.func.lower(sa.text("name")), postgresql_where=sa.text("id > 1")),
        schema="audit",
        comment="all of them",
        prefixes=["UNLOGGED"],
        postgresql_with={"fillfactor": 50},
    )
    event.listen(table, "after_create", ddl_element("SELECT 1"))
    event.listen(table, "after_create", listens, propagate=True)
    event.listen(found, "before_create", listens)
    event.listen(found, "before_create", ddl_element("SELECT 2"))
    return found


def ddl(found: Any) -> list[str]:
    """The lines that make the tables and their indexes. Constraints come in any order."""
    dialect: Any = postgresql.dialect
    create_index: Any = CreateIndex
    made: list[Any] = []
    for table in found.sorted_tables:
        made += [CreateTable(table), *map(create_index, table.indexes)]
    text = "".join(str(item.compile(dialect=dialect())) for item in made)
    return sorted(line.strip(" \t,") for line in text.splitlines())


def test_a_copy_describes_the_same_tables() -> None:
    found = metadata()
    copy = copy_of(found)
    assert ddl(copy) == ddl(found)
    assert "CREATE UNLOGGED TABLE audit.entries (" in ddl(copy)
    assert list(copy._sequences) == ["numbers"]
    (table,) = copy.tables.values()
    assert (table.comment, table.columns["name"].comment) == ("all of them", "as shown")
    assert (table.columns["level"].type.schema, table.columns["level"].type.metadata) == ("types", copy)


def test_a_copy_is_plain_and_keeps_no_function() -> None:
    copy = copy_of(metadata())
    (table,) = copy.tables.values()
    assert (type(copy), type(table)) == (sa.MetaData, sa.Table)
    assert [str(item) for item in copy.dispatch.before_create if isinstance(item, sa.DDL)] == ["SELECT 2"]
    assert [str(item) for item in table.dispatch.after_create if isinstance(item, sa.DDL)] == ["SELECT 1"]
    assert listens not in [*copy.dispatch.before_create, *table.dispatch.after_create]


def test_a_function_that_waits_for_every_table_is_no_obstacle() -> None:
    event.listen(sa.Table, "after_create", listens)
    try:
        assert list(copy_of(metadata()).tables) == ["audit.entries"]
    finally:
        event.remove(sa.Table, "after_create", listens)


@pytest.mark.parametrize("name", ["tables", "naming_convention"])
def test_a_metadata_that_has_not_all_of_it_is_an_error(name: str) -> None:
    found = metadata()
    delattr(found, name)
    with pytest.raises(AttributeError):
        copy_of(found)

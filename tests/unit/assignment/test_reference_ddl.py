"""Reference models as DDL."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, Column, Enum, ForeignKey, Index, Integer, MetaData, Table, Text

from grader.assignment.file import ReferenceFiles
from grader.assignment.reference_ddl import ddl, load_metadata


def test_what_is_needed_comes_first_and_nothing_is_left_out() -> None:
    metadata = MetaData()
    Table(
        "a_child",
        metadata,
        Column("parent_id", ForeignKey("z_parent.id"), primary_key=True),
        Column("mood", Enum("happy", "sad", name="mood")),
    )
    note = Column("note", Text)
    Table("z_parent", metadata, Column("id", Integer, primary_key=True), note, Index("by_note", note))
    text = ddl(metadata)
    order = ["CREATE TYPE mood", "CREATE TABLE z_parent", "CREATE INDEX by_note", "CREATE TABLE a_child"]
    places = [text.index(statement) for statement in order]
    assert places == sorted(places)
    assert text.count(";\n") == len(order)


def test_a_percent_sign_stays_single() -> None:
    metadata = MetaData()
    Table("t", metadata, Column("a", Text), CheckConstraint("a LIKE 'x%'", name="starts_with_x"))
    assert "LIKE 'x%')" in ddl(metadata)


@pytest.mark.parametrize("module", ["models.py", "__init__.py"])
def test_models_of_a_package_are_imported_as_its_module(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    package = tmp_path / f"shop_of_{module.strip('_.py')}"
    package.mkdir()
    (package / "__init__.py").write_text("from .models import metadata\n")
    (package / "models.py").write_text("from .base import metadata\n")
    (package / "base.py").write_text(
        "from sqlalchemy import MetaData, Table\nmetadata = MetaData()\nTable('products', metadata)\n"
    )
    found = load_metadata(ReferenceFiles(package / module, "metadata", tmp_path / "schema.sql"))
    assert list(found.tables) == ["products"]

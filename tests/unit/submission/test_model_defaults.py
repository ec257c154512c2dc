"""Defaults of models, read from their files."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.submission.model_defaults import LONGEST, model_defaults


def defaults_of(folder: Path, source: str) -> dict[str, dict[str, tuple[str, ...]]]:
    (folder / "models.py").write_text(source, encoding="utf-8")
    return {table: dict(columns) for table, columns in model_defaults(folder).items()}


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        ('db.Column(db.String(20), default="draft")', ("draft",)),
        ("db.Column(db.Boolean, default=True)", ("true",)),
        ("mapped_column(default=0)", ("0",)),
        ('mapped_column(insert_default="free")', ("free",)),
        ('Column(String, server_default="draft")', ("draft",)),
        ('Column(String, default=lambda: "draft")', ("draft",)),
        ("Column(String, default=FIRST)", ("draft",)),
        ("Column(Enum(Status), default=Status.DRAFT)", ("DRAFT", "draft")),
        ("Column(String, default=Status.DRAFT.value)", ("draft",)),
        ("Column(DateTime, default=utc_now)", None),
        ("Column(DateTime, default=datetime.utcnow)", None),
        ('Column(Integer, server_default=text("0"))', None),
        (f'Column(Text, default="{"x" * (LONGEST + 1)}")', None),
        ("Column(String)", None),
        (r'Column(String, default="a\0b")', None),
        (r'Column(String, default="\ud800")', None),
        ('Column(String, default="größe")', ("größe",)),
        (f"Column(Integer, default=0x{'f' * 6000})", None),
    ],
)
def test_the_default_of_a_column(tmp_path: Path, column: str, texts: tuple[str, ...] | None) -> None:
    source = (
        'FIRST = "draft"\nclass Status(enum.Enum):\n    DRAFT = "draft"\n'
        f'class Post(db.Model):\n    __tablename__ = "posts"\n    status = {column}\n'
    )
    assert defaults_of(tmp_path, source)["posts"] == ({} if texts is None else {"status": texts})


def test_a_column_under_another_name_and_a_default_of_a_base_class(tmp_path: Path) -> None:
    source = (
        "class Flags:\n    is_active = db.Column(db.Boolean, default=True)\n"
        'class BlogPost(Flags, db.Model):\n    views = db.Column("view_count", db.Integer, default=0)\n'
    )
    assert defaults_of(tmp_path, source)["blog_post"] == {"is_active": ("true",), "view_count": ("0",)}


def test_a_table_without_a_class(tmp_path: Path) -> None:
    source = (
        'posts = Table("posts", metadata, Column("status", String, default="draft"), Column("id", Integer))'
    )
    assert defaults_of(tmp_path, source) == {"posts": {"status": ("draft",)}}


def test_files_that_cannot_be_read_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("class :", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("default=1", encoding="utf-8")
    assert defaults_of(tmp_path, "x = 1") == {}

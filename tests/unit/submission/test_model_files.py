"""On which lines a submission's files declare tables and columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.observations.files import Layout
from grader.submission.model_files import model_files

LAYOUT = Layout("alembic", ".", "alembic.ini", "alembic", ("alembic/versions",))
Named = list[tuple[str, tuple[str, ...], int]]


def named(folder: Path, source: str | bytes) -> Named:
    """What one file declares."""
    data = source if isinstance(source, bytes) else source.encode()
    (folder / "models.py").write_bytes(data)
    files = model_files(folder, LAYOUT)
    return [(item.table, item.columns, item.line) for file in files for item in file.mentions]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "class User(db.Model):\n    __tablename__ = 'users'\n    id = db.Column(db.Integer)\n",
            [("users", (), 1), ("users", ("id",), 3)],
        ),
        (
            "class BlogPost(db.Model):\n    id = Column(Integer)\n",
            [("blog_post", (), 1), ("blog_post", ("id",), 2)],
        ),
        (
            (
                "class User(Base):\n    __tablename__ = 'users'\n    bio: Mapped[str | None]\n"
                "    name: Mapped[str] = mapped_column('full_name', Text)\n"
                "    posts: Mapped[list] = relationship()\n"
            ),
            [("users", (), 1), ("users", ("bio",), 3), ("users", ("full_name",), 4)],
        ),
        (
            "users = Table(\n    'users',\n    metadata,\n    Column('id', Integer),\n)\n",
            [("users", (), 1), ("users", ("id",), 4)],
        ),
        ("class Form:\n    name = StringField()\n# Column(\n", []),
        ("x = Column(\n", []),
        (b"\xff\xfe Column(", []),
        ("users = Table(NAME, metadata, Column('id'))", []),
    ],
)
def test_one_file(tmp_path: Path, source: str | bytes, expected: Named) -> None:
    assert named(tmp_path, source) == expected


def test_packages_are_searched_and_revisions_are_not(tmp_path: Path) -> None:
    text = "class User(db.Model):\n    id = db.Column(db.Integer)\n"
    for name in ("src/blog/models/user.py", "alembic/versions/1_users.py", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert [file.path for file in model_files(tmp_path, LAYOUT)] == ["src/blog/models/user.py"]
    assert len(model_files(tmp_path, None)) == 2

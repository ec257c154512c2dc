"""Lines that hints may point to: found in the files that a run loads, and in no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.observations.files import LandmarkKind, Layout
from grader.submission.landmarks import find_landmarks

if TYPE_CHECKING:
    from pathlib import Path

ALEMBIC = Layout("alembic", ".", "alembic.ini", "alembic", ("alembic/versions",))
FLASK = Layout("flask", ".", "migrations/alembic.ini", "migrations", ("migrations/versions",))
ENV = "from app import db\n"


def found(folder: Path, files: dict[str, str], layout: Layout = ALEMBIC) -> list[tuple[str, str, int, str]]:
    """Kind, path, line and name of each landmark."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return [(str(item.kind), item.path, item.line, item.name) for item in find_landmarks(folder, layout)]


def of_app(folder: Path, text: str) -> list[tuple[str, int, str]]:
    """The same of an app.py that env.py imports."""
    marks = found(folder, {"alembic/env.py": ENV, "app.py": text})
    assert {path for _, path, _, _ in marks} <= {"app.py"}
    return [(kind, line, name) for kind, _, line, name in marks]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a = 1\nurl = "postgresql://me:secret@db.example.org:5432/x"', (2, "postgresql://db.example.org")),
        ('url = "sqlite:///blog.db"', (1, "sqlite://")),
        ('url = f"postgresql+psycopg://{user}:{word}@{host}:5432/x"', (1, "postgresql+psycopg://")),
        ('url = f"postgresql://{user}@localhost/x"', (1, "postgresql://localhost")),
        ('if x:\n    connect("driver://user:pass@localhost/dbname")', (2, "driver://localhost")),
    ],
)
def test_database_urls_by_scheme_and_host(tmp_path: Path, text: str, expected: tuple[int, str]) -> None:
    assert of_app(tmp_path, text) == [("database_url", *expected)]


@pytest.mark.parametrize(
    "text",
    [
        'URL = "https://example.org"',
        '"""postgresql://me@host/x"""',
        "# postgresql://me@host/x",
        'if __name__ == "__main__":\n    db.create_all()',
        'os.environ.get("A_URL", "x")',
        "url = (",
        'url.replace("postgres://", "postgresql://", 1)',
    ],
)
def test_what_is_no_landmark(tmp_path: Path, text: str) -> None:
    assert of_app(tmp_path, text) == []


@pytest.mark.parametrize(
    "text",
    [
        'app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["A_URL"]',
        'class Config:\n    SQLALCHEMY_DATABASE_URI = os.getenv("A_URL")',
        'app.config.update(\n    SQLALCHEMY_DATABASE_URI=os.environ.get("A_URL"))',
        'app.config.from_mapping({\n    "SQLALCHEMY_DATABASE_URI": os.environ.get("A_URL")})',
        'def create_app():\n    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["A_URL"]',
    ],
)
def test_where_the_app_gets_its_url(tmp_path: Path, text: str) -> None:
    line = text.count("\n") + 1
    assert sorted(of_app(tmp_path, text)) == [("database_uri", line, "A_URL"), ("variable", line, "A_URL")]


def test_create_all_on_import_comes_before_create_all_in_a_function(tmp_path: Path) -> None:
    text = "def f():\n    db.create_all()\n\nwith app.app_context():\n    db.create_all()\n"
    assert of_app(tmp_path, text) == [("create_all", 5, ""), ("create_all", 2, "")]


def test_settings_count_and_comments_in_them_do_not(tmp_path: Path) -> None:
    ini = "[alembic]\n# sqlalchemy.url = postgresql://a/b\nsqlalchemy.url = driver://user:pass@localhost/x\n"
    assert found(tmp_path, {"alembic.ini": ini}) == [("database_url", "alembic.ini", 3, "driver://localhost")]


def test_only_files_that_are_imported_count(tmp_path: Path) -> None:
    files = {
        "alembic/env.py": "from src.blog.app import db\nimport os, tools as t",
        "src/blog/app.py": "from . import models\nfrom .settings import (\n    A)",
        "src/blog/models.py": "db.create_all()",
        "src/blog/settings.py": "\nengine = create_engine('postgresql://x/y')",
        "tools.py": "db.create_all()",
        "seed.py": "db.create_all()",
        "alembic/versions/a.py": "db.create_all()",
    }
    assert {path for _, path, _, _ in found(tmp_path, files)} == {
        "src/blog/models.py",
        "src/blog/settings.py",
        "tools.py",
    }


def test_with_flask_migrate_every_file_beside_the_migrations_counts(tmp_path: Path) -> None:
    files = {"migrations/env.py": "", "blog/__init__.py": "db.create_all()"}
    assert found(tmp_path, files, FLASK) == [("create_all", "blog/__init__.py", 1, "")]


def test_there_are_none_without_a_set_up(tmp_path: Path) -> None:
    assert find_landmarks(tmp_path, None) == ()


def test_kinds_are_those_that_are_found() -> None:
    assert set(LandmarkKind) == {"database_url", "database_uri", "variable", "create_all", "autocommit"}

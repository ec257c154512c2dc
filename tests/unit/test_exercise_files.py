"""What students start from and what they are compared with: the template and the reference solution."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import sys
from collections.abc import Callable
from configparser import ConfigParser
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask
from packaging.requirements import Requirement
from sqlalchemy import MetaData, Table, UniqueConstraint
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from grader.runs.assignments import load

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "student_template"
REFERENCE = ROOT / "reference_solution"

TEMPLATE_COLUMNS = {
    "organizations": {
        "id": "INTEGER NOT NULL",
        "name": "VARCHAR(100) NOT NULL",
        "slug": "VARCHAR(50) NOT NULL",
        "plan": "VARCHAR(20)",
        "is_active": "BOOLEAN",
        "created_at": "DATETIME",
        "updated_at": "DATETIME",
    },
    "users": {
        "id": "INTEGER NOT NULL",
        "username": "VARCHAR(80) NOT NULL",
        "email": "VARCHAR(120) NOT NULL",
        "full_name": "VARCHAR(100)",
        "is_active": "BOOLEAN",
        "organization_id": "INTEGER NOT NULL",
        "created_at": "DATETIME",
        "updated_at": "DATETIME",
    },
    "posts": {
        "id": "INTEGER NOT NULL",
        "user_id": "INTEGER NOT NULL",
        "organization_id": "INTEGER NOT NULL",
        "title": "VARCHAR(200) NOT NULL",
        "content": "TEXT",
        "status": "VARCHAR(20)",
        "view_count": "INTEGER",
        "created_at": "DATETIME",
        "updated_at": "DATETIME",
    },
}
REFERENCE_COLUMNS = {
    "organizations": TEMPLATE_COLUMNS["organizations"],
    "users": {
        **TEMPLATE_COLUMNS["users"],
        "username": "VARCHAR(50) NOT NULL",
        "bio": "TEXT",
        "avatar_url": "VARCHAR(255)",
    },
    "categories": {
        "id": "INTEGER NOT NULL",
        "name": "VARCHAR(50) NOT NULL",
        "slug": "VARCHAR(50) NOT NULL",
        "description": "TEXT",
        "created_at": "DATETIME",
    },
    "posts": {**TEMPLATE_COLUMNS["posts"], "category_id": "INTEGER"},
}
TEMPLATE_FOREIGN_KEYS = {
    ("users.organization_id", "organizations.id"),
    ("posts.user_id", "users.id"),
    ("posts.organization_id", "organizations.id"),
}
TEMPLATE_UNIQUE = {"organizations.name", "organizations.slug", "users.username", "users.email"}

ImportApp = Callable[[Path], ModuleType]


@pytest.fixture
def import_app(monkeypatch: pytest.MonkeyPatch) -> ImportApp:
    """Imports a folder's `app.py`, over a URL as Supabase gives it; no connection is made."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://postgres.ref:secret@pooler.example.com:6543/postgres")

    def load_module(folder: Path) -> ModuleType:
        name = f"app_of_{folder.name}"
        spec = importlib.util.spec_from_file_location(name, folder / "app.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return load_module


def metadata_of(module: ModuleType) -> MetaData:
    metadata = module.db.Model.metadata
    assert isinstance(metadata, MetaData)
    return metadata


def columns_of(metadata: MetaData) -> dict[str, dict[str, str]]:
    """Table to column to type, as in a CREATE TABLE."""
    return {
        table.name: {c.name: f"{c.type}{'' if c.nullable else ' NOT NULL'}" for c in table.columns}
        for table in metadata.tables.values()
    }


def foreign_keys_of(metadata: MetaData) -> set[tuple[str, str]]:
    return {
        (f"{table.name}.{key.parent.name}", key.target_fullname)
        for table in metadata.tables.values()
        for key in table.foreign_keys
    }


def unique_of(metadata: MetaData) -> set[str]:
    return {
        f"{table.name}.{', '.join(column.name for column in constraint.columns)}"
        for table in metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    }


def python_defaults(table: Table) -> dict[str, object]:
    """Columns with a default on the Python side: its value, or `...` for a function."""
    return {
        column.name: column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else ...
        for column in table.columns
        if column.default is not None
    }


def test_the_template_has_no_alembic_set_up() -> None:
    files = {path.relative_to(TEMPLATE).as_posix() for path in TEMPLATE.rglob("*") if path.is_file()}
    assert {name for name in files if "__pycache__" not in name} == {
        ".env.example",
        ".gitignore",
        "EXERCISE.md",
        "app.py",
        "pytest.ini",
        "requirements-check.txt",
        "requirements.txt",
    }
    assert "create_all" not in (TEMPLATE / "app.py").read_text(encoding="utf-8")


def test_the_template_models_are_what_the_exercise_starts_from(import_app: ImportApp) -> None:
    metadata = metadata_of(import_app(TEMPLATE))
    assert columns_of(metadata) == TEMPLATE_COLUMNS
    assert foreign_keys_of(metadata) == TEMPLATE_FOREIGN_KEYS
    assert unique_of(metadata) == TEMPLATE_UNIQUE
    assert not any(c.server_default for table in metadata.tables.values() for c in table.columns)
    times = {"created_at": ..., "updated_at": ...}
    assert python_defaults(metadata.tables["organizations"]) == {"plan": "free", "is_active": True, **times}
    assert python_defaults(metadata.tables["users"]) == {"is_active": True, **times}
    assert python_defaults(metadata.tables["posts"]) == {"status": "draft", "view_count": 0, **times}


def test_the_reference_models_are_what_the_exercise_arrives_at(import_app: ImportApp) -> None:
    metadata = metadata_of(import_app(REFERENCE))
    assert columns_of(metadata) == REFERENCE_COLUMNS
    assert foreign_keys_of(metadata) == {*TEMPLATE_FOREIGN_KEYS, ("posts.category_id", "categories.id")}
    assert unique_of(metadata) == {*TEMPLATE_UNIQUE, "categories.name", "categories.slug"}


@pytest.mark.parametrize("folder", [TEMPLATE, REFERENCE], ids=lambda folder: str(folder.name))
def test_every_constraint_has_a_name_that_a_downgrade_can_drop(folder: Path, import_app: ImportApp) -> None:
    for table in metadata_of(import_app(folder)).tables.values():
        assert all(constraint.name for constraint in table.constraints)


@pytest.mark.parametrize("folder", [TEMPLATE, REFERENCE], ids=lambda folder: str(folder.name))
def test_the_app_queries_over_database_url_and_has_routes(folder: Path, import_app: ImportApp) -> None:
    app = import_app(folder).app
    assert isinstance(app, Flask)
    assert app.config["SQLALCHEMY_DATABASE_URI"] == os.environ["DATABASE_URL"]
    assert {"/users", "/posts"} <= {rule.rule for rule in app.url_map.iter_rules()}


@pytest.mark.parametrize("folder", [TEMPLATE, REFERENCE], ids=lambda folder: str(folder.name))
def test_the_requirements_are_met_by_the_environment_that_grades(folder: Path) -> None:
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [Requirement(line) for line in lines if line and not line.startswith(("#", "-r "))]
    assert {item.name.lower() for item in wanted} == {
        "flask",
        "flask-sqlalchemy",
        "sqlalchemy",
        "alembic",
        "python-dotenv",
        "psycopg",
        "psycopg2-binary",
    }
    for item in wanted:
        assert item.specifier.contains(importlib.metadata.version(item.name)), item


@pytest.mark.parametrize("name", [".env.example", ".gitignore"])
def test_template_and_reference_agree_on_what_no_step_changes(name: str) -> None:
    assert (TEMPLATE / name).read_bytes() == (REFERENCE / name).read_bytes()


def test_the_template_needs_what_the_reference_does_and_the_self_check() -> None:
    needed, check = (
        (folder / "requirements.txt").read_text(encoding="utf-8") for folder in (REFERENCE, TEMPLATE)
    )
    assert check == f"{needed}\n# What `pytest` checks your work with\n-r requirements-check.txt\n"
    lines = (TEMPLATE / "requirements-check.txt").read_text(encoding="utf-8").splitlines()
    (requirement,) = (line for line in lines if not line.startswith("#"))
    folder, _, extra = requirement.partition("[")
    assert (TEMPLATE / folder / "pyproject.toml").is_file()
    assert extra == "pytest]"


def test_the_template_asks_for_the_rubric() -> None:
    settings = ConfigParser()
    settings.read(TEMPLATE / "pytest.ini", encoding="utf-8")
    assert settings["pytest"]["migration_grader"] == load(REFERENCE / "assignment.toml").id
    assert settings["pytest"]["required_plugins"] == "migration-grader"


def test_the_example_environment_has_both_connections() -> None:
    text = (TEMPLATE / ".env.example").read_text(encoding="utf-8")
    active = dict(re.findall(r'^(\w+)="(.*)"$', text, flags=re.MULTILINE))
    assert set(active) == {"DATABASE_URL", "DIRECT_URL"}
    assert ":6543/" in active["DATABASE_URL"]
    assert ":5432/" in active["DIRECT_URL"]
    assert all(url.startswith("postgresql://") for url in active.values())


def test_an_env_file_is_ignored() -> None:
    assert ".env" in (TEMPLATE / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_exercise_text_lists_the_rubric_with_its_points() -> None:
    text = (TEMPLATE / "EXERCISE.md").read_text(encoding="utf-8")
    for item in load(REFERENCE / "assignment.toml").criteria:
        row = next(line for line in text.splitlines() if line.startswith(f"| `{item.id}` |"))
        if item.points:
            points = row.split("|")[2].strip().removeprefix("bonus ")
            assert float(points) == item.points


def test_the_exercise_text_has_the_checklist_of_the_assignment() -> None:
    text = (TEMPLATE / "EXERCISE.md").read_text(encoding="utf-8").partition("## Checklist")[2]
    listed = re.findall(r"^- \[ \] (.+)$", text.partition("\n## ")[0], flags=re.MULTILINE)
    items = load(REFERENCE / "assignment.toml").checklist
    assert listed == [f"{item.text} (optional)" if item.optional else item.text for item in items]


def test_every_revision_of_the_reference_solution_counts_as_handed_out() -> None:
    files = (REFERENCE / "alembic" / "versions").glob("*.py")
    assert sorted(load(REFERENCE / "assignment.toml").handed_out) == sorted(
        file.name.partition("_")[0] for file in files
    )

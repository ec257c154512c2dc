"""How an assignment has submissions run: packages of its own, extensions, variables, files and folders."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent

import pytest

from tests.integration.command import REFERENCE, Place

pytestmark = pytest.mark.postgres
OLD = ("SQLAlchemy==2.0.36", "alembic==1.13.3")
"""A SQLAlchemy and an Alembic before those of the grader."""
SHOP = """\
schema_version = "2"
id = "shop"
title = "A shop"
max_score = 100

[project]
alembic_root = "backend"
working_folder = "."
extensions = ["citext", "ltree"]
direct_url = ["SHOP_DB"]
pooled_url = ["SHOP_DB"]

[project.variables]
SECRET_KEY = "for-grading"
ASYNC_DB = "postgresql+asyncpg://"

[project.files]
"settings/shop.ini" = "given.ini"

[criteria.up]
kind = "upgrade"
points = 40

[criteria.models]
kind = "models"
points = 20

[criteria.down]
kind = "downgrade"
points = 20

[criteria.stairs]
kind = "stairway"
points = 10

[criteria.config]
kind = "configuration"
points = 10
"""
SUBMISSION = {
    "backend/alembic.ini": "[alembic]\nscript_location = %(here)s/scripts\nprepend_sys_path = .\n",
    "shop.py": """
        from sqlalchemy import Column, Integer, MetaData, Table
        from sqlalchemy.dialects.postgresql import CITEXT
        from sqlalchemy.types import UserDefinedType

        class Ltree(UserDefinedType):
            cache_ok = True

            def get_col_spec(self, **_):
                return "ltree"

        metadata = MetaData()
        Table("places", metadata, Column("path", Ltree, primary_key=True))
        Table("items", metadata, Column("id", Integer, primary_key=True), Column("name", CITEXT))
    """,
    "backend/scripts/env.py": """
        import configparser
        import os

        import sqlalchemy
        from alembic import context

        from shop import metadata

        settings = configparser.ConfigParser()
        assert settings.read("settings/shop.ini"), os.getcwd()
        assert settings["shop"]["currency"] == "EUR"
        assert os.environ["SECRET_KEY"] == "for-grading"
        assert os.environ["ASYNC_DB"] == os.environ["SHOP_DB"].replace("postgresql://", "postgresql+asyncpg://")
        assert "DIRECT_URL" not in os.environ and "DATABASE_URL" not in os.environ
        with sqlalchemy.create_engine(os.environ["SHOP_DB"]).connect() as connection:
            context.configure(connection=connection, target_metadata=metadata)
            with context.begin_transaction():
                context.run_migrations()
    """,
    "backend/scripts/versions/a.py": '''
        """make items"""
        import sqlalchemy as sa
        from alembic import op
        from sqlalchemy.dialects.postgresql import CITEXT

        revision, down_revision = "a", None

        def upgrade():
            op.create_table("items", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", CITEXT))

        def downgrade():
            op.drop_table("items")
    ''',
    "backend/scripts/versions/b.py": '''
        """make places"""
        from alembic import op

        revision, down_revision = "b", "a"

        def upgrade():
            op.execute("CREATE TABLE places (path ltree PRIMARY KEY)")

        def downgrade():
            op.drop_table("places")
    ''',
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A folder to run commands in, with a cache of its own."""
    with pytest.MonkeyPatch.context() as patches:
        top = tmp_path_factory.mktemp("project")
        patches.setenv("GRADER_CACHE_DIR", str(top / "cache"))
        yield Place(top)


def rubric_with(place: Place, name: str, *requirements: str) -> Path:
    """Exercise 4 with packages of its own."""
    folder = place.top / name
    folder.mkdir()
    text = (REFERENCE / "assignment.toml").read_text(encoding="utf-8")
    assert text.count("# [project]\n") == 1
    table = f"[project]\nrequirements = {json.dumps(requirements)}\n"
    (folder / "assignment.toml").write_text(text.replace("# [project]\n", table), encoding="utf-8")
    for beside in ("reference_schema.sql", "app.py"):
        (folder / beside).write_bytes((REFERENCE / beside).read_bytes())
    return folder / "assignment.toml"


def environments(place: Place) -> list[str]:
    kept = place.top / "cache" / "environments"
    return sorted(item.name for item in kept.iterdir() if item.is_dir()) if kept.is_dir() else []


@pytest.fixture(scope="module")
def old(place: Place) -> Path:
    """An assignment with older packages, prepared by two at once."""
    rubric = rubric_with(place, "old", *OLD)
    command = ("prepare", "--assignment", rubric, "--isolation", "none")
    refused = place.grade(REFERENCE, "--assignment", rubric)
    assert refused.returncode == 4
    assert "are not prepared for the isolation none" in refused.stderr
    assert f"`grader prepare --assignment {rubric}`" in " ".join(refused.stderr.split("\n")).replace(
        "  ", " "
    )
    assert not place.out.exists() or not any(place.out.iterdir())
    with ThreadPoolExecutor() as both:
        done = list(both.map(lambda _: place.run(*command), range(2)))
    assert [item.returncode for item in done] == [0, 0], [item.stderr for item in done]
    assert sum("Installing the packages" in item.stdout for item in done) == 1
    assert len(environments(place)) == 1
    return rubric


@pytest.mark.parametrize(
    "isolation", ["none", "bubblewrap", pytest.param("container", marks=pytest.mark.docker)]
)
def test_students_may_have_an_older_sqlalchemy_and_alembic(place: Place, old: Path, isolation: str) -> None:
    options = ("--isolation", isolation, "--postgres", "embedded", "--fresh")
    if isolation == "container":
        prepared = place.run("prepare", "--assignment", old, "--isolation", "container", seconds=1200.0)
        assert prepared.returncode == 0, prepared.stderr

    graded = place.run("grade", REFERENCE, "--assignment", old, "--out", place.out / isolation, *options)

    assert graded.returncode == 0, graded.stderr
    report = json.loads((place.out / isolation / REFERENCE.name / "grade.json").read_bytes())
    assert (report["status"], report["score"], report["bonus"], report["flags"]) == ("graded", 100, 5, [])
    assert (report["run"]["sqlalchemy"], report["run"]["alembic"]) == ("2.0.36", "1.13.3")
    assert report["run"]["packages"] == list(OLD)


def test_what_is_prepared_is_not_prepared_again(place: Place, old: Path) -> None:
    again = place.run("prepare", "--assignment", old, "--isolation", "bubblewrap")
    nothing = place.run("prepare", "--assignment", REFERENCE / "assignment.toml")
    told = place.run("doctor", "--assignment", old)

    assert (again.returncode, again.stdout) == (0, "The environment for other isolations is ready.\n")
    assert nothing.stdout == "There is nothing to prepare: `project.requirements` names no packages.\n"
    assert "Packages for none" in told.stdout


def test_a_package_that_does_not_exist(place: Place) -> None:
    before = environments(place)
    rubric = rubric_with(place, "none-such", "none-such-package-of-a-course==1.0")

    done = place.run("prepare", "--assignment", rubric, "--isolation", "none")

    assert done.returncode == 2
    said = " ".join(done.stderr.split())
    assert (
        "line 30: `project.requirements` names none-such-package-of-a-course==1.0, which cannot be had"
        in said
    )
    assert environments(place) == before


def shop(place: Place, rubric: str) -> tuple[Path, Path]:
    folder = place.top / "ada"
    for name, text in SUBMISSION.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(dedent(text).lstrip())
    (place.top / "given.ini").write_text("[shop]\ncurrency = EUR\n")
    (place.top / "shop.toml").write_text(rubric)
    return folder, place.top / "shop.toml"


@pytest.mark.parametrize("isolation", ["none", "bubblewrap"])
def test_extensions_variables_files_and_folders(place: Place, isolation: str) -> None:
    folder, rubric = shop(place, SHOP)
    options = ("--isolation", isolation, "--postgres", "embedded", "--fresh")

    graded = place.run("grade", folder, "--assignment", rubric, "--out", place.out, *options)

    report = place.report("ada")
    failed = {item["id"]: item["hint"] for item in report["criteria"] if item["status"] != "passed"}
    assert (graded.returncode, report["score"], failed) == (0, 100, {})
    checks = {
        check["id"] for item in report["criteria"] if item["id"] == "config" for check in item["checks"]
    }
    assert "connection" not in checks


def test_an_extension_that_no_server_has(place: Place) -> None:
    folder, rubric = shop(place, SHOP.replace('"ltree"', '"citex"'))
    out = place.top / "refused"

    done = place.run("grade", folder, "--assignment", rubric, "--out", out, *("--postgres", "embedded"))

    assert done.returncode == 2
    assert "has no extension citex, which `project.extensions` names" in " ".join(done.stderr.split())
    assert "did you mean citext?" in done.stderr
    assert not out.exists() or not any(out.iterdir())

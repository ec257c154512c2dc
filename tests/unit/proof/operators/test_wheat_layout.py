"""Other layouts and other ways to connect."""

from __future__ import annotations

import pytest

from grader.proof.operators import Project, project_of
from tests.unit.proof.operators.chains import ENV, chain, revision, small
from tests.unit.proof.operators.changes import changes, made

IN_FUNCTION = '''import os
from alembic import context
from models import Base
from sqlalchemy import create_engine, pool


def run_migrations_online():
    """Connect."""
    engine = create_engine(os.environ["DIRECT_URL"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()


run_migrations_online()
'''
PROJECT = chain({"a1": revision("a1", ())}, **{"migrations/env": IN_FUNCTION})


def answer(project: Project, operator: str) -> Project:
    """An answer, read again: its layout is found, and its revisions are."""
    files = {**project.files, **made(project, operator)[0].files}
    return project_of({path: data for path, data in files.items() if data is not None})


@pytest.mark.parametrize(
    ("operator", "scripts", "versions", "root"),
    [
        ("other_script_folder", "schema_changes", "schema_changes/versions", "."),
        ("other_versions_folder", "alembic", "revisions", "."),
        ("sub_folder", "exercise/alembic", "exercise/alembic/versions", "exercise"),
        ("settings_in_pyproject", "alembic", "alembic/versions", "."),
        ("flask_migrate", "migrations", "migrations/versions", "."),
    ],
)
def test_the_migrations_are_found(
    reference: Project, operator: str, scripts: str, versions: str, root: str
) -> None:
    moved = answer(reference, operator)
    assert (moved.layout.script_location, moved.layout.root) == (scripts, root)
    assert moved.layout.version_locations == (versions,)
    assert [step.id for step in moved.steps] == [step.id for step in reference.steps]


def test_flask_migrate_needs_an_app_and_no_more(reference: Project) -> None:
    assert answer(reference, "flask_migrate").layout.flavour == "flask"
    assert made(small(), "flask_migrate") == ()


def test_a_folder_that_the_assignment_names_stays(reference: Project) -> None:
    named = project_of(reference.files, alembic_root=".")
    assert made(named, "sub_folder") == ()


def test_env_connects_asynchronously() -> None:
    (found,) = changes(PROJECT, "async_env")
    assert "+ async with engine.connect() as connection:" in found
    assert "+ engine = create_async_engine(url, poolclass=pool.NullPool)" in found
    assert '+ url = make_url(os.environ["DIRECT_URL"]).set(drivername="postgresql+psycopg")' in found
    compile((made(PROJECT, "async_env")[0].files["migrations/env.py"] or b""), "env.py", "exec")


def test_the_url_goes_through_the_settings() -> None:
    (found,) = changes(PROJECT, "url_in_config")
    url = 'os.environ["DIRECT_URL"].replace("%", "%%")'
    assert f'+ context.config.set_main_option("sqlalchemy.url", {url})' in found
    assert any("engine_from_config(" in line and "poolclass=pool.NullPool" in line for line in found)


def test_a_driver_is_named_and_variables_are_read_otherwise(reference: Project) -> None:
    assert 'replace("postgresql://", "postgresql+psycopg2://", 1)' in changes(PROJECT, "driver_in_url")[0][1]
    assert changes(reference, "variables_read_otherwise") == [
        ['- url = os.environ.get("DIRECT_URL")', '+ url = os.environ["DIRECT_URL"]']
    ]
    (found,) = changes(PROJECT, "variables_read_otherwise")
    assert 'os.environ.get("DIRECT_URL")' in found[1]


def test_an_env_that_connects_at_once_has_no_function_to_change() -> None:
    assert "def " not in ENV
    for operator in ("async_env", "url_in_config", "driver_in_url"):
        assert made(small(), operator) == ()


def test_each_revision_gets_a_transaction() -> None:
    (found,) = changes(PROJECT, "transaction_per_revision")
    assert found[1].endswith("target_metadata=Base.metadata, transaction_per_migration=True)")

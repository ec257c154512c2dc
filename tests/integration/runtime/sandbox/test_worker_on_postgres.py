"""What the worker does to a database: Alembic's and Flask-Migrate's commands, models, and the replay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from grader.observations.model import Layout
from grader.observations.steps import Limit
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.interface import PostgresServer
from grader.runtime.postgres.sessions import fetch
from grader.runtime.sandbox.interface import Action, Outcome, Step
from tests.integration.runtime.sandbox.projects import INI, Place, place, write_project

pytestmark = pytest.mark.postgres

ENV = """
import os
import sqlalchemy as sa
from alembic import context
from models import metadata

os.environ["DIRECT_URL"] = os.environ["DIRECT_URL"].replace("postgresql://", "postgresql+psycopg2://")
{before}
engine = sa.create_engine(os.environ["DIRECT_URL"])
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata={metadata})
    with context.begin_transaction():
        context.run_migrations()
"""
LOOKS = """
import inspect

module = context.script.get_revision("head").module
print(module.upgrade.__code__.co_code, inspect.getsource(module), os.stat(module.__file__).st_size)
with engine.begin() as connection:
    connection.execute(sa.text("CREATE TABLE elsewhere (id INTEGER)"))
"""
MODELS = """
import sqlalchemy as sa
metadata = sa.MetaData()
sa.Table("authors", metadata, sa.Column("id", sa.Integer, primary_key=True))
sa.Table("books", metadata, sa.Column("author_id", sa.ForeignKey("authors.id"), primary_key=True))
"""
REVISION = """
from alembic import op
import sqlalchemy as sa
import models
revision, down_revision = "aaa1", None
def upgrade():
    op.create_table("authors", sa.Column("id", sa.Integer, primary_key=True))
def downgrade():
    op.drop_table("authors")
"""
FLASK_APP = """
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
import os
app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DIRECT_URL"]
db = SQLAlchemy(app)
Migrate(app, db)
class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
"""


@pytest.fixture
def database(embedded_server: PostgresServer) -> Iterator[StudentDatabase]:
    """An empty database of a submission."""
    with StudentDatabase.create(embedded_server) as made:
        yield made


def tables(database: StudentDatabase) -> list[str]:
    found = fetch(
        database.inspector,
        "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
        "ORDER BY relname",
    )
    return [str(name) for (name,) in found]


def run(here: Place, database: StudentDatabase, action: Action, *arguments: str) -> Outcome:
    step = Step(action, arguments, database.environment(), 120.0, urls=database.urls())
    outcome = here.sandbox.run(step)
    database.after_step()
    return outcome


def write(root: Path, *, before: str = "", metadata: str = "metadata", ini: str = INI) -> Path:
    """A project with two models and a revision for one of them."""
    write_project(root, ENV.format(before=dedent(before), metadata=metadata), f"{ini}prepend_sys_path = .\n")
    (root / "models.py").write_text(MODELS)
    (root / "alembic" / "versions" / "aaa1_first.py").write_text(REVISION)
    return root


def test_alembic_up_and_down(tmp_path: Path, database: StudentDatabase) -> None:
    with place(write(tmp_path / "submission")) as here:
        assert run(here, database, "alembic", "upgrade", "head").exit_code == 0
        assert tables(database) == ["alembic_version", "authors"]
        assert run(here, database, "alembic", "current").stdout == "aaa1 (head)\n"
        assert run(here, database, "alembic", "downgrade", "-1").exit_code == 0
        assert tables(database) == ["alembic_version"]
        failed = run(here, database, "alembic", "downgrade", "-1")
        assert failed.exit_code == 255
        assert "Relative revision -1 didn't produce 1 migrations" in failed.stdout


def test_models_makes_what_the_metadata_has_and_runs_no_revision(
    tmp_path: Path, database: StudentDatabase
) -> None:
    with place(write(tmp_path / "submission")) as here:
        outcome = run(here, database, "models")
    assert (outcome.exit_code, outcome.data) == (0, {"tables": 2}), outcome.stderr
    assert tables(database) == ["authors", "books"]


def test_models_of_several_bases(tmp_path: Path, database: StudentDatabase) -> None:
    with place(write(tmp_path / "submission", metadata="[metadata, sa.MetaData(), metadata]")) as here:
        assert run(here, database, "models").data == {"tables": 2}
    assert tables(database) == ["authors", "books"]


def test_models_without_metadata(tmp_path: Path, database: StudentDatabase) -> None:
    with place(write(tmp_path / "submission", metadata="None")) as here:
        outcome = run(here, database, "models")
    assert (outcome.exit_code, outcome.data) == (0, {}), outcome.stderr
    assert tables(database) == []


def test_models_go_to_the_address_given_whatever_the_code_makes_of_it(
    tmp_path: Path, database: StudentDatabase
) -> None:
    spoilt = (
        "engine_url, os.environ['DIRECT_URL'] = os.environ['DIRECT_URL'], 'postgres://nobody@nowhere/none'"
    )
    root = write(tmp_path / "submission", before=spoilt)
    env = root / "alembic" / "env.py"
    env.write_text(
        env.read_text().replace('create_engine(os.environ["DIRECT_URL"])', "create_engine(engine_url)")
    )
    with place(root) as here:
        models = run(here, database, "models")
        assert (models.exit_code, models.data) == (0, {"tables": 2}), models.stderr


def test_replay_runs_the_revisions_alone(tmp_path: Path, database: StudentDatabase) -> None:
    before = """
        with sa.create_engine(os.environ["DIRECT_URL"]).begin() as c:
            metadata.create_all(c)
    """
    with place(write(tmp_path / "submission", before=before)) as here:
        outcome = run(here, database, "replay", "head")
    assert (outcome.exit_code, outcome.data) == (0, {}), outcome.stderr
    assert tables(database) == ["alembic_version", "authors"]


def test_replay_takes_no_compiled_code_of_another_step(tmp_path: Path, database: StudentDatabase) -> None:
    forge = """
        import importlib.util
        from importlib import _bootstrap_external
        from pathlib import Path
        path = Path("alembic/versions/aaa1_first.py").resolve()
        code = compile(path.read_text().replace('"authors"', '"forged"'), str(path), "exec")
        kept = Path(importlib.util.cache_from_source(str(path)))
        kept.parent.mkdir(parents=True, exist_ok=True)
        found = path.stat()
        kept.write_bytes(_bootstrap_external._code_to_timestamp_pyc(code, int(found.st_mtime), found.st_size))
    """
    with place(write(tmp_path / "submission", before=forge)) as here:
        assert run(here, database, "alembic", "upgrade", "head").exit_code == 0
        assert run(here, database, "alembic", "downgrade", "base").exit_code == 0
        assert run(here, database, "alembic", "upgrade", "head").exit_code == 0
        assert tables(database) == ["alembic_version", "forged"]  # as any run of theirs may
        assert database.clear()
        outcome = run(here, database, "replay", "head")
    assert (outcome.exit_code, outcome.data) == (0, {}), outcome.stderr
    assert tables(database) == ["alembic_version", "authors"]


def test_emptied_revisions_make_nothing_and_look_as_ever(tmp_path: Path, database: StudentDatabase) -> None:
    """What env.py makes is there, and so is the version. The functions of the revisions are untouched."""
    root = write(tmp_path / "submission")
    env = root / "alembic" / "env.py"
    env.write_text(env.read_text() + LOOKS)
    with place(root) as here:
        environment = database.environment()
        whole = here.sandbox.run(Step("alembic", ("upgrade", "head"), environment))
        assert (whole.exit_code, whole.data) == (0, {"runs": 1}), whole.stderr
        assert tables(database) == ["alembic_version", "authors", "elsewhere"]
        assert database.clear()
        emptied = here.sandbox.run(Step("alembic", ("upgrade", "head"), environment, emptied=True))
    assert (emptied.exit_code, emptied.stdout) == (0, whole.stdout), emptied.stderr
    assert tables(database) == ["alembic_version", "elsewhere"]


def test_a_step_may_end_after_the_revisions_or_before_them(tmp_path: Path, database: StudentDatabase) -> None:
    """What the revisions made is committed, and env.py makes nothing more."""
    root = write(tmp_path / "submission")
    env = root / "alembic" / "env.py"
    env.write_text(env.read_text() + LOOKS)
    with place(root) as here:
        environment = database.environment()
        ended = here.sandbox.run(Step("alembic", ("upgrade", "head"), environment, leave_after=1))
        assert (ended.exit_code, ended.limit) == (0, None), ended.stderr
        assert tables(database) == ["alembic_version", "authors"]
        assert database.clear()
        step = Step("alembic", ("upgrade", "head"), environment, emptied=True, leave_after=1)
        assert here.sandbox.run(step).exit_code == 0
        assert tables(database) == ["alembic_version"]
        assert database.clear()
        later = here.sandbox.run(Step("alembic", ("upgrade", "head"), environment, leave_after=2))
    assert (later.exit_code, later.data) == (0, {"runs": 1}), later.stderr
    assert tables(database) == ["alembic_version", "authors", "elsewhere"]


def test_replay_that_fails_shows_the_revision_and_not_the_worker(
    tmp_path: Path, database: StudentDatabase
) -> None:
    root = write(tmp_path / "submission")
    path = root / "alembic" / "versions" / "aaa1_first.py"
    path.write_text(path.read_text().replace('op.create_table("authors"', 'op.create_tables("authors"'))
    with place(root) as here:
        outcome = run(here, database, "replay", "head")
    assert outcome.exit_code == 1
    assert "aaa1_first.py" in outcome.stderr
    assert "worker.py" not in outcome.stderr
    assert "has no attribute 'create_tables'" in outcome.stderr


def test_project_below_the_top_with_a_configuration_of_another_name(
    tmp_path: Path, database: StudentDatabase
) -> None:
    root = tmp_path / "submission"
    write(root / "backend")
    (root / "backend" / "alembic.ini").rename(root / "backend" / "migrate.ini")
    layout = Layout(
        "alembic", "backend", "backend/migrate.ini", "backend/alembic", ("backend/alembic/versions",)
    )
    with place(root, layout) as here:
        assert run(here, database, "alembic", "upgrade", "head").exit_code == 0
        assert run(here, database, "models").data == {"tables": 2}
    assert tables(database) == ["authors", "books"]


@pytest.mark.parametrize("folder", ["migrations", "database/changes"])
def test_flask_migrate(tmp_path: Path, database: StudentDatabase, folder: str) -> None:
    root = tmp_path / "submission"
    root.mkdir()
    (root / "app.py").write_text(FLASK_APP)
    layout = Layout("flask", ".", f"{folder}/alembic.ini", folder, (f"{folder}/versions",))
    with place(root, layout) as here:
        for command in (("init",), ("migrate", "-m", "first"), ("upgrade",)):
            outcome = run(here, database, "flask", *command)
            assert outcome.exit_code == 0, outcome.stderr
        assert tables(database) == ["alembic_version", "user"]
        assert run(here, database, "flask", "current").stdout.endswith(" (head)\n")
        assert run(here, database, "flask", "downgrade").exit_code == 0
        assert tables(database) == ["alembic_version"]
        assert run(here, database, "flask", "downgrade", "--no-such-option").exit_code == 2
        models = run(here, database, "models")
        assert (models.exit_code, models.data) == (0, {"tables": 1}), models.stderr
        assert tables(database) == ["user"]


def test_flask_migrate_without_an_app_says_so(tmp_path: Path, database: StudentDatabase) -> None:
    root = tmp_path / "submission"
    root.mkdir()
    layout = Layout("flask", ".", "migrations/alembic.ini", "migrations", ("migrations/versions",))
    with place(root, layout) as here:
        outcome = run(here, database, "flask", "current")
    assert outcome.exit_code == 2
    assert "Could not locate a Flask application" in outcome.stderr


def test_flask_replay(tmp_path: Path, database: StudentDatabase) -> None:
    root = tmp_path / "submission"
    root.mkdir()
    (root / "app.py").write_text(FLASK_APP)
    layout = Layout("flask", ".", "migrations/alembic.ini", "migrations", ("migrations/versions",))
    with place(root, layout) as here:
        for command in (("init",), ("migrate", "-m", "first")):
            assert run(here, database, "flask", *command).exit_code == 0
        outcome = run(here, database, "replay", "head")
        assert outcome.exit_code == 0, outcome.stderr
    assert tables(database) == ["alembic_version", "user"]


def test_a_revision_may_be_broken_off_at_its_end(tmp_path: Path, database: StudentDatabase) -> None:
    """Nothing of it is committed, and until then nothing tells the run apart."""
    root = write(tmp_path / "submission")
    with place(root) as here:
        environment = database.environment()
        step = Step("alembic", ("upgrade", "head"), environment, break_off="aaa1")
        broken = here.sandbox.run(step)
        assert (broken.exit_code, broken.data) == (1, {"runs": 1, "broken_off": 1}), broken.stderr
        assert tables(database) == []
        other = here.sandbox.run(Step("alembic", ("upgrade", "head"), environment, break_off="bbb2"))
    assert (other.exit_code, other.data) == (0, {"runs": 1}), other.stderr
    assert tables(database) == ["alembic_version", "authors"]


OFFLINE = """
from alembic import context

print("hello")
context.configure(url="postgresql://", literal_binds=True{more})
with context.begin_transaction():
    context.run_migrations()
"""
UP, DOWN = ("upgrade", "head", "--sql"), ("downgrade", "head:base", "--sql")


def test_sql_of_two_commands_in_one_process(tmp_path: Path) -> None:
    """What is printed besides is told apart, and the SQL of the one from that of the other."""
    root = write(tmp_path / "submission")
    (root / "alembic" / "env.py").write_text(OFFLINE.format(more=""))
    with place(root) as here:
        both = here.sandbox.run(Step("alembic", UP, {}, then=DOWN))
        one = here.sandbox.run(Step("alembic", UP, {}))
    assert (both.exit_code, both.data) == (0, {"runs": 2, "ended": 1}), both.stderr
    assert (both.stdout, one.stdout) == ("hello\nhello\n", "hello\n")
    up, down = both.scripts()
    assert one.scripts() == (up, ())
    assert any("CREATE TABLE authors" in statement for statement in up)
    assert any("DROP TABLE authors" in statement for statement in down)
    assert not any("DROP TABLE authors" in statement for statement in up)


def test_sql_goes_to_the_file_that_env_py_names(tmp_path: Path) -> None:
    root = write(tmp_path / "submission")
    (root / "alembic" / "env.py").write_text(OFFLINE.format(more=', output_buffer=open("/dev/stderr", "w")'))
    with place(root) as here:
        outcome = here.sandbox.run(Step("alembic", UP, {}))
    assert outcome.stdout == "hello\n"
    assert "CREATE TABLE authors" in outcome.stderr
    assert any("CREATE TABLE authors" in statement for statement in outcome.scripts()[0])


def test_a_second_command_is_not_run_after_one_that_fails(tmp_path: Path) -> None:
    root = write(tmp_path / "submission")
    with place(root) as here:
        outcome = here.sandbox.run(Step("alembic", ("upgrade", "zzz"), {}, then=DOWN))
    assert outcome.exit_code != 0
    assert "ended" not in outcome.data


def test_more_sql_than_is_read_is_a_limit(tmp_path: Path) -> None:
    root = write(tmp_path / "submission")
    (root / "alembic" / "env.py").write_text(OFFLINE.format(more="") + 'context.static_output("x" * 2**21)\n')
    with place(root) as here:
        outcome = here.sandbox.run(Step("alembic", UP, {}))
    assert outcome.limit is Limit.OUTPUT

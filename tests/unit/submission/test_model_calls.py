"""Which calls in a revision make or drop the tables of the project's models, and which only look like it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.observations.files import Layout
from grader.submission.model_calls import with_model_calls
from grader.submission.revision_graph import read_graph

if TYPE_CHECKING:
    from pathlib import Path

    from grader.observations.revisions import Revision

LAYOUT = Layout("alembic", ".", "alembic.ini", "alembic", ("alembic/versions",))
APP = """
import enum
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Enum, Table

class Status(enum.Enum):
    draft = 1

status = Enum(Status, name="status")
db = SQLAlchemy()
tags = Table("tags", db.metadata)

class Category(db.Model):
    __tablename__ = "categories"

def init_db():
    with app.app_context():
        db.create_all()

def make(metadata, bind):
    metadata.create_all(bind)
"""
FROZEN = """
import sqlalchemy as sa
metadata = sa.MetaData()
users = sa.Table("users", metadata, sa.Column("id", sa.Integer))

def make(bind):
    metadata.create_all(bind)
"""
SEED = "from app import db\n\ndef tables(bind):\n    db.metadata.create_all(bind)\n"
HEAD = "import sqlalchemy as sa\nfrom alembic import op\nrevision = 'a1'\ndown_revision = None\n"


def revision(root: Path, body: str, top: str = "", down: str = "pass") -> Revision:
    """The only revision of a small project, with these lines in upgrade() and downgrade()."""

    def function(name: str, lines: str) -> str:
        indented = "\n    ".join(lines.splitlines())
        return f"\ndef {name}():\n    {indented}\n"

    files = {
        "app.py": APP,
        "frozen.py": FROZEN,
        "seed.py": SEED,
        "alembic/env.py": "from app import db\ntarget_metadata = db.metadata\n",
        "alembic/versions/a1.py": f"{HEAD}{top}\n{function('upgrade', body)}{function('downgrade', down)}",
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    graph = with_model_calls(read_graph(root, LAYOUT.version_locations), root, LAYOUT)
    return graph.revisions[0]


@pytest.mark.parametrize(
    ("top", "body"),
    [
        ("from app import db", "db.metadata.create_all(op.get_bind())"),
        ("from app import db", "db.create_all()"),
        ("import app", "app.db.metadata.create_all(bind=op.get_bind())"),
        ("import app as project", "project.db.create_all()"),
        ("", "from app import db\nmetadata = db.metadata\nmetadata.create_all(op.get_bind())"),
        ("from app import Category", "Category.__table__.create(op.get_bind(), checkfirst=True)"),
        ("from app import Category", "Category.metadata.create_all(op.get_bind())"),
        ("from app import db", 'db.metadata.tables["categories"].create(op.get_bind())'),
        ("from app import tags", "tags.create(op.get_bind())"),
        ("from app import db", "for table in db.metadata.sorted_tables:\n    table.create(op.get_bind())"),
        ("from app import db", "for _, t in db.metadata.tables.items():\n    t.create(op.get_bind())"),
        ("from app import db", "[t.create(op.get_bind()) for t in db.metadata.tables.values()]"),
        (
            "from app import Category\nfrom sqlalchemy.schema import CreateTable",
            "op.execute(CreateTable(Category.__table__))",
        ),
        (
            "from app import Category\nfrom sqlalchemy.schema import CreateTable",
            "op.execute(str(CreateTable(Category.__table__).compile(op.get_bind())))",
        ),
        ("from app import Category", 'op.create_table("categories", *Category.__table__.columns)'),
        (
            "from app import Category",
            "op.create_table(Category.__tablename__, *[c.copy() for c in Category.__table__.c])",
        ),
        (
            "from app import db",
            (
                "meta = sa.MetaData()\nfor table in db.metadata.sorted_tables:\n    table.to_metadata(meta)\n"
                "meta.create_all(op.get_bind())"
            ),
        ),
        (
            "from app import Category",
            (
                "columns = [c.copy() for c in Category.__table__.columns]\n"
                'sa.Table("categories", sa.MetaData(), *columns).create(op.get_bind())'
            ),
        ),
        ("from copy import deepcopy\nfrom app import db", "deepcopy(db.metadata).create_all(op.get_bind())"),
        ("", 'op.get_context().opts["target_metadata"].create_all(op.get_bind())'),
        ("", 'op.get_context().opts.get("target_metadata").create_all(op.get_bind())'),
        ("import importlib", 'importlib.import_module("app").db.create_all()'),
        ("from app import db", 'getattr(db.metadata, "create_all")(op.get_bind())'),
        ("from app import db", "op.run_async(lambda c: c.run_sync(db.metadata.create_all))"),
        ("from app import init_db", "init_db()"),
        ("import app", "app.init_db()"),
        ("from app import db, make", "make(db.metadata, op.get_bind())"),
        ("import seed", "seed.tables(op.get_bind())"),
        ("from seed import tables as make_tables", "make_tables(op.get_bind())"),
        (
            "from app import db\n\ndef every(bind, which):\n    which.create_all(bind)\n",
            "every(op.get_bind(), which=db.metadata)",
        ),
        (
            "from app import db\nfrom alembic.autogenerate import produce_migrations",
            "produce_migrations(op.get_context(), db.metadata)",
        ),
        (
            "from flask import current_app",
            'current_app.extensions["migrate"].db.metadata.create_all(op.get_bind())',
        ),
        ("from sqlmodel import SQLModel", "SQLModel.metadata.create_all(op.get_bind())"),
    ],
)
def test_tables_of_the_models(tmp_path: Path, top: str, body: str) -> None:
    upgrade = revision(tmp_path, body, top).upgrade
    assert upgrade is not None
    assert upgrade.models_call is not None, body


OWN = 'meta = sa.MetaData()\nsa.Table("users", meta, sa.Column("id", sa.Integer))\n'


@pytest.mark.parametrize(
    ("top", "body"),
    [
        ("", 'op.create_table("users", sa.Column("id", sa.Integer))'),
        ("", f"{OWN}meta.create_all(op.get_bind())"),
        ("from app import db", f"{OWN}meta.create_all(op.get_bind())"),
        ("from app import db", "meta = db.MetaData()\ndb.Table('t', meta)\nmeta.create_all(op.get_bind())"),
        (
            "from app import Status",
            (
                'users = sa.Table("users", sa.MetaData(), sa.Column("s", sa.Enum(Status)))\n'
                "users.create(op.get_bind())"
            ),
        ),
        ("from app import Status", "sa.Enum(Status).create(op.get_bind())"),
        ("from app import status", "status.create(op.get_bind())\nop.create_table('t', status)"),
        (
            "from sqlalchemy.orm import DeclarativeBase\n\nclass Base(DeclarativeBase):\n    pass\n",
            "Base.metadata.create_all(op.get_bind())",
        ),
        ("from frozen import metadata", "metadata.create_all(op.get_bind())"),
        ("import frozen", "frozen.metadata.create_all(op.get_bind())\nfrozen.make(op.get_bind())"),
        ("from frozen import users", "users.create(op.get_bind())"),
        (
            "from app import Category",
            (
                "op.bulk_insert(Category.__table__, [{'name': 'news'}])\n"
                'op.create_table(Category.__tablename__, sa.Column("id", sa.Integer))'
            ),
        ),
        ("from app import db", "db.metadata.reflect(op.get_bind())\ndb.session.execute(sa.text('SELECT 1'))"),
        ("from app import make", f"{OWN}make(meta, op.get_bind())"),
        ("from app import db", "db.metadata.drop_all(op.get_bind())"),
        ("", "def upgrade(): create_all()"),
    ],
)
def test_what_a_revision_defines_itself(tmp_path: Path, top: str, body: str) -> None:
    upgrade = revision(tmp_path, body, top).upgrade
    assert upgrade is not None
    assert upgrade.models_call is None, upgrade.models_call


def test_the_line_and_the_name(tmp_path: Path) -> None:
    found = revision(tmp_path, "op.get_bind()\ndb.metadata.create_all(op.get_bind())", "from app import db")
    assert found.upgrade is not None
    assert found.upgrade.models_call is not None
    assert (found.upgrade.models_call.line, found.upgrade.models_call.name) == (9, "db.metadata.create_all")
    assert found.downgrade is not None
    assert found.downgrade.models_call is None


@pytest.mark.parametrize(
    "body",
    [
        "db.metadata.drop_all(op.get_bind())",
        "db.drop_all()",
        "db.metadata.tables['t'].drop(op.get_bind())",
    ],
)
def test_a_way_back_that_drops_the_tables_of_the_models(tmp_path: Path, body: str) -> None:
    found = revision(tmp_path, "pass", "from app import db", body)
    assert found.downgrade is not None
    assert found.downgrade.models_call is not None


def test_files_that_cannot_be_read_say_nothing(tmp_path: Path) -> None:
    found = revision(tmp_path, "from app import db\ndb.create_all()")
    (tmp_path / "app.py").write_text("def (:\n")
    graph = with_model_calls(read_graph(tmp_path, LAYOUT.version_locations), tmp_path, LAYOUT)
    assert graph.revisions[0].id == found.id


def test_files_that_import_one_another(tmp_path: Path) -> None:
    revision(tmp_path, "from app import init_db\ninit_db()")
    (tmp_path / "app.py").write_text("from seed import db\n\ndef init_db():\n    tables()\n    init_db()\n")
    (tmp_path / "seed.py").write_text("from app import db\n")
    graph = with_model_calls(read_graph(tmp_path, LAYOUT.version_locations), tmp_path, LAYOUT)
    assert graph.revisions[0].upgrade is not None
    assert graph.revisions[0].upgrade.models_call is None


def test_nesting_without_end_says_nothing(tmp_path: Path) -> None:
    found = revision(tmp_path, f"x = db{'.a' * 900}\ndb.create_all()", "from app import db")
    assert found.id == "a1"


def test_helpers_that_call_each_other_often_take_no_time(tmp_path: Path) -> None:
    helpers = "".join(
        f"def f{number}():\n    " + "\n    ".join([f"f{number + 1}()"] * 30) + "\n" for number in range(30)
    )
    found = revision(tmp_path, "f0()", f"from app import db\n{helpers}def f30():\n    db.create_all()\n")
    assert found.upgrade is not None
    assert found.upgrade.models_call is not None

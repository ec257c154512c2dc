"""Submissions whose env.py makes what no revision makes, and that try to tell the grader's runs apart.

Each has a helper that only its env.py puts on the path, so that the replay says nothing. The revision about
the categories does nothing, and env.py makes them only if it thinks that the run is a real one.
"""

from __future__ import annotations

from tests.catalogue.case import BLOCKED_BY_UPGRADE, ENV, PROFILE, Case, Edit, append, replace
from tests.catalogue.wrong_env_needs import MAKE_CATEGORIES, NO_CATEGORIES, OUTSIDE, WITHOUT_CATEGORIES

AFTERWARDS = """

import hashlib
import importlib
import inspect
import time

import helpers
import sqlalchemy
from alembic.script import ScriptDirectory

with create_engine(direct_url()).begin() as own:
    found = ScriptDirectory.from_config(context.config).walk_revisions()
    modules = {item.revision: item.module for item in found}
    tables = sqlalchemy.inspect(own).get_table_names()
    if "upgrade" in sys.argv and (TEST):
        make_categories(own)
"""
"""The end of an env.py; `TEST` stands for what tells a real run from another."""


def _cheats(
    name: str, why: str, *edits: Edit, test: str | None = None, made_at: str | None = "3b8f1c6a27d4"
) -> Case:
    """A submission that gets no more than it would without the table that no revision makes.

    Args:
        name: the folder's name.
        why: what it does.
        edits: how it differs from the reference beside that revision.
        test: an expression that env.py goes by at its end; None if the edits make the table.
        made_at: the revision at which the table appears, and is then left behind by the downgrade; None if it
            only appears on the way to the head, and is left behind by the downgrade from there.
    """
    left: dict[str, tuple[str, ...]] = {"downgrade": ("schema",)}
    if made_at is not None:
        left = {"reversible_chain": (f"revision_{made_at}", "base")}
    end = () if test is None else (append(ENV, MAKE_CATEGORIES + AFTERWARDS.replace("TEST", test)),)
    return Case(
        name,
        why,
        (*NO_CATEGORIES, *edits, *end),
        score=65.0 if made_at else 55.0,
        failed=WITHOUT_CATEGORIES | left,
        flags=OUTSIDE,
        hints={"category_table": ("no revision makes it",)},
    )


def _before_running(code: str) -> Edit:
    return replace(ENV, ("if context.is_offline_mode():", f"{code}\n\nif context.is_offline_mode():"))


COUNT_OPERATIONS = """
from alembic import op as operations

made = []
create_table, add_column = operations.create_table, operations.add_column
operations.create_table = lambda *a, **k: (made.append(1), create_table(*a, **k))[1]
operations.add_column = lambda *a, **k: (made.append(1), add_column(*a, **k))[1]
"""
COUNT_STATEMENTS = """
from sqlalchemy import event
from sqlalchemy.engine import Engine

statements = []


@event.listens_for(Engine, "after_cursor_execute")
def count(connection, cursor, statement, *_):
    statements.append(statement)
"""
ON_APPLY = f"""{MAKE_CATEGORIES}

def applied(*, ctx, **_):
    import sqlalchemy

    if "users" in sqlalchemy.inspect(ctx.connection).get_table_names():
        make_categories(ctx.connection)
"""
FILL_IN = f"""{MAKE_CATEGORIES}

from alembic.script import ScriptDirectory

context.script.get_revision("c15a8e3f9b60").module.upgrade = lambda: make_categories(op.get_bind())
"""
PATCHED_EXIT = """
os._exit = lambda code: None
sys.exit = lambda code=0: None
"""
RELOADED = """
import importlib

import alembic.runtime.environment
import alembic.runtime.migration

importlib.reload(alembic.runtime.migration)
importlib.reload(alembic.runtime.environment)
"""
UNDONE = """
from alembic.script.revision import RevisionMap
from alembic.runtime.migration import MigrationContext, RevisionStep

RevisionStep.migration_fn = property(
    lambda step: step.revision.module.upgrade if step.is_upgrade else step.revision.module.downgrade,
    lambda step, _: None,
)
"""
OWN_LOOP = """
from alembic.runtime.migration import MigrationContext

run_migrations = MigrationContext.run_migrations


def run_from_list(self, **kw):
    find = self._migrations_fn
    self._migrations_fn = lambda heads, context: list(find(heads, context))
    run_migrations(self, **kw)


MigrationContext.run_migrations = run_from_list
"""
WITH_POSTS = f"""{MAKE_CATEGORIES}

@event.listens_for(Table, "after_create")
def with_posts(table, connection, **_):
    if table.name == "posts":
        make_categories(connection)
"""

OUTSIDE_CASES: tuple[Case, ...] = (
    _cheats(
        "hostile_outside_if_tables",
        "env.py makes the categories only if it finds the users.",
        test='"users" in tables',
    ),
    _cheats(
        "hostile_outside_if_ran",
        "A revision's function leaves a note in the process, and env.py asks for it.",
        replace(
            PROFILE,
            ("def upgrade() -> None:\n", "def upgrade() -> None:\n    __import__('helpers').ran = True\n"),
        ),
        test='getattr(helpers, "ran", False)',
        made_at="9e42d70b51fc",
    ),
    _cheats(
        "hostile_outside_if_operations",
        "env.py counts the operations that the revisions call.",
        _before_running(COUNT_OPERATIONS),
        test="len(made) >= 3",
    ),
    _cheats(
        "hostile_outside_if_statements",
        "env.py counts the statements that go to the database.",
        _before_running(COUNT_STATEMENTS),
        test='sum("CREATE TABLE" in item for item in statements) >= 3',
    ),
    _cheats(
        "hostile_outside_if_source",
        "env.py looks at the sizes, the source and the code of the revisions' functions.",
        test=(
            'len(modules["3b8f1c6a27d4"].upgrade.__code__.co_code) > 100 and '
            'len(inspect.getsource(modules["3b8f1c6a27d4"].upgrade)) > 1000 and '
            'hashlib.sha256(Path(modules["9e42d70b51fc"].__file__).read_bytes()).hexdigest() and '
            'Path(modules["3b8f1c6a27d4"].__file__).stat().st_size > 2000'
        ),
    ),
    _cheats(
        "hostile_outside_if_place",
        "env.py goes by the name of the database, the arguments and the environment of the plain run.",
        test='"student" in direct_url() and "head" in sys.argv and "DATABASE_URL" in os.environ',
        made_at=None,
    ),
    _cheats(
        "hostile_outside_if_time",
        "env.py goes by how long the migrations took, and by files that other steps have left.",
        _before_running("import time\n\nbegan = time.monotonic()"),
        test=(
            'time.monotonic() - began > 0.01 and (Path("/tmp/was_here").touch() or True) and '
            'Path("/tmp/was_here").exists() and "users" in tables'
        ),
    ),
    _cheats(
        "hostile_outside_on_version_apply",
        "A callback of configure() makes the categories once the users are there.",
        _before_running(ON_APPLY),
        replace(
            ENV,
            (
                "target_metadata=target_metadata)\n        with",
                "target_metadata=target_metadata, on_version_apply=applied)\n        with",
            ),
        ),
    ),
    _cheats(
        "hostile_outside_fills_in",
        "env.py puts a function of its own into the place of the revision's empty one.",
        replace(ENV, ("from alembic import context\n", "from alembic import context, op\n")),
        _before_running(FILL_IN),
        made_at="c15a8e3f9b60",
    ),
    _cheats(
        "hostile_outside_cannot_leave",
        "env.py takes away what could end the process after the revisions.",
        _before_running(PATCHED_EXIT),
        test='"users" in tables',
    ),
    _cheats(
        "hostile_outside_undoes",
        "env.py makes Alembic call the revisions' own functions, whatever else is put in their place.",
        _before_running(UNDONE),
        test='"users" in tables',
    ),
    Case(
        "hostile_outside_reloads",
        "env.py loads Alembic anew, so the runs do not end early and all counts as made by env.py.",
        (
            *NO_CATEGORIES,
            _before_running(RELOADED),
            append(ENV, MAKE_CATEGORIES + AFTERWARDS.replace("TEST", '"users" in tables')),
        ),
        score=6.0,
        bonus=0.0,
        failed={"upgrade_head": ("schema",), "history": ("changes",)},
        skipped=BLOCKED_BY_UPGRADE,
        flags=OUTSIDE,
    ),
    Case(
        "hostile_outside_own_loop",
        "env.py takes all revisions from Alembic before it runs the first.",
        (
            *NO_CATEGORIES,
            _before_running(OWN_LOOP),
            append(ENV, MAKE_CATEGORIES + AFTERWARDS.replace("TEST", '"users" in tables')),
        ),
        score=95.0,
        failed={"category_table": ("evolves",), "reversible_chain": ("revision_3b8f1c6a27d4", "base")},
    ),
    Case(
        "hostile_outside_by_listener",
        "A listener makes the categories while a revision makes another table.",
        (
            *NO_CATEGORIES,
            replace(ENV, ("import create_engine, pool", "import Table, create_engine, event, pool")),
            _before_running(WITH_POSTS),
        ),
        score=95.0,
        failed={"category_table": ("evolves",), "reversible_chain": ("revision_3b8f1c6a27d4", "base")},
    ),
)
"""Each gets what it gets without the categories, or less.

The last two get most of the points for them. What is made while a revision's function runs is taken for the
revision's, because listeners and operations of one's own are right work. And code that is written against the
grader can replace the parts of Alembic that the runs are told by. The report then says what was seen.
"""

"""Right answers whose revisions need what their own env.py sets up: they do not run under another one."""

from __future__ import annotations

from pathlib import Path

import alembic
import flask_migrate

from tests.catalogue.case import (
    APP,
    CATEGORIES,
    ENV,
    INI,
    INITIAL,
    PROFILE,
    USERNAME,
    Case,
    Edit,
    Files,
    append,
    delete,
    move,
    replace,
    write,
)
from tests.catalogue.texts import ASYNC_ONLINE, ONLINE

REVISIONS = (INITIAL, PROFILE, CATEGORIES, USERNAME)
CONFIGURED = "configure(connection=connection, target_metadata=target_metadata"
"""The beginning of a call in the reference's env.py; options may be put after it."""
NAMED_STYLE = '        dialect_opts={"paramstyle": "named"},\n'
"""The last option that the reference's env.py gives to configure() without a database."""
AS_SQL = "        context.run_migrations()\n\n\ndef"
"""The call that writes the migrations as SQL, and what comes after it."""
MIGRATED = "            context.run_migrations()\n\n\nif"
"""The call that runs the migrations, and what comes after it in the reference's env.py."""
BIO = 'sa.Column("bio", sa.Text(), nullable=True)'
HELPERS = """import sqlalchemy as sa


def text_column(name):
    return sa.Column(name, sa.Text(), nullable=True)
"""
HELPER_ON_PATH: tuple[Edit, ...] = (
    write("alembic/helpers.py", HELPERS),
    replace(
        ENV, ("sys.path.insert(0, str(PROJECT))", "sys.path[:0] = [str(PROJECT), str(PROJECT / 'alembic')]")
    ),
    replace(
        PROFILE,
        ("from alembic import op\n", "from alembic import op\nfrom helpers import text_column\n"),
        (BIO, 'text_column("bio")'),
    ),
)
"""A module beside env.py, which only env.py puts on the path, is used by a revision."""
FLASK_MIGRATE: tuple[Edit, ...] = (
    delete(ENV, INI),
    move("alembic/versions/", "migrations/versions/"),
    replace(
        APP,
        (
            "from flask_sqlalchemy import SQLAlchemy\n",
            "from flask_migrate import Migrate\nfrom flask_sqlalchemy import SQLAlchemy\n",
        ),
        ('os.environ.get("DATABASE_URL")', 'os.environ.get("DIRECT_URL")'),
        (
            "metadata=MetaData(naming_convention=NAMING_CONVENTION))\n",
            "metadata=MetaData(naming_convention=NAMING_CONVENTION))\nMigrate(app, db)\n",
        ),
    ),
)
"""The reference under Flask-Migrate, still without the files of its template."""
FLASK_TEMPLATES = Path(flask_migrate.__file__).parent / "templates"
ALEMBIC_TEMPLATES = Path(alembic.__file__).parent / "templates"
REGISTERED = """
from alembic.operations import MigrateOperation, Operations


@Operations.register_operation("add_text")
class AddText(MigrateOperation):
    def __init__(self, table, column):
        self.table, self.column = table, column

    @classmethod
    def add_text(cls, operations, table, column):
        return operations.invoke(cls(table, column))


@Operations.implementation_for(AddText)
def add_text(operations, operation):
    operations.execute(f"ALTER TABLE {operation.table} ADD COLUMN {operation.column} TEXT")


target_metadata ="""
LISTENER = """

@event.listens_for(Table, "after_create")
def skip_needless_updates(table, connection, **_):
    if table.name == "posts":
        connection.execute(
            DDL(
                "CREATE TRIGGER skip BEFORE UPDATE ON posts FOR EACH ROW "
                "EXECUTE FUNCTION suppress_redundant_updates_trigger()"
            )
        )
"""


def template(folder: Path, path: str, *, to: str) -> Edit:
    """Put a file of an installed template into the submission."""
    return write(to, (folder / path).read_bytes())


def with_arguments(parameters: str, *, database: str | None = None) -> Edit:
    """Let every revision's functions take arguments, which only their own env.py gives.

    Args:
        parameters: what the functions take.
        database: if given, they call `upgrade_<database>()`, as those of the templates for several databases.
    """

    def apply(files: Files) -> None:
        for path in [path for path in files if "/versions/" in path]:
            text = files[path].decode()
            for name in ("upgrade", "downgrade"):
                plain, taking = f"def {name}() -> None:\n", f"def {name}({parameters}) -> None:\n"
                if database is not None:
                    calls = f'    globals()[f"{name}_{{engine_name}}"]()\n\n\n'
                    taking = f"{taking}{calls}def {name}_{database}() -> None:\n"
                text = text.replace(plain, taking)
            files[path] = text.encode()

    return apply


RIGHT_ENV_NEEDS: tuple[Case, ...] = (
    Case(
        "right_helpers_beside_env",
        "A module that only env.py puts on the path, used by the second revision.",
        HELPER_ON_PATH,
    ),
    Case(
        "right_helpers_under_async",
        "The same over an asynchronous engine.",
        (
            *HELPER_ON_PATH,
            replace(
                ENV,
                ("import os\n", "import asyncio\nimport os\n"),
                (
                    "from sqlalchemy import create_engine, pool\n",
                    "from sqlalchemy import pool\nfrom sqlalchemy.ext.asyncio import create_async_engine\n",
                ),
                (ONLINE, ASYNC_ONLINE),
            ),
        ),
    ),
    Case(
        "right_types_in_src",
        "Column types of the project's own in src/, which only env.py puts on the path, with a prefix.",
        (
            write(
                "src/blog_types.py",
                "from sqlalchemy.types import String, TypeDecorator\n\n\n"
                "class Slug(TypeDecorator):\n    impl = String(50)\n    cache_ok = True\n",
            ),
            replace(
                ENV,
                ("sys.path.insert(0, str(PROJECT))", "sys.path[:0] = [str(PROJECT), str(PROJECT / 'src')]"),
                (CONFIGURED, f'{CONFIGURED}, user_module_prefix="blog_types."'),
            ),
            replace(
                CATEGORIES,
                ("import sqlalchemy as sa\n", "import blog_types\nimport sqlalchemy as sa\n"),
                ('"slug", sa.String(length=50)', '"slug", blog_types.Slug()'),
            ),
        ),
    ),
    Case(
        "right_registered_operation",
        "An operation that env.py registers, used in the middle of the chain.",
        (
            replace(ENV, ("\ntarget_metadata =", REGISTERED)),
            replace(PROFILE, (f'op.add_column("users", {BIO})', 'op.add_text("users", "bio")')),
        ),
    ),
    Case(
        "right_options_of_configure",
        "Options that env.py gives to configure(), with a transaction for each revision.",
        (
            replace(
                ENV,
                (CONFIGURED, f"{CONFIGURED}, transaction_per_migration=True, short=50"),
                (NAMED_STYLE, f"{NAMED_STYLE}        short=50,\n"),
            ),
            replace(
                USERNAME, ("type_=sa.String(length=50)", 'type_=sa.String(op.get_context().opts["short"])')
            ),
        ),
    ),
    Case(
        "right_x_arguments",
        "A length from `-x`, with a default in env.py, handed to upgrade() and downgrade().",
        (
            replace(
                ENV,
                (
                    MIGRATED,
                    (
                        "            given = context.get_x_argument(as_dictionary=True)\n"
                        '            context.run_migrations(short=int(given.get("short", "50")))\n\n\nif'
                    ),
                ),
                (AS_SQL, "        context.run_migrations(short=50)\n\n\ndef"),
            ),
            with_arguments("short"),
            replace(USERNAME, ("type_=sa.String(length=50)", "type_=sa.String(length=short)")),
        ),
    ),
    Case(
        "right_tenant_argument",
        "env.py tells every revision the schema for its tables.",
        (
            replace(
                ENV,
                (MIGRATED, '            context.run_migrations(tenant="public")\n\n\nif'),
                (AS_SQL, '        context.run_migrations(tenant="public")\n\n\ndef'),
            ),
            with_arguments("tenant"),
            replace(
                CATEGORIES,
                ('name=op.f("uq_categories_slug")),', 'name=op.f("uq_categories_slug")), schema=tenant,'),
            ),
        ),
    ),
    Case(
        "right_names_by_convention",
        "Constraints that only the naming convention of the models names, and a revision that goes by it.",
        (
            replace(
                INITIAL,
                ('sa.UniqueConstraint("email", name=op.f("uq_users_email"))', 'sa.UniqueConstraint("email")'),
            ),
            replace(
                PROFILE,
                (
                    "def upgrade() -> None:\n",
                    (
                        'def upgrade() -> None:\n    op.drop_constraint(op.f("uq_users_email"), "users")\n'
                        '    op.create_unique_constraint(op.f("uq_users_email"), "users", ["email"])\n'
                    ),
                ),
            ),
        ),
    ),
    Case(
        "right_trigger_by_listener",
        "A listener in the models gives a table its trigger as soon as it is made.",
        (
            replace(
                APP,
                ("from sqlalchemy import MetaData\n", "from sqlalchemy import DDL, MetaData, Table, event\n"),
            ),
            append(APP, LISTENER),
        ),
    ),
    Case(
        "right_multidb_template",
        "Alembic's template for several databases, with one.",
        (
            template(ALEMBIC_TEMPLATES, "multidb/env.py", to=ENV),
            replace(
                ENV,
                ("import logging\n", "import logging\nimport os\nimport sys\n"),
                (
                    "target_metadata = {}\n",
                    (
                        "sys.path.insert(0, os.getcwd())\nfrom app import db\n\n"
                        'target_metadata = {"main": db.Model.metadata}\n'
                        'config.set_section_option("main", "sqlalchemy.url", os.environ["DIRECT_URL"])\n'
                    ),
                ),
            ),
            replace(INI, ("prepend_sys_path = .\n", "prepend_sys_path = .\ndatabases = main\n")),
            with_arguments("engine_name", database="main"),
        ),
    ),
    Case(
        "right_flask_multidb_template",
        "Flask-Migrate's template for several databases, with one.",
        (
            *FLASK_MIGRATE,
            template(FLASK_TEMPLATES, "flask-multidb/env.py", to="migrations/env.py"),
            template(FLASK_TEMPLATES, "flask-multidb/alembic.ini.mako", to="migrations/alembic.ini"),
            with_arguments("engine_name", database=""),
        ),
    ),
    Case(
        "right_app_config_in_revision",
        "Under Flask-Migrate a revision asks the app for a length.",
        (
            *FLASK_MIGRATE,
            template(FLASK_TEMPLATES, "flask/env.py", to="migrations/env.py"),
            template(FLASK_TEMPLATES, "flask/alembic.ini.mako", to="migrations/alembic.ini"),
            replace(APP, ("NAMING_CONVENTION = {", 'app.config["SHORT"] = 50\n\nNAMING_CONVENTION = {')),
            replace(
                USERNAME.replace("alembic/", "migrations/"),
                ("import op\n", "import op\nfrom flask import current_app\n"),
                ("type_=sa.String(length=50)", 'type_=sa.String(current_app.config["SHORT"])'),
            ),
        ),
    ),
)
"""Each gets all points and no flag."""

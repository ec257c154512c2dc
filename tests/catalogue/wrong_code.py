"""Wrong answers in Python: what cannot be imported, what the models get wrong, what runs into a limit."""

from __future__ import annotations

from tests.catalogue.case import (
    APP,
    CATEGORIES,
    ENV,
    INI,
    Case,
    Edit,
    append,
    breaks_at,
    by_operator,
    delete,
    extra,
    nothing_ran,
    replace,
    write,
)
from tests.catalogue.texts import BASE_OF_MODELS, MODELS_OF_BASE

IMPORTS: tuple[Case, ...] = (
    nothing_ran(
        "wrong_no_sys_path",
        "Nothing puts the project's folder on sys.path.",
        (
            replace(INI, ("prepend_sys_path = .\n", "")),
            replace(ENV, ("sys.path.insert(0, str(PROJECT))\n", "")),
        ),
        "module app",
        "sys.path",
        diagnoses=("local_module_missing",),
    ),
    nothing_ran(
        "wrong_unknown_package",
        "The app imports a package that the exercise does not have.",
        (replace(APP, ("from flask import", "from supabase import create_client\nfrom flask import")),),
        "supabase",
        diagnoses=("package_missing",),
    ),
    nothing_ran(
        "wrong_import_name",
        "env.py imports a name that the app does not define.",
        (replace(ENV, ("from app import db", "from app import database as db")),),
        "database",
        diagnoses=("import_name_missing",),
    ),
    nothing_ran(
        "wrong_circular_import",
        "The app and its models import each other.",
        (
            write(
                "models.py",
                (
                    "from app import db\n\n\nclass Note(db.Model):\n"
                    "    id = db.Column(db.Integer, primary_key=True)\n"
                ),
            ),
            replace(APP, ("load_dotenv(Path", "from models import Note\n\nload_dotenv(Path")),
        ),
        "Circular import",
        diagnoses=("circular_import",),
    ),
    nothing_ran(
        "wrong_syntax_in_app",
        "A bracket is missing in app.py.",
        (replace(APP, ("db.Column(db.Text)\n    avatar_url", "db.Column(db.Text\n    avatar_url")),),
        "app.py",
        diagnoses=("syntax_error",),
    ),
    nothing_ran(
        "wrong_merge_conflict_in_app",
        "app.py was committed in the middle of a merge.",
        (
            replace(
                APP,
                (
                    "app = Flask(__name__)\n",
                    "<<<<<<< HEAD\napp = Flask(__name__)\n=======\napp = Flask('app')\n>>>>>>> 0123abc (x)\n",
                ),
            ),
        ),
        "app.py, line",
        "conflict markers",
        diagnoses=("merge_conflict",),
    ),
    nothing_ran(
        "wrong_query_while_loading",
        "app.py counts its users when it is loaded, so that no migration can make the table.",
        (append(APP, "\nwith app.app_context():\n    print(User.query.count())\n"),),
        "while app.py is loaded",
        diagnoses=("table_missing",),
    ),
    nothing_ran(
        "wrong_op_in_env",
        "env.py uses op where no migration runs.",
        (
            replace(
                ENV,
                ("from alembic import context", "from alembic import context, op"),
                ("target_metadata =", 'op.execute("SELECT 1")\ntarget_metadata ='),
            ),
        ),
        "op",
        "upgrade()",
        diagnoses=("operation_outside_migration",),
    ),
    nothing_ran(
        "wrong_silent_stop",
        "env.py catches its own error and leaves with exit code 1.",
        (replace(ENV, ("target_metadata =", "sys.exit(1)\ntarget_metadata =")),),
        "sys.exit()",
        diagnoses=("stopped_early",),
    ),
    nothing_ran(
        "wrong_own_exception",
        "env.py raises an error of its own.",
        (replace(ENV, ("target_metadata =", 'raise RuntimeError("not today")\ntarget_metadata =')),),
        "not today",
        diagnoses=("unrecognised_error",),
    ),
)


def _metadata(name: str, why: str, *hint: str, edits: tuple[Edit, ...], diagnosis: str | None = None) -> Case:
    """Only the student's own half of `models_match` fails."""
    return Case(
        name,
        why,
        edits,
        score=90.0,
        failed={"models_match": ("own_models",)},
        hints={"models_match": hint},
        diagnoses=(diagnosis,) if diagnosis else (),
    )


def _target(expression: str) -> Edit:
    return replace(ENV, ("target_metadata = db.Model.metadata", f"target_metadata = {expression}"))


MODELS: tuple[Case, ...] = (
    _metadata(
        "wrong_metadata_none",
        "target_metadata is still None.",
        "target_metadata",
        edits=(_target("None"),),
        diagnosis="metadata_none",
    ),
    _metadata(
        "wrong_metadata_empty",
        "target_metadata is a MetaData of nobody's.",
        "no tables",
        edits=(
            replace(
                ENV,
                (
                    "from sqlalchemy import create_engine, pool",
                    "from sqlalchemy import MetaData, create_engine, pool",
                ),
            ),
            _target("MetaData()"),
        ),
        diagnosis="metadata_empty",
    ),
    _metadata(
        "wrong_metadata_of_other_base",
        "target_metadata belongs to another Base than the models.",
        "alembic check",
        edits=(
            _target("Base.metadata"),
            replace(
                ENV,
                (
                    "target_metadata =",
                    (
                        "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n\n\n"
                        "class Base(DeclarativeBase):\n    pass\n"
                        '\n\nclass Note(Base):\n    __tablename__ = "notes"\n'
                        "    id: Mapped[int] = mapped_column(primary_key=True)\n\n\ntarget_metadata ="
                    ),
                ),
            ),
        ),
    ),
    _metadata(
        "wrong_metadata_is_db",
        "target_metadata is db and not its metadata.",
        "target_metadata",
        edits=(_target("db"),),
        diagnosis="target_metadata_unusable",
    ),
    _metadata(
        "wrong_models_not_imported",
        "env.py imports the Base, but not the module that defines the models.",
        "not imported there",
        edits=(
            delete(APP),
            write("base.py", BASE_OF_MODELS),
            write("models.py", MODELS_OF_BASE),
            replace(
                ENV, ("from app import db", "from base import Base"), ("db.Model.metadata", "Base.metadata")
            ),
        ),
        diagnosis="metadata_empty",
    ),
    _metadata(
        "wrong_models_without_bio",
        "The database has users.bio, the model does not.",
        "users.bio is in the database and not in the models",
        "alembic check",
        edits=(by_operator("column_not_in_models", "lacks bio"),),
    ),
    _metadata(
        "wrong_model_not_migrated",
        "The model has a column that no revision adds.",
        "users.phone is in the models and not in the database",
        edits=(
            replace(
                APP, ("    bio = db.Column", "    phone = db.Column(db.String(20))\n    bio = db.Column")
            ),
        ),
    ),
    _metadata(
        "wrong_server_default",
        "A server default stands in the revision and not in the model.",
        "posts.status",
        "default",
        edits=(
            replace(
                "alembic/versions/3b8f1c6a27d4_create_organizations_users_and_posts.py",
                (
                    '"status", sa.String(length=20), nullable=True',
                    '"status", sa.String(length=20), server_default="draft", nullable=True',
                ),
            ),
        ),
    ),
    _metadata(
        "wrong_foreign_key_in_models",
        "A foreign key of the models names a table that there is not: alembic never asks, create_all does.",
        "organisations",
        edits=(replace(APP, ('db.ForeignKey("categories.id")', 'db.ForeignKey("organisations.id")')),),
        diagnosis="foreign_key_unknown_target",
    ),
    nothing_ran(
        "wrong_model_without_key",
        "A model has no primary key.",
        (
            append(
                APP, '\n\nclass Note(db.Model):\n    __tablename__ = "notes"\n    text = db.Column(db.Text)\n'
            ),
        ),
        "notes",
        "primary key",
        diagnoses=("model_without_primary_key",),
    ),
    nothing_ran(
        "wrong_table_defined_twice",
        "Two models for one table.",
        (
            append(
                APP,
                (
                    '\n\nclass Member(db.Model):\n    __tablename__ = "users"\n'
                    "    id = db.Column(db.Integer, primary_key=True)\n"
                ),
            ),
        ),
        "users",
        "twice",
        diagnoses=("table_defined_twice",),
    ),
)

LIMITS: tuple[Case, ...] = (
    breaks_at(
        3,
        "wrong_endless_loop",
        "An upgrade that never ends.",
        (
            replace(
                CATEGORIES,
                ("def upgrade() -> None:\n", "def upgrade() -> None:\n    while True:\n        pass\n"),
            ),
        ),
        "c15a8e3f9b60",
        "loop",
        flags=("limit_hit",),
        diagnoses=("time_limit",),
        step_seconds=8.0,
    ),
    breaks_at(
        3,
        "wrong_output_flood",
        "An upgrade that prints without end.",
        (
            replace(
                CATEGORIES,
                (
                    "def upgrade() -> None:\n",
                    'def upgrade() -> None:\n    while True:\n        print("x" * 65536)\n',
                ),
            ),
        ),
        "print",
        flags=("limit_hit",),
        diagnoses=("output_limit",),
    ),
    breaks_at(
        3,
        "wrong_memory",
        "An upgrade that asks for more memory than there is.",
        (
            replace(
                CATEGORIES, ("def upgrade() -> None:\n", "def upgrade() -> None:\n    bytearray(2**46)\n")
            ),
        ),
        "memory",
        flags=("limit_hit",),
        diagnoses=("memory_limit",),
    ),
    breaks_at(
        3,
        "wrong_kill",
        "An upgrade that kills its own process.",
        (
            replace(
                CATEGORIES,
                (
                    "def upgrade() -> None:\n",
                    "def upgrade() -> None:\n    import os\n\n    os.kill(os.getpid(), 9)\n",
                ),
            ),
        ),
        "signal",
        flags=("limit_hit",),
        diagnoses=("killed",),
    ),
    breaks_at(
        5,
        "wrong_sleep_in_database",
        "A statement that takes longer than it may.",
        (extra("op.execute(\"SET LOCAL statement_timeout = '50ms'\")\nop.execute('SELECT pg_sleep(3600)')"),),
        "pg_sleep",
        diagnoses=("statement_timeout",),
    ),
    breaks_at(
        5,
        "wrong_second_connection",
        "A second connection holds the lock that the migration waits for.",
        (
            extra(
                "import os\n"
                'other = sa.create_engine(os.environ["DIRECT_URL"]).connect()\n'
                'other.execute(sa.text("SELECT pg_advisory_lock(7)"))\n'
                "op.execute(\"SET LOCAL lock_timeout = '50ms'\")\n"
                'op.execute("SELECT pg_advisory_lock(7)")'
            ),
        ),
        "second connection",
        diagnoses=("lock_timeout",),
    ),
    breaks_at(
        5,
        "wrong_session_of_the_app",
        "A revision that asks for rows over the app's session instead of the migration's connection.",
        (extra("from app import User, app\nwith app.app_context():\n    print(User.query.count())"),),
        "another connection",
        diagnoses=("table_missing",),
    ),
    breaks_at(
        5,
        "wrong_role_of_supabase",
        "A revision that gives rights to a role that only Supabase has.",
        (extra('op.execute("GRANT SELECT ON users TO anon")'),),
        "Supabase's own",
        diagnoses=("object_missing",),
    ),
    breaks_at(
        5,
        "wrong_other_program",
        "A revision that starts Supabase's own program.",
        (extra('import subprocess\nsubprocess.run(["supabase", "db", "push"], check=True)'),),
        "starts supabase",
        diagnoses=("program_missing",),
    ),
    breaks_at(
        5,
        "wrong_rights",
        "A revision that wants to be superuser.",
        (extra('op.execute("ALTER ROLE CURRENT_USER SUPERUSER")'),),
        "no right to",
        flags=("privilege_attempt",),
        diagnoses=("permission_denied",),
    ),
)

WRONG_CODE: tuple[Case, ...] = (*IMPORTS, *MODELS, *LIMITS)

"""Wrong answers in how Alembic is set up: create_all(), the connection, passwords, files in the way."""

from __future__ import annotations

from tests.catalogue.case import (
    APP,
    BLOCKED_BY_UPGRADE,
    EMPTY_REVISIONS,
    ENV,
    INITIAL,
    PROFILE,
    Case,
    Edit,
    append,
    breaks_at,
    by_operator,
    nothing_ran,
    replace,
    revision,
    write,
)
from tests.catalogue.texts import RUN

CREATE_ALL_IN_ENV = "\ndb.metadata.create_all(create_engine(direct_url()))\n"
CREATE_ALL_IN_APP = "\nwith app.app_context():\n    db.create_all()\n"


def _tables_from_elsewhere(name: str, why: str, *edits: Edit, configuration: bool = True) -> Case:
    """Empty revisions over tables that something else makes: only the history's form earns points."""
    failed = {"upgrade_head": ("schema",), "history": ("changes",)}
    return Case(
        name,
        why,
        (*EMPTY_REVISIONS, *edits),
        score=6.0,
        bonus=0.0,
        failed=failed if configuration else {**failed, "configuration": ("connection",)},
        skipped=BLOCKED_BY_UPGRADE,
        flags=("schema_outside_migrations",),
        hints={"upgrade_head": ("create_all()", "no revision creates")},
        diagnoses=("schema_outside_migrations", "empty_revision"),
    )


def _practice(
    name: str, why: str, check: str, *edits: Edit, flags: tuple[str, ...] = (), diagnosis: str
) -> Case:
    """Everything works; only `configuration` has something to say."""
    return Case(name, why, edits, failed={"configuration": (check,)}, flags=flags, diagnoses=(diagnosis,))


CREATE_ALL: tuple[Case, ...] = (
    nothing_ran(
        "wrong_create_all_before",
        "create_all() in env.py, before revisions that make the same tables.",
        (by_operator("create_all_in_env"),),
        "create_all()",
        "organizations",
        diagnoses=("table_exists",),
    ),
    nothing_ran(
        "wrong_create_all_in_app_before",
        "The app makes its tables when it is imported, and so before the revisions do.",
        (by_operator("create_all_in_app"),),
        "create_all()",
        diagnoses=("table_exists",),
    ),
    _tables_from_elsewhere(
        "wrong_create_all_in_env",
        "create_all() in env.py, and revisions that autogenerate left empty because of it.",
        replace(ENV, (RUN, CREATE_ALL_IN_ENV + RUN)),
    ),
    _tables_from_elsewhere(
        "wrong_create_all_after",
        "create_all() in env.py after revisions that do nothing.",
        append(ENV, CREATE_ALL_IN_ENV),
    ),
    _tables_from_elsewhere(
        "wrong_create_all_in_app",
        "The app makes its tables when it is imported, and the revisions are empty because of it.",
        append(APP, CREATE_ALL_IN_APP),
        configuration=False,
    ),
    Case(
        "wrong_sql_in_env",
        "env.py adds users.bio itself; no revision does.",
        (
            replace(
                ENV,
                (
                    "            context.run_migrations()\n\n\nif",
                    (
                        "            context.run_migrations()\n            connection.exec_driver_sql(\n"
                        '                "ALTER TABLE IF EXISTS users ADD COLUMN IF NOT EXISTS bio '
                        'TEXT"\n            )\n\n\nif'
                    ),
                ),
            ),
            replace(
                PROFILE,
                ('    op.add_column("users", sa.Column("bio", sa.Text(), nullable=True))\n', ""),
                ('    op.drop_column("users", "bio")\n', ""),
            ),
        ),
        score=73.33,
        failed={"user_columns": ("column_users_bio", "evolves"), "models_match": ("own_models", "reference")},
        flags=("schema_outside_migrations",),
        hints={"user_columns": ("no revision makes it",)},
    ),
    breaks_at(
        2,
        "wrong_create_all_in_revision",
        "The first revision calls create_all(), so the later ones find their changes made.",
        (
            replace(INITIAL, ("from alembic import op\n", "from alembic import op\nfrom app import db\n")),
            replace(
                INITIAL,
                (
                    "def upgrade() -> None:\n",
                    "def upgrade() -> None:\n    db.metadata.create_all(op.get_bind())\n    return\n",
                ),
            ),
            replace(
                INITIAL,
                (
                    "def downgrade() -> None:\n",
                    "def downgrade() -> None:\n    db.metadata.drop_all(op.get_bind())\n    return\n",
                ),
            ),
        ),
        "calls create_all()",
        "3b8f1c6a27d4",
        diagnoses=("column_exists", "create_all_in_revision"),
        flags=("models_in_revision",),
    ),
    Case(
        "wrong_create_all_in_first_revision",
        "The first revision makes all by create_all(); the later ones are empty.",
        (
            *EMPTY_REVISIONS,
            write(
                INITIAL,
                revision(
                    "3b8f1c6a27d4",
                    "",
                    "initial",
                    "from app import db\ndb.metadata.create_all(op.get_bind())",
                    "from app import db\ndb.metadata.drop_all(op.get_bind())",
                ).replace('down_revision = ""', "down_revision = None"),
            ),
        ),
        score=87.67,
        bonus=2.5,
        failed={
            "user_columns": ("evolves",),
            "category_table": ("evolves",),
            "history": ("changes",),
            "username_length": ("restored",),
        },
        flags=("models_in_revision",),
        hints={"history": ("at least 3 revisions",), "username_length": ("from the start",)},
        diagnoses=("create_all_in_revision", "empty_revision"),
    ),
)

CONFIGURATIONS: tuple[Case, ...] = (
    _practice(
        "wrong_pooled_connection",
        "The migrations run over DATABASE_URL.",
        "connection",
        by_operator("pooled_connection"),
        diagnosis="pooled_connection",
    ),
    _practice(
        "wrong_url_in_ini",
        "A real URL with its password is left in alembic.ini, though env.py does not use it.",
        "hard_coded_url",
        by_operator("url_in_settings"),
        flags=("hard_coded_database",),
        diagnosis="hard_coded_url",
    ),
    _practice(
        "wrong_url_as_fallback",
        "A real URL stands in env.py as a fallback; the harness's variable is used all the same.",
        "hard_coded_url",
        by_operator("url_in_code"),
        flags=("hard_coded_database",),
        diagnosis="hard_coded_url",
    ),
    _practice(
        "wrong_env_file_committed",
        "A .env with a password is committed, and loaded with override=True; the run does not follow it.",
        "committed_env",
        write(
            ".env",
            (
                "DIRECT_URL=postgresql://postgres:Kx9vTq2Lm@127.0.0.1:1/postgres\n"
                "DATABASE_URL=postgresql://postgres:Kx9vTq2Lm@127.0.0.1:1/postgres\n"
            ),
        ),
        replace(ENV, ('load_dotenv(PROJECT / ".env")', 'load_dotenv(PROJECT / ".env", override=True)')),
        flags=("secret_committed",),
        diagnosis="committed_env",
    ),
    Case(
        "wrong_start_up_file",
        "A file that Python would run by itself: nothing fails, but an instructor should look.",
        (write("sitecustomize.py", 'print("hello")\n'),),
        flags=("suspicious_file",),
        diagnoses=("suspicious_file",),
    ),
    Case(
        "wrong_module_names",
        "A file beside the app has the name of a module of Python.",
        (write("logging.py", "LEVEL = 1\n"),),
        diagnoses=("shadowed_package",),
    ),
    Case(
        "wrong_second_set_up",
        "A first attempt was left in the repository: it is named and not graded.",
        (write("old/alembic.ini", "[alembic]\nscript_location = alembic\n"), write("old/alembic/env.py", "")),
        diagnoses=("several_configurations",),
    ),
)

WRONG_SETUPS: tuple[Case, ...] = (*CREATE_ALL, *CONFIGURATIONS)

"""Wrong answers in how Alembic is set up: env.py, alembic.ini, where the URL comes from, what only claims to run."""

from __future__ import annotations

from tests.catalogue.case import (
    APP,
    BLOCKED_BY_UPGRADE,
    CATEGORIES,
    ENV,
    INI,
    INITIAL,
    NOTHING_RAN,
    PROFILE,
    USERNAME,
    Case,
    Edit,
    append,
    breaks_at,
    delete,
    nothing_ran,
    replace,
    revision,
    write,
)

RUN = (
    "if context.is_offline_mode():\n    run_migrations_offline()\nelse:\n    run_migrations_online()\n"
)
CLAIMED = ("version", "schema")
"""What fails of `upgrade_head` where the command says nothing of an error and did nothing."""

STOCK_ENV = '''"""As `alembic init` makes it, shortened."""

import os
from logging.config import fileConfig

from alembic import context
from sqlalchemy import engine_from_config, pool

from app import db

config = context.config
fileConfig(config.config_file_name)
{url}
target_metadata = db.Model.metadata


def run_migrations_online():
    connectable = engine_from_config(
        config.get_section(config.config_ini_section, {{}}), prefix="sqlalchemy.", poolclass=pool.NullPool
    )
    with connectable.connect() as connection:
        context.configure(connection=connection, target_metadata=target_metadata)
        with context.begin_transaction():
            context.run_migrations()


run_migrations_online()
'''
EMPTY_REVISIONS: tuple[Edit, ...] = (
    write(
        INITIAL,
        revision("3b8f1c6a27d4", "", "initial", "pass", "pass").replace('down_revision = ""', "down_revision = None"),
    ),
    write(PROFILE, revision("9e42d70b51fc", "3b8f1c6a27d4", "profile", "pass", "pass")),
    write(CATEGORIES, revision("c15a8e3f9b60", "9e42d70b51fc", "categories", "pass", "pass")),
    write(USERNAME, revision("672b0dfe84a9", "c15a8e3f9b60", "username", "pass", "pass")),
)
CREATE_ALL_IN_ENV = "\ndb.metadata.create_all(create_engine(direct_url()))\n"
CREATE_ALL_IN_APP = "\nwith app.app_context():\n    db.create_all()\n"


def stock_env(url: str = "") -> Edit:
    return write(ENV, STOCK_ENV.format(url=url))


def _claims(name: str, why: str, edits: tuple[Edit, ...], *hint: str, diagnosis: str) -> Case:
    """Every command ends with exit code 0, and no migration ran."""
    return nothing_ran(name, why, edits, *hint, checks=CLAIMED, diagnoses=(diagnosis,))


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


def _practice(name: str, why: str, check: str, *edits: Edit, flags: tuple[str, ...] = (), diagnosis: str) -> Case:
    """Everything works; only `configuration` has something to say."""
    return Case(name, why, edits, failed={"configuration": (check,)}, flags=flags, diagnoses=(diagnosis,))


CLAIMS: tuple[Case, ...] = (
    _claims(
        "wrong_exit_in_env",
        "os._exit(0) in env.py: every command exits 0 and nothing happened.",
        (replace(ENV, ("target_metadata =", "os._exit(0)\ntarget_metadata =")),),
        "no migration ran",
        diagnosis="claim_without_effect",
    ),
    _claims(
        "wrong_main_guard",
        "env.py runs its migrations only as a main program, which it never is.",
        (replace(ENV, (RUN, 'if __name__ == "__main__":\n    run_migrations_online()\n')),),
        "no migration ran",
        diagnosis="claim_without_effect",
    ),
    _claims(
        "wrong_never_run",
        "env.py defines run_migrations_online() and never calls it.",
        (replace(ENV, (RUN, "")),),
        "run_migrations_online()",
        diagnosis="claim_without_effect",
    ),
    _claims(
        "wrong_faked_output",
        "env.py prints what `current` and `history` would, and leaves.",
        (
            replace(
                ENV,
                (
                    "target_metadata =",
                    'print("672b0dfe84a9 (head)")\nprint("100/100, all criteria passed", flush=True)\n'
                    "os._exit(0)\ntarget_metadata =",
                ),
            ),
        ),
        "no migration ran",
        diagnosis="claim_without_effect",
    ),
    _claims(
        "wrong_not_committed_transaction",
        "run_migrations() without begin_transaction(): everything is rolled back at the end.",
        (
            replace(
                ENV,
                (
                    "target_metadata=target_metadata)\n        with context.begin_transaction():\n"
                    "            context.run_migrations()",
                    "target_metadata=target_metadata)\n        context.run_migrations()",
                ),
            ),
        ),
        "committed",
        diagnosis="migrations_not_committed",
    ),
    _claims(
        "wrong_upgrade_does_nothing",
        "env.py does nothing for upgrade only, so that the downgrade has nothing to go back from.",
        (replace(ENV, (RUN, 'if "upgrade" not in sys.argv:\n    run_migrations_online()\n')),),
        "no migration ran",
        diagnosis="relative_step_impossible",
    ),
    Case(
        "wrong_exit_in_revision",
        "sys.exit(0) in a revision: the transaction is rolled back, the command succeeds.",
        (replace(PROFILE, ("import sqlalchemy", "import sys\n\nimport sqlalchemy"), ("    op.add_column(\"users\", sa.Column(\"bio\"", "    sys.exit(0)\n    op.add_column(\"users\", sa.Column(\"bio\"")),),
        score=6.0,
        bonus=0.0,
        failed={"upgrade_head": CLAIMED, "history": ("changes",)},
        skipped={**BLOCKED_BY_UPGRADE, "configuration": "upgrade_head"},
        hints={"upgrade_head": ("sys.exit",)},
    ),
    Case(
        "wrong_exit_half_way",
        "A transaction for each revision, and a revision that leaves: the version stays below the head.",
        (
            replace(ENV, ("target_metadata=target_metadata)", "target_metadata=target_metadata, transaction_per_migration=True)")),
            replace(USERNAME, ("import sqlalchemy", "import sys\n\nimport sqlalchemy"), ("    # A longer", "    sys.exit(0)\n    # A longer")),
        ),
        score=10.0,
        bonus=0.0,
        failed={"upgrade_head": ("version",)},
        skipped=BLOCKED_BY_UPGRADE,
        hints={"upgrade_head": ("672b0dfe84a9", "c15a8e3f9b60")},
        diagnoses=("stopped_before_head",),
    ),
    Case(
        "wrong_empty_revisions",
        "Revisions that autogenerate made against a database that had all tables already: they do nothing.",
        EMPTY_REVISIONS,
        score=0.0,
        bonus=0.0,
        failed={"upgrade_head": ("schema",)},
        skipped=NOTHING_RAN,
        flags=("version_without_schema",),
        hints={"upgrade_head": ("does nothing", "autogenerate saw no difference")},
        diagnoses=("empty_revision",),
    ),
    Case(
        "wrong_stamped",
        "env.py stamps the head and runs no revision.",
        (
            replace(ENV, ("from alembic import context", "from alembic import context\nfrom alembic.migration import MigrationContext\nfrom alembic.script import ScriptDirectory"), (RUN, "engine = create_engine(direct_url())\nwith engine.begin() as connection:\n    script = ScriptDirectory.from_config(context.config)\n    MigrationContext.configure(connection).stamp(script, \"head\")\n")),
        ),
        score=0.0,
        bonus=0.0,
        failed={"upgrade_head": ("schema",)},
        skipped=NOTHING_RAN,
        flags=("version_without_schema",),
        hints={"upgrade_head": ("stamped",)},
        diagnoses=("stamped_version",),
    ),
    Case(
        "wrong_extra_version_row",
        "A revision writes a second row into the version table.",
        (replace(USERNAME, ("    # A longer", "    op.execute(\"INSERT INTO alembic_version VALUES ('9e42d70b51fc')\")\n    # A longer")),),
        score=10.0,
        bonus=0.0,
        failed={"upgrade_head": ("version",)},
        skipped=BLOCKED_BY_UPGRADE,
        hints={"upgrade_head": ("version table",)},
        diagnoses=("version_table_wrong",),
    ),
    Case(
        "wrong_unknown_version",
        "env.py writes a version that no file has, like that of a revision that was never committed.",
        (
            replace(
                ENV,
                (
                    "            context.run_migrations()\n\n\nif",
                    "            context.run_migrations()\n"
                    "            connection.exec_driver_sql(\"UPDATE alembic_version SET version_num = 'feedbead0000'\")\n\n\nif",
                ),
            ),
        ),
        score=6.0,
        bonus=0.0,
        failed={"upgrade_head": ("version",), "history": ("changes",)},
        skipped=BLOCKED_BY_UPGRADE,
        hints={"upgrade_head": ("feedbead0000", "version table")},
        diagnoses=("revision_not_found",),
    ),
    Case(
        "wrong_current_silent",
        "env.py does nothing for `alembic current`.",
        (replace(ENV, (RUN, 'if "current" not in sys.argv:\n    run_migrations_online()\n')),),
        score=90.0,
        failed={"current_revision": ("named",)},
        hints={"current_revision": ("standard output",)},
    ),
    Case(
        "wrong_current_changes_version",
        "`alembic current` sets the version table back by one.",
        (
            replace(
                ENV,
                (
                    "            context.run_migrations()\n\n\nif",
                    "            context.run_migrations()\n"
                    '            if "current" in sys.argv:\n'
                    "                connection.exec_driver_sql(\"UPDATE alembic_version SET version_num = 'c15a8e3f9b60'\")\n\n\nif",
                ),
            ),
        ),
        score=75.0,
        failed={"current_revision": ("version",), "downgrade": ("undone", "schema")},
        skipped={"reapply": "downgrade"},
    ),
)

CREATE_ALL: tuple[Case, ...] = (
    nothing_ran(
        "wrong_create_all_before",
        "create_all() in env.py, before revisions that make the same tables.",
        (replace(ENV, (RUN, CREATE_ALL_IN_ENV + RUN)),),
        "create_all()",
        "organizations",
        checks=("command", "version"),
        diagnoses=("table_exists",),
    ),
    nothing_ran(
        "wrong_create_all_in_app_before",
        "The app makes its tables when it is imported, and so before the revisions do.",
        (append(APP, CREATE_ALL_IN_APP),),
        "create_all()",
        checks=("command", "version"),
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
                    "            context.run_migrations()\n            connection.exec_driver_sql(\n"
                    '                "ALTER TABLE IF EXISTS users ADD COLUMN IF NOT EXISTS bio TEXT"\n            )\n\n\nif',
                ),
            ),
            replace(PROFILE, ('    op.add_column("users", sa.Column("bio", sa.Text(), nullable=True))\n', ""), ('    op.drop_column("users", "bio")\n', "")),
        ),
        score=75.0,
        failed={"user_columns": ("column_users_bio",), "models_match": ("own_models", "reference")},
        flags=("schema_outside_migrations",),
        hints={"user_columns": ("no revision makes it",)},
    ),
    breaks_at(
        2,
        "wrong_create_all_in_revision",
        "The first revision calls create_all(), so the later ones find their changes made.",
        (
            replace(INITIAL, ("from alembic import op\n", "from alembic import op\nfrom app import db\n")),
            replace(INITIAL, ("def upgrade() -> None:\n", "def upgrade() -> None:\n    db.metadata.create_all(op.get_bind())\n    return\n")),
            replace(INITIAL, ("def downgrade() -> None:\n", "def downgrade() -> None:\n    db.metadata.drop_all(op.get_bind())\n    return\n")),
        ),
        "added a second time",
        "3b8f1c6a27d4",
        diagnoses=("column_exists", "create_all_in_revision"),
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
        score=96.0,
        bonus=2.5,
        failed={"history": ("changes",), "username_length": ("restored",)},
        hints={"history": ("at least 3 revisions",), "username_length": ("from the start",)},
        diagnoses=("create_all_in_revision", "empty_revision"),
    ),
)

CONFIGURATIONS: tuple[Case, ...] = (
    _practice(
        "wrong_pooled_connection",
        "The migrations run over DATABASE_URL.",
        "connection",
        replace(ENV, ('os.environ.get("DIRECT_URL")', 'os.environ.get("DATABASE_URL")')),
        diagnosis="pooled_connection",
    ),
    _practice(
        "wrong_url_in_ini",
        "A real URL with its password is left in alembic.ini, though env.py does not use it.",
        "hard_coded_url",
        replace(INI, ("prepend_sys_path = .", "prepend_sys_path = .\nsqlalchemy.url = postgresql://postgres:Kx9vTq2Lm@db.qwertyuiop.supabase.co:5432/postgres")),
        flags=("hard_coded_database",),
        diagnosis="hard_coded_url",
    ),
    _practice(
        "wrong_url_as_fallback",
        "A real URL stands in env.py as a fallback; the harness's variable is used all the same.",
        "hard_coded_url",
        replace(ENV, ('os.environ.get("DIRECT_URL")', 'os.environ.get(\n        "DIRECT_URL", "postgresql://postgres:Kx9vTq2Lm@db.qwertyuiop.supabase.co:5432/postgres"\n    )')),
        flags=("hard_coded_database",),
        diagnosis="hard_coded_url",
    ),
    _practice(
        "wrong_env_file_committed",
        "A .env with a password is committed, and loaded with override=True; the run does not follow it.",
        "committed_env",
        write(".env", "DIRECT_URL=postgresql://postgres:Kx9vTq2Lm@127.0.0.1:1/postgres\nDATABASE_URL=postgresql://postgres:Kx9vTq2Lm@127.0.0.1:1/postgres\n"),
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

WRONG_SETUPS: tuple[Case, ...] = (*CLAIMS, *CREATE_ALL, *CONFIGURATIONS)

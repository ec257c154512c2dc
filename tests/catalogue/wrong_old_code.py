"""Wrong answers in code for other versions and drivers, in settings without values, and in transactions."""

from __future__ import annotations

from tests.catalogue.case import (
    BLOCKED_BY_UPGRADE,
    ENV,
    FROM_START,
    INI,
    PROFILE,
    Case,
    Edit,
    breaks_at,
    delete,
    nothing_ran,
    replace,
    write,
)
from tests.catalogue.texts import PYPROJECT

_ENGINE = "create_engine(direct_url(), poolclass=pool.NullPool)"
_CONNECT = "    with engine.connect()"
_RETURN = "    return url\n"


def _engine(arguments: str) -> Edit:
    """Give create_engine() in env.py more arguments."""
    return replace(ENV, (_ENGINE, f"create_engine(direct_url(), poolclass=pool.NullPool, {arguments})"))


def _in_profile(statement: str) -> Edit:
    """Put a statement in front of what the second revision does."""
    return replace(PROFILE, ("def upgrade() -> None:\n", f"def upgrade() -> None:\n    {statement}\n"))


TRANSACTIONS: tuple[Case, ...] = (
    breaks_at(
        2,
        "wrong_begin_in_revision",
        "A revision begins a transaction of its own on the migration's connection.",
        (_in_profile("op.get_bind().begin()"),),
        "Take begin(), commit() and rollback() out",
        f"{PROFILE}, line 18",
        diagnoses=("transaction_in_revision",),
    ),
    Case(
        "wrong_commit_in_revision",
        "A revision commits the migration's connection: what it does after that is lost.",
        (_in_profile("op.get_bind().commit()"),),
        score=6.0,
        bonus=0.0,
        failed={"upgrade_head": ("version",), "history": ("changes",)},
        skipped=BLOCKED_BY_UPGRADE,
        hints={"upgrade_head": (f"{PROFILE}, line 18", "Take that commit out"), "history": ("upgrade_head",)},
        diagnoses=("transaction_in_revision",),
    ),
    Case(
        "wrong_rollback_in_revision",
        "A revision rolls back what the one before it made in the same transaction.",
        (_in_profile('op.execute("ROLLBACK")'),),
        score=10.0,
        bonus=0.0,
        failed={"upgrade_head": FROM_START},
        skipped={**BLOCKED_BY_UPGRADE, "configuration": "upgrade_head"},
        hints={"upgrade_head": ("a ROLLBACK of the revision's own", f"{PROFILE}, line 19")},
        diagnoses=("table_missing",),
    ),
    breaks_at(
        2,
        "wrong_autocommit_block",
        "env.py begins the transaction itself, and a revision leaves it for an autocommit_block().",
        (
            replace(
                ENV,
                ("with engine.connect() as connection:", "with engine.begin() as connection:"),
                (
                    "        with context.begin_transaction():\n            context.run_migrations()\n\n\nif",
                    "        context.run_migrations()\n\n\nif",
                ),
            ),
            _in_profile(
                "with op.get_context().autocommit_block():\n"
                '        op.execute("CREATE INDEX CONCURRENTLY ix_n ON users (full_name)")'
            ),
        ),
        "In alembic/env.py connect with `engine.connect()`",
        diagnoses=("transaction_in_revision",),
    ),
    breaks_at(
        2,
        "wrong_batch_recreates_table",
        "A batch that makes a table anew, as SQLite needs it, although another table refers to it.",
        (
            replace(
                PROFILE,
                (
                    '    op.add_column("users", sa.Column("bio", sa.Text(), nullable=True))\n',
                    (
                        '    with op.batch_alter_table("users", recreate="always") as batch_op:\n'
                        '        batch_op.add_column(sa.Column("bio", sa.Text(), nullable=True))\n'
                    ),
                ),
            ),
        ),
        'Take `recreate="always"`',
        diagnoses=("batch_recreates_table",),
    ),
    breaks_at(
        2,
        "wrong_several_statements",
        "Two statements with a parameter, sent as one.",
        (
            _in_profile(
                'sql = sa.text("UPDATE users SET full_name = :n; UPDATE posts SET status = :n")\n'
                '    op.get_bind().execute(sql, {"n": "x"})'
            ),
        ),
        "an execute() of its own",
        diagnoses=("several_statements",),
    ),
)

VERSIONS: tuple[Case, ...] = (
    nothing_ran(
        "wrong_argument_of_psycopg2",
        "create_engine() is given an argument that only psycopg2's dialect knows.",
        (_engine('executemany_mode="values_plus_batch"'),),
        "does not take executemany_mode",
        "psycopg 3",
        diagnoses=("engine_argument_unknown",),
    ),
    nothing_ran(
        "wrong_cursor_of_psycopg2",
        "connect_args asks for cursors of psycopg2, and the URL means psycopg 3.",
        (
            replace(ENV, ("from dotenv", "from psycopg2.extras import RealDictCursor\nfrom dotenv")),
            _engine('connect_args={"cursor_factory": RealDictCursor}'),
        ),
        "Take cursor_factory",
        diagnoses=("other_driver_code",),
    ),
    nothing_ran(
        "wrong_size_of_no_pool",
        "create_engine() is given the size of a pool together with the pool that keeps nothing.",
        (_engine("pool_size=5, max_overflow=2"),),
        "Take pool_size, max_overflow out",
        diagnoses=("engine_argument_unknown",),
    ),
    nothing_ran(
        "wrong_connect_args",
        "connect_args has an option that asyncpg knows.",
        (_engine('connect_args={"statement_cache_size": 0}'),),
        "asyncpg",
        "out of connect_args",
        diagnoses=("connection_option_unknown",),
    ),
    nothing_ran(
        "wrong_engine_execute",
        "env.py asks the engine itself, as SQLAlchemy 1 allowed.",
        (replace(ENV, (_CONNECT, f'    engine.execute("SELECT 1")\n{_CONNECT}')),),
        "SQLAlchemy 2 has no engine.execute() any more (alembic/env.py, line 47)",
        diagnoses=("sqlalchemy_1_code",),
    ),
    breaks_at(
        2,
        "wrong_select_with_list",
        "A revision writes select() as SQLAlchemy 1 allowed.",
        (_in_profile('op.get_bind().execute(sa.select([sa.text("1")]))'),),
        "without the brackets",
        diagnoses=("sqlalchemy_1_code",),
    ),
    breaks_at(
        2,
        "wrong_row_by_name",
        "A revision takes a row for a dictionary.",
        (_in_profile('op.get_bind().execute(sa.text("SELECT 1 AS one")).fetchone()["one"]'),),
        "`row.name`",
        f"{PROFILE}, line 18",
        diagnoses=("sqlalchemy_1_code",),
    ),
)

SETTINGS: tuple[Case, ...] = (
    nothing_ran(
        "wrong_broken_pyproject",
        "A pyproject.toml beside alembic.ini, with a text that is not closed.",
        (write("pyproject.toml", '[project]\nname = "blog\nversion = "1"\n'),),
        "pyproject.toml, line 2",
        diagnoses=("toml_broken",),
    ),
    nothing_ran(
        "wrong_broken_pyproject_alone",
        "No alembic.ini, and a pyproject.toml whose section for Alembic is not valid TOML.",
        (
            delete(INI),
            write("pyproject.toml", PYPROJECT.replace('"%(here)s/alembic"', '"%(here)s/alembic')),
        ),
        "pyproject.toml, line 6",
        diagnoses=("ini_broken",),
        checks=("graph",),
    ),
    nothing_ran(
        "wrong_url_of_parts",
        "The URL is put together from variables that are not set.",
        (
            replace(
                ENV,
                (
                    _RETURN,
                    (
                        '    host, port = os.getenv("DB_HOST"), os.getenv("DB_PORT")\n'
                        '    return f"postgresql://postgres@{host}:{port}/blog"\n'
                    ),
                ),
            ),
        ),
        "DB_HOST, DB_PORT",
        "alembic/env.py, line 30",
        diagnoses=("url_of_missing_parts",),
    ),
    nothing_ran(
        "wrong_environs",
        "Settings by environs ask for a variable that is not set.",
        (
            replace(
                ENV, (_RETURN, '    from environs import Env\n    return Env().str("BLOG_DATABASE_URL")\n')
            ),
        ),
        "ask for BLOG_DATABASE_URL",
        "DIRECT_URL instead",
        diagnoses=("setting_missing",),
    ),
    nothing_ran(
        "wrong_pydantic_settings",
        "Settings by pydantic ask for a variable that is not set.",
        (
            write(
                "settings.py",
                (
                    "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n"
                    "    blog_database_url: str\n\n\nsettings = Settings()\n"
                ),
            ),
            replace(
                ENV,
                ("from app import db", "from app import db\nfrom settings import settings"),
                (_RETURN, "    return settings.blog_database_url\n"),
            ),
        ),
        "BLOG_DATABASE_URL",
        "`direct_url: str` in the class",
        diagnoses=("setting_missing",),
    ),
)

WRONG_OLD_CODE: tuple[Case, ...] = (*TRANSACTIONS, *VERSIONS, *SETTINGS)

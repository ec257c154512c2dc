"""Wrong answers whose migrations cannot be written as SQL, or whose SQL does not work."""

from __future__ import annotations

from tests.catalogue.case import ENV, EXTRA, USERNAME, Case, by_operator, extra, replace
from tests.catalogue.right_env_needs import MIGRATED, with_arguments
from tests.catalogue.texts import RUN

NOT_WRITTEN = {"offline": ("upgrade", "schema")}
NAMED_STYLE = '        dialect_opts={"paramstyle": "named"},\n'
LITERAL_BINDS = "        literal_binds=True,\n"
PRINTS = 'print("Migrating the blog")\n'
SILENT = "if not context.is_offline_mode():\n    run_migrations_online()\n"
INI_URL = 'url=context.config.get_main_option("sqlalchemy.url")'
ONLINE_CONFIGURED = "        context.configure(connection=connection"
MAKES_SCHEMA = (
    '        connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS own")\n        connection.commit()\n'
)
TYPE = ", sa.Text()"
MARKED = (
    'users = sa.table("users", sa.column("full_name", sa.Text()))\n'
    'op.execute(users.update().where(users.c.full_name == "nobody at all").values(full_name="nobody"))'
)

WRONG_OFFLINE: tuple[Case, ...] = (
    Case(
        "wrong_offline_removed",
        "env.py connects with --sql too.",
        (by_operator("offline_mode_left_out"),),
        failed=NOT_WRITTEN,
        hints={"offline": (f"{ENV}, line 53", "context.is_offline_mode()")},
        diagnoses=("offline_connects",),
    ),
    Case(
        "wrong_offline_url",
        "run_migrations_offline() takes the URL from alembic.ini, where it is commented out.",
        (replace(ENV, ("        url=direct_url(),\n", f"        {INI_URL},\n")),),
        failed=NOT_WRITTEN,
        hints={"offline": (ENV, 'os.environ["DIRECT_URL"]')},
        diagnoses=("offline_no_url",),
    ),
    Case(
        "wrong_offline_silent",
        "env.py does nothing with --sql.",
        (replace(ENV, (RUN, SILENT)),),
        failed={"offline": ("schema",)},
        hints={"offline": (ENV, "context.configure(")},
        diagnoses=("offline_no_sql",),
    ),
    Case(
        "wrong_offline_names",
        "literal_binds is left out: the SQL has names where values belong.",
        (replace(ENV, (LITERAL_BINDS, "")), extra(MARKED)),
        failed={"offline": ("schema", "base")},
        hints={"offline": (ENV, "literal_binds=True")},
        diagnoses=("offline_literal_binds",),
    ),
    Case(
        "wrong_offline_value",
        "A value for a column without a type, which no SQL can be written of.",
        (extra(MARKED.replace(TYPE, "")),),
        failed=NOT_WRITTEN,
        hints={"offline": (EXTRA, "sa.column(")},
        diagnoses=("offline_value",),
    ),
    Case(
        "wrong_offline_percent",
        "dialect_opts is left out, so every % is doubled; and env.py prints amid the SQL.",
        (
            replace(ENV, (NAMED_STYLE, ""), ("target_metadata = ", f"{PRINTS}target_metadata = ")),
            extra(
                "op.execute(\"COMMENT ON TABLE users IS '100 % people'\")",
                'op.execute("COMMENT ON TABLE users IS NULL")',
            ),
        ),
        failed={"offline": ("schema", "alone")},
        hints={"offline": (ENV, "paramstyle")},
        diagnoses=("offline_percent", "offline_prints"),
    ),
    Case(
        "wrong_offline_arguments",
        "A revision takes an argument that only run_migrations_online() gives it.",
        (
            replace(ENV, (MIGRATED, "            context.run_migrations(short=50)\n\n\nif")),
            with_arguments("short"),
            replace(USERNAME, ("type_=sa.String(length=50)", "type_=sa.String(length=short)")),
        ),
        failed=NOT_WRITTEN,
        hints={"offline": (ENV, "arguments of context.run_migrations()")},
        diagnoses=("offline_differs",),
    ),
    Case(
        "wrong_offline_without_schema",
        "The version table is in a schema that only run_migrations_online() makes.",
        (
            replace(
                ENV,
                (ONLINE_CONFIGURED, f"{MAKES_SCHEMA}{ONLINE_CONFIGURED}"),
                (
                    "target_metadata=target_metadata",
                    'target_metadata=target_metadata, version_table_schema="own"',
                ),
            ),
        ),
        failed={"offline": ("schema", "base")},
        hints={"offline": (ENV, "context.execute(...)")},
        diagnoses=("offline_sql_refused",),
    ),
)

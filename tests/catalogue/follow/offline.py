"""How hints about commands with `--sql` are followed."""

from __future__ import annotations

from tests.catalogue.case import ENV, EXTRA, replace
from tests.catalogue.follow.way import Ways, way
from tests.catalogue.right_env_needs import AS_SQL
from tests.catalogue.texts import RUN
from tests.catalogue.wrong_offline import INI_URL, LITERAL_BINDS, NAMED_STYLE, PRINTS, SILENT, TYPE
from tests.catalogue.wrong_transactions import OWN_ENGINE

TARGET = "        target_metadata=target_metadata,\n"
BY_OPERATION = 'op.execute(sa.text("CREATE SEQUENCE numbers"))'

WAYS: Ways = {
    "offline_connects": (
        way(
            "wrong_offline_removed",
            replace(ENV, ("\n\nrun_migrations_online()\n", f"\n\n{RUN}")),
            says="In alembic/env.py, line 53 write `if context.is_offline_mode(): run_migrations_offline()`",
        ),
        way(
            "wrong_engine_in_revision",
            replace(EXTRA, (OWN_ENGINE.replace("\n", "\n    "), BY_OPERATION)),
            says="use `op.execute(...)` instead of a connection of the revision's own",
        ),
    ),
    "offline_no_url": (
        way(
            "wrong_offline_url",
            replace(ENV, (INI_URL, 'url=os.environ["DIRECT_URL"]')),
            says='write `context.configure(url=os.environ["DIRECT_URL"], target_metadata=target_metadata',
        ),
    ),
    "offline_differs": (
        way(
            "wrong_offline_arguments",
            replace(ENV, (AS_SQL, "        context.run_migrations(short=50)\n\n\ndef")),
            says="pass on all that run_migrations_online() does",
        ),
    ),
    "offline_literal_binds": (
        way(
            "wrong_offline_names",
            replace(ENV, (TARGET, f"{TARGET}{LITERAL_BINDS}")),
            says="give the context.configure() of run_migrations_offline() `literal_binds=True`",
        ),
    ),
    "offline_value": (
        way(
            "wrong_offline_value",
            replace(EXTRA, ('sa.column("full_name")', f'sa.column("full_name"{TYPE})')),
            says='`sa.column("name", sa.Text())`',
        ),
    ),
    "offline_sql_refused": (
        way(
            "wrong_offline_without_schema",
            replace(
                ENV,
                (AS_SQL, f'        context.execute("CREATE SCHEMA IF NOT EXISTS own")\n{AS_SQL}'),
            ),
            says="with `context.execute(...)` after `context.begin_transaction()`",
        ),
    ),
    "offline_percent": (
        way(
            "wrong_offline_percent",
            replace(ENV, (LITERAL_BINDS, f"{LITERAL_BINDS}{NAMED_STYLE}")),
            says='`dialect_opts={"paramstyle": "named"}`',
            then="offline_prints",
        ),
    ),
    "offline_no_sql": (
        way(
            "wrong_offline_silent",
            replace(ENV, (SILENT, RUN)),
            says="and then `with context.begin_transaction(): context.run_migrations()`",
        ),
    ),
    "offline_prints": (
        way(
            "wrong_offline_percent",
            replace(ENV, (PRINTS, PRINTS.replace('")', '", file=sys.stderr)'))),
            says="Print it to `sys.stderr`",
            then="offline_percent",
            elsewhere=(ENV,),
        ),
    ),
}

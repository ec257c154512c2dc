"""How hints about what the server refuses are followed."""

from __future__ import annotations

from tests.catalogue.case import APP, EXTRA, replace
from tests.catalogue.follow.way import Ways, way
from tests.catalogue.follow.ways_back import INCOMPLETE, instead
from tests.catalogue.wrong_setups import CREATE_ALL_IN_APP

SLEEP = "op.execute(\"SET LOCAL statement_timeout = '50ms'\")\n    op.execute('SELECT pg_sleep(3600)')"

WAYS: Ways = {
    "permission_denied": (
        way(
            "wrong_create_all_over_the_pool",
            replace(APP, (CREATE_ALL_IN_APP, "")),
            says="Take create_all() out of app.py, line ",
            then="table_missing",
        ),
        way(
            "wrong_rights",
            replace(EXTRA, ('op.execute("ALTER ROLE CURRENT_USER SUPERUSER")', "pass")),
            says="Take that statement out",
        ),
    ),
    "extension_unavailable": (instead("extension_unavailable", "pass", says="Do without"),),
    "lock_timeout": (
        way(
            "wrong_second_connection",
            replace(
                EXTRA,
                (
                    'other = sa.create_engine(os.environ["DIRECT_URL"]).connect()\n    other.execute(',
                    "op.get_bind().execute(",
                ),
            ),
            says="Use only op.execute() and op.get_bind() inside migrations",
        ),
    ),
    "statement_timeout": (
        way("wrong_sleep_in_database", replace(EXTRA, (SLEEP, "pass")), says="Take waits (pg_sleep) out"),
    ),
    "space_exhausted": (
        instead(
            "space_exhausted",
            'op.execute("SELECT array_fill(0, ARRAY[2])")',
            says="avoid queries with huge results",
        ),
    ),
    "transaction_aborted": (
        instead(
            "transaction_aborted",
            'if sa.inspect(op.get_bind()).has_table("tags"):\n    op.execute("SELECT * FROM tags")',
            says="check first whether a thing exists (sa.inspect(op.get_bind()))",
        ),
        instead("transaction_aborted", 'op.execute("DROP TABLE IF EXISTS tags")', says="use IF EXISTS"),
    ),
    "sql_syntax": (
        instead(
            "sql_syntax",
            'op.execute("ALTER TABLE users ALTER COLUMN username TYPE VARCHAR(80)")',
            says="Correct the statement in op.execute()",
            then=INCOMPLETE,
        ),
    ),
    "sql_not_text": (
        instead("sql_not_text", 'op.execute("SELECT 1")', says='Write `op.execute("…")`'),
        instead(
            "sql_not_text",
            'op.get_bind().execute(sa.text("SELECT 1"))',
            says='`op.get_bind().execute(sa.text("…"))`',
        ),
    ),
    "sql_parameter_missing": (
        instead(
            "sql_parameter_missing",
            'op.execute(sa.text("UPDATE posts SET title = :title").bindparams(title="a"))',
            says='`sa.text("…").bindparams(title=…)`',
        ),
        instead(
            "sql_parameter_missing",
            "op.execute(sa.text(\"UPDATE posts SET title = '\\\\:title'\"))",
            says="write a colon that is meant as such as \\\\:",
        ),
    ),
}

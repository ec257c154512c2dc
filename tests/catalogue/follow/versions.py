"""How hints about code for other versions and drivers are followed."""

from __future__ import annotations

from tests.catalogue.case import ENV, PROFILE, Edit, replace
from tests.catalogue.follow.way import Ways, way

STATEMENTS = (
    'sql = sa.text("UPDATE users SET full_name = :n; UPDATE posts SET status = :n")\n'
    '    op.get_bind().execute(sql, {"n": "x"})\n'
)
ROW = 'op.get_bind().execute(sa.text("SELECT 1 AS one")).fetchone()["one"]'


def _engine_without(arguments: str) -> Edit:
    return replace(ENV, (f", {arguments})", ")"))


WAYS: Ways = {
    "connection_option_unknown": (
        way(
            "wrong_pgbouncer_option",
            replace(ENV, ('    return url + "?pgbouncer=true"\n', "    return url\n")),
            says="or ?pgbouncer=… out of the URL",
        ),
        way(
            "wrong_connect_args",
            _engine_without('connect_args={"statement_cache_size": 0}'),
            says="Take statement_cache_size out of connect_args",
        ),
    ),
    "engine_argument_unknown": (
        way(
            "wrong_argument_of_psycopg2",
            _engine_without('executemany_mode="values_plus_batch"'),
            says="Take executemany_mode out of that call",
        ),
        way(
            "wrong_size_of_no_pool",
            _engine_without("pool_size=5, max_overflow=2"),
            says="Take pool_size, max_overflow out of that call",
        ),
    ),
    "other_driver_code": (
        way(
            "wrong_cursor_of_psycopg2",
            _engine_without('connect_args={"cursor_factory": RealDictCursor}'),
            says="Take cursor_factory and other things of psycopg2 out",
        ),
    ),
    "several_statements": (
        way(
            "wrong_several_statements",
            replace(
                PROFILE,
                (
                    STATEMENTS,
                    (
                        'op.get_bind().execute(sa.text("UPDATE users SET full_name = :n"), {"n": "x"})\n'
                        '    op.get_bind().execute(sa.text("UPDATE posts SET status = :n"), {"n": "x"})\n'
                    ),
                ),
            ),
            says="Give each statement an execute() of its own, each with its own parameters",
        ),
    ),
    "sqlalchemy_1_code": (
        way(
            "wrong_engine_execute",
            replace(
                ENV,
                (
                    "from sqlalchemy import create_engine",
                    "import sqlalchemy as sa\nfrom sqlalchemy import create_engine",
                ),
                (
                    '    engine.execute("SELECT 1")\n',
                    (
                        "    with engine.begin() as connection:\n"
                        '        connection.execute(sa.text("SELECT 1"))\n'
                    ),
                ),
            ),
            says='`with engine.begin() as connection: connection.execute(sa.text("…"))`',
        ),
        way(
            "wrong_select_with_list",
            replace(PROFILE, ('sa.select([sa.text("1")])', 'sa.select(sa.text("1"))')),
            says="Write the columns without the brackets",
        ),
        way(
            "wrong_row_by_name",
            replace(PROFILE, ('.fetchone()["one"]', ".fetchone().one")),
            says="`row.name`",
        ),
        way(
            "wrong_row_by_name",
            replace(PROFILE, ('.fetchone()["one"]', '.mappings().fetchone()["one"]')),
            says="`connection.execute(…).mappings()`",
        ),
    ),
}

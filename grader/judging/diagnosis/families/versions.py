"""Code for another version of SQLAlchemy, or for another driver, than the one that runs it.

Knows nothing of what the code is for.
"""

from __future__ import annotations

import re

from grader.judging.diagnosis.clue import Clue, shortened
from grader.judging.diagnosis.interface import Advice, DiagnosisKind, Explain, Family

_OF_POOL = frozenset(("pool_size", "max_overflow", "pool_timeout", "pool_use_lifo"))
_OF_VERSION_1 = frozenset(
    ("case_sensitive", "convert_unicode", "empty_in_strategy", "encoding", "strategy", "use_native_unicode")
)
_OPTIONS = {
    "charset": "it is MySQL's; psycopg calls it client_encoding",
    "check_same_thread": "it is SQLite's",
    "command_timeout": "it is asyncpg's",
    "connection_limit": "it is Prisma's",
    "cursor_factory": "it is psycopg2's",
    "lock_timeout": 'connect_args={"options": "-c lock_timeout=5000"} says the same',
    "pgbouncer": "it is Prisma's",
    "prepare_threshold": "it is psycopg 3's, and the URL asks for psycopg2",
    "prepared_statement_cache_size": "it is asyncpg's",
    "schema": "it is Prisma's",
    "ssl": "psycopg calls it sslmode",
    "statement_cache_size": "it is asyncpg's",
    "statement_timeout": 'connect_args={"options": "-c statement_timeout=5000"} says the same',
}
"""Connection options that PostgreSQL's client library does not know, and whose they are."""


def _engine_argument(clue: Clue, match: re.Match[str]) -> Advice:
    """An argument that the dialect, the pool and the engine in use do not have."""
    names = re.findall(r"'([^'\n]{1,60})'", match[1])
    listed = ", ".join(names[:5])
    why = "it belongs to another driver (postgresql:// means psycopg 3 since SQLAlchemy 2.1)"
    if set(names) <= _OF_POOL:
        why = "a NullPool keeps no connections, so it has no size"
    elif set(names) <= _OF_VERSION_1:
        why = "it was taken out of SQLAlchemy 2"
    return Advice(
        f"create_engine() does not take {listed}{clue.here}: {why}.",
        f"Take {listed} out of that call; with Flask-SQLAlchemy, out of SQLALCHEMY_ENGINE_OPTIONS.",
    )


def _option(clue: Clue, match: re.Match[str]) -> Advice:
    """An option behind the `?` of the URL or in `connect_args`; the error does not tell which."""
    name = shortened(match[1], 60)
    whose = _OPTIONS.get(match[1], "it belongs to another program or driver")
    return Advice(
        f"The connection has the option {name}, which PostgreSQL's client library does not know{clue.here}: "
        f"{whose}.",
        f"Take {name} out of connect_args where the engine is made, or ?{name}=… out of the URL, whichever "
        "of them has it.",
    )


def _now(old: str, new: str) -> Explain:
    """What is no longer there, and how it is written today; `{0}` is what the pattern caught."""

    def explain(clue: Clue, match: re.Match[str]) -> Advice:
        caught = shortened(next((group for group in match.groups() if group), ""), 80)
        return Advice(
            f"SQLAlchemy 2 has no {old.format(caught)} any more{clue.here}.", f"{new.format(caught)}."
        )

    return explain


def _row_by_name(clue: Clue, match: re.Match[str]) -> Advice | None:
    if not clue.through("sqlalchemy/engine/_row_cy.py", "sqlalchemy/engine/row.py"):
        return None
    return _now(
        'row["name"]', "Write `row.name`, or ask for dictionaries: `connection.execute(…).mappings()`"
    )(clue, match)


_OLD: tuple[tuple[str, Explain], ...] = (
    (
        r"'Engine' object has no attribute '(execute|scalar)'",
        _now(
            "engine.{0}()",
            'Write `op.execute("…")` in a revision; elsewhere `with engine.begin() as connection: '
            'connection.{0}(sa.text("…"))`',
        ),
    ),
    (
        r"'(?:Engine|Connection)' object has no attribute '(table_names|has_table)'",
        _now(
            "{0}() of an engine",
            "Write `sa.inspect(engine).get_table_names()` or `sa.inspect(engine).has_table(…)`; in a "
            "revision `sa.inspect(op.get_bind())`",
        ),
    ),
    (
        r"'(?:TextClause|Select|Insert|Update|Delete|Table)' object has no attribute '(execute|scalar)'",
        _now("{0}() of a statement", "Give the statement to a connection: `op.get_bind().{0}(statement)`"),
    ),
    (
        (
            r"(?:MetaData\.__init__|text|select|Table\.__init__)\(\) got an unexpected keyword argument "
            r"'(bind|autocommit)'"
        ),
        _now(
            "argument {0}= there",
            "Leave {0}= out, and give the engine or connection to the call that runs it",
        ),
    ),
    (
        r"MetaData\.(create_all|drop_all|reflect)\(\) missing 1 required positional argument: 'bind'",
        _now(
            "MetaData.{0}() without an engine",
            "Take that call out: the revisions create and drop the tables. Where it must be: "
            "`metadata.{0}(engine)`",
        ),
    ),
    (
        r"should be named <dialectname>_<argument>, got '(autoload|mustexist|bind)'",
        _now("argument {0}= of a Table", "Write `sa.Table(…, autoload_with=op.get_bind())` without {0}="),
    ),
    (
        r"clause element expected, got \[[^\n]{0,400}Did you mean to say (select)\(",
        _now("{0}() with a list", "Write the columns without the brackets: `sa.select(a, b)`"),
    ),
    (
        r"The \"whens\" argument to (case)\(\)",
        _now("{0}() with a list", "Write the pairs without the brackets: `sa.case((condition, value), …)`"),
    ),
    (
        r"Connection\.(execute|scalar)\(\) got an unexpected keyword argument",
        _now("{0}() with parameters as arguments", 'Write `execute(statement, {{"name": value}})`'),
    ),
    (
        r"^TypeError: tuple indices must be integers or slices, not (str)",
        _row_by_name,
    ),
)


def _old_code(clue: Clue, match: re.Match[str]) -> Advice | None:
    """The patterns of `_OLD` are those of the diagnosis: the one that was found tells the advice."""
    return dict(_OLD)[match.re.pattern](clue, match)


KINDS = {
    "connection_option_unknown": DiagnosisKind(
        "connect_args or the URL's query has an option that PostgreSQL's client does not know",
        (r'invalid connection option "([^"\n]{1,60})"', r'invalid URI query parameter: "([^"\n]{1,60})"'),
        explain=_option,
    ),
    "engine_argument_unknown": DiagnosisKind(
        "create_engine() is given an argument of another driver, pool or version",
        (r"Invalid argument\(s\) ([^\n]{1,300}?) sent to create_engine\(\)",),
        explain=_engine_argument,
    ),
    "other_driver_code": DiagnosisKind(
        "Code for psycopg2 meets a connection of psycopg 3",
        (
            r"argument 1 must be psycopg2\.extensions\.connection, not Connection",
            r"argument 2 must be a connection, cursor or None",
            r"'Cursor' object has no attribute '(?:copy_from|copy_to|copy_expert|mogrify)'",
            r"'Connection' object has no attribute 'encoding'",
        ),
        "Something of psycopg2 is given a connection of psycopg 3{here}: postgresql:// means psycopg 3 since "
        "SQLAlchemy 2.1.",
        "Take cursor_factory and other things of psycopg2 out, and write rows with op.bulk_insert().",
    ),
    "several_statements": DiagnosisKind(
        "Several SQL statements with parameters are sent as one",
        (r"cannot insert multiple commands into a prepared statement",),
        "Several SQL statements are sent in one text with parameters, which psycopg 3 does not do{here}.",
        "Give each statement an execute() of its own, each with its own parameters.",
    ),
    "sqlalchemy_1_code": DiagnosisKind(
        "The code is written for SQLAlchemy 1: engine.execute(), bind=, select([…])",
        tuple(pattern for pattern, _ in _OLD),
        explain=_old_code,
    ),
}
FAMILY = Family("Other versions and drivers", "versions", __doc__, KINDS)

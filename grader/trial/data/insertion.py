"""Puts the rows of an assignment into a submission's tables, with the submission's own rights.

All in one transaction: either all rows are there afterwards, or none. Sequences go on behind the ids that
were given. Must not know Alembic or what the rows are for.
"""

from __future__ import annotations

from collections.abc import Iterator

from psycopg2 import sql

from grader.assignment.data_probe import DataProbe, Expression, Row, Value
from grader.runtime.postgres.databases import StudentDatabase
from grader.trial.data.names import NamesAt
from grader.trial.rows.layout import Table, read_layout
from grader.trial.rows.sessions import OwnerLabel, StudentSessions


def put_in(database: StudentDatabase, probe: DataProbe, names: NamesAt, owner: OwnerLabel) -> None:
    """Put all rows in.

    Args:
        database: the submission's.
        probe: has the rows.
        names: the names of tables and columns in the database.
        owner: the role that puts them in.

    Raises:
        Refused: PostgreSQL does not take them. None is there then.
        HarnessFault, psycopg2.Error: see `StudentSessions` and `read_layout`.
    """
    layout = read_layout(database.inspector, set(names.states[names.place].tables))
    if probe.sql is not None:
        statements: list[sql.Composable] = [sql.SQL(probe.sql)]
        filled = list(layout.tables)
    else:
        as_tables = {names.table(table): table for table in probe.rows}
        filled = [item for item in layout.tables if item.label in as_tables]
        statements = [
            _insert(names, as_tables[name], row, name)
            for name in _referred_first([*as_tables], filled)
            for row in probe.rows[as_tables[name]]
        ]
    whole = sql.SQL("\n;\n").join([*statements, *_sequences_set(filled)])  # SQL may end with a comment
    with StudentSessions(database.connect_as, database.inspector) as sessions:
        sessions.run(owner, whole)


def _referred_first(names: list[str], tables: list[Table]) -> Iterator[str]:
    """NamesAt of tables in the same order, but each after the tables that it refers to."""
    refers = {item.label: {key.target for key in item.of_type("f")} - {item.label} for item in tables}
    left = list(names)
    while left:
        ready = (name for name in left if not refers.get(name, set()) & set(left))
        name = next(ready, left[0])  # tables that refer to each other stay as they are
        left.remove(name)
        yield name


def _insert(names: NamesAt, table: str, row: Row, as_table: str) -> sql.Composable:
    into = sql.Identifier("public", as_table)
    if not row:
        return sql.SQL("INSERT INTO {} DEFAULT VALUES").format(into)
    # Without OVERRIDING, a column GENERATED ALWAYS AS IDENTITY takes no id that is given.
    return sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
        into,
        sql.SQL(", ").join(sql.Identifier(names.column(table, column)) for column in row),
        sql.SQL(", ").join(map(_as_sql, row.values())),
    )


def _as_sql(value: Value) -> sql.Composable:
    """A value as a text in quotes: PostgreSQL gives it the type of its column."""
    if isinstance(value, Expression):
        return sql.SQL(value.sql)
    return sql.Literal(str(value).lower() if isinstance(value, bool) else str(value))


def _sequences_set(tables: list[Table]) -> Iterator[sql.Composable]:
    """Statements that let each sequence go on behind the highest value of its column."""
    for table in tables:
        for column in table.columns:
            if column.sequence is not None:
                yield sql.SQL(
                    "SELECT setval({sequence}, highest) FROM (SELECT max({column}) AS highest FROM {table}) m"
                    " WHERE highest >= (SELECT last_value FROM {named})"
                ).format(
                    sequence=sql.Literal(column.sequence),
                    column=sql.Identifier(column.name),
                    table=sql.Identifier("public", table.name),
                    named=sql.SQL(column.sequence),
                )

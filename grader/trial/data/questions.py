"""Asks a submission's database queries of the assignment: read only, bounded, with the submission's rights.

Values come as the texts that PostgreSQL writes, whatever their type. Must not know which answers are right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from psycopg2 import sql
from psycopg2.extensions import connection, cursor, new_type, register_type, string_types

from grader.assignment.data_probe import MOST_ROWS, is_ordered
from grader.observations.data import DataAnswer
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.sessions import fetch
from grader.trial.data.names import NamesAt
from grader.trial.rows.sessions import OwnerLabel, Refused, StudentSessions

MOST_CHARACTERS = 200_000
"""How much is read of one answer."""

_AS_TEXT = new_type(tuple(string_types), "AS_TEXT", lambda value, _: value)
# A message of several statements is one transaction. A cursor sends no more rows than are fetched.
_ASK = sql.SQL(
    "SET TRANSACTION READ ONLY; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD';"
    " SET LOCAL IntervalStyle = 'postgres'; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex';"
    " DECLARE answer NO SCROLL CURSOR FOR {query}\n; FETCH {most} FROM answer"
)
_TYPES = "SELECT oid::bigint, format_type(oid, NULL) FROM pg_type WHERE oid = ANY(%s::oid[])"


def ask(
    database: StudentDatabase,
    queries: Sequence[str],
    names: NamesAt,
    owner: OwnerLabel,
    shown: Callable[[str], str],
) -> dict[str, DataAnswer]:
    """The answer to each query.

    Args:
        database: the submission's.
        queries: one SELECT each, in the assignment's names.
        names: the names of tables and columns in the database.
        owner: the role that asks.
        shown: makes a text fit to keep.

    Raises:
        HarnessFault, psycopg2.Error: the server is broken, or no session could be opened.
    """

    def connect(label: OwnerLabel) -> connection:
        session = database.connect_as(label)
        register_type(_AS_TEXT, session)
        return session

    def answered(query: str) -> DataAnswer:
        try:
            answer = sessions.read(
                owner, _ASK.format(query=names.query(query), most=sql.Literal(MOST_ROWS + 1)), _read
            )
        except Refused as refusal:
            return DataAnswer(refused=shown(str(refusal)), code=refusal.code)
        rows = tuple(tuple(None if value is None else shown(value) for value in row) for row in answer.rows)
        if not is_ordered(query):  # so that two runs give the same
            rows = tuple(sorted(rows, key=lambda row: [(value is not None, value or "") for value in row]))
        return DataAnswer(tuple(map(shown, answer.columns)), answer.types, rows, answer.refused)

    with StudentSessions(connect, database.inspector, "asking for rows") as sessions:
        answers = {query: answered(query) for query in queries}
    return _with_types(database, answers, shown)


def _read(result: cursor) -> DataAnswer:
    columns = tuple(column.name for column in result.description or ())
    types = tuple(str(column.type_code) for column in result.description or ())
    rows = tuple(result.fetchall())
    if len(rows) > MOST_ROWS:
        return DataAnswer(columns, types, refused=f"there are more than {MOST_ROWS} rows")
    if sum(len(value or "") for row in rows for value in row) > MOST_CHARACTERS:
        return DataAnswer(columns, types, refused=f"the rows have more than {MOST_CHARACTERS:,} characters")
    return DataAnswer(columns, types, rows)


def _with_types(
    database: StudentDatabase, answers: Mapping[str, DataAnswer], shown: Callable[[str], str]
) -> dict[str, DataAnswer]:
    """The same answers with the names of types in the place of PostgreSQL's numbers."""
    numbers = sorted({int(number) for answer in answers.values() for number in answer.types})
    found = fetch(database.inspector, _TYPES, (numbers,)) if numbers else []
    known = {str(number): shown(str(name)) for number, name in found}
    return {
        query: DataAnswer(
            answer.columns,
            tuple(known.get(number, "") for number in answer.types),
            answer.rows,
            answer.refused,
            answer.code,
        )
        for query, answer in answers.items()
    }

"""Errors because of the rows in a table: changes that work only on empty tables.

Knows of the schema only the names in PostgreSQL's message.
"""

from __future__ import annotations

import re

from grader.judging.diagnosis.clue import Clue, shortened
from grader.judging.diagnosis.interface import NAME, Advice, DiagnosisKind, Family


def _duplicate_key(clue: Clue, match: re.Match[str]) -> Advice:
    name = shortened(match[1])
    detail = re.search(r"^DETAIL: {1,2}Key \(([^()\n]{1,80})\)=", clue.error, re.MULTILINE)
    columns = detail[1] if detail else ""
    inserted = re.match(r"INSERT INTO [^(]{1,150}\(([^()]{1,400})\)", clue.statement, re.IGNORECASE)
    given = re.findall(r"\w+", inserted[1]) if inserted else ()
    if name.endswith("_pkey") and inserted and columns and columns not in given:
        table = name.removesuffix("_pkey")
        return Advice(
            f"The sequence that numbers {table} is behind: rows were inserted with explicit ids, and the "
            f"next id is taken already{clue.here}.",
            'Leave the id out when you insert rows, or set the sequence afterwards: `op.execute("SELECT '  # noqa: S608 - words for a student, never run
            f"setval(pg_get_serial_sequence('{table}', '{columns}'), (SELECT max({columns}) FROM "
            f'{table}))")`.',
        )
    return Advice(
        f"A row is written whose value {'of ' + columns + ' ' if columns else ''}is there already, and "
        f"{name} keeps it unique{clue.here}.",
        "Insert each row once (`INSERT … ON CONFLICT DO NOTHING`), or give the rows different values.",
    )


def _null_values(clue: Clue, match: re.Match[str]) -> Advice:
    column, table = shortened(match[1]), shortened(match[2] or "the table")
    if clue.downgrading:
        return Advice(
            f"The downgrade makes {table}.{column} NOT NULL, and there are rows without a value in "
            f"it{clue.here}.",
            f'Fill them first in downgrade(): `op.execute("UPDATE {table} SET {column} = … WHERE {column} IS '  # noqa: S608 - words for a student, never run
            'NULL")`, with a comment that says why.',
        )
    return Advice(
        f"{table}.{column} becomes NOT NULL, and the rows that {table} holds already have no value for "
        f"it{clue.here}: this works on an empty table only.",
        'Give it a server_default (`server_default="…"`), or in three steps: add it with nullable=True, fill '  # noqa: S608 - words for a student, never run
        f'it with `op.execute("UPDATE {table} SET {column} = …")` and a comment that says why, then '
        f'`op.alter_column("{table}", "{column}", nullable=False)`.',
    )


def _too_long(clue: Clue, match: re.Match[str]) -> Advice:
    size = match[2]
    changed = re.search(r"ALTER TABLE (\S{1,120}) ALTER COLUMN (\S{1,120})", clue.statement)
    if changed is not None:
        column = f"{changed[1]}.{changed[2]}"
        return Advice(
            f"{column} is shrunk to {size} characters, and there are rows with longer values{clue.here}.",
            'Decide first what happens to them, for example `op.execute("UPDATE '  # noqa: S608 - words for a student, never run
            f'{changed[1]} SET {changed[2]} = left({changed[2]}, {size})")` in the line before (unique '
            "values can clash), with a comment that says why, or keep the longer type.",
        )
    return Advice(
        f"A value is longer than its column, which holds {size} characters{clue.here}.",
        "Write a shorter value, or make the column longer with op.alter_column(…, type_=sa.String(…)) first.",
    )


def _foreign_key(clue: Clue, match: re.Match[str]) -> Advice:
    table, name = shortened(match[1]), shortened(match[2])
    detail = re.search(rf"is not present in table {NAME}", clue.error)
    target = f" in {detail[1]}" if detail else ""
    to = f" to {detail[1]}" if detail else ""
    return Advice(
        f"Rows of {table} refer to rows that do not exist{target}, so the foreign key {name} cannot "
        f"hold{clue.here}.",
        f"Before the key is created, add the missing rows{to} or set the column to NULL in an UPDATE; a "
        "server_default of a foreign key must be an id that exists.",
    )


def _bad_value(clue: Clue, match: re.Match[str]) -> Advice:
    kind, value = shortened(match[1], 80), shortened(match[2], 60)
    if clue.statement.upper().startswith("ALTER TABLE") and " DEFAULT " not in clue.statement.upper():
        return Advice(
            f'The column holds values such as "{value}", which are no {kind}{clue.here}.',
            "Correct them with an UPDATE before the type is changed, or convert them with postgresql_using.",
        )
    return Advice(
        f'"{value}" is no value of type {kind}{clue.here}.',
        f"Write a value (or a server_default) of type {kind}; the labels of an enum are spelled exactly as "
        "they were created.",
    )


KINDS = {
    "null_values": DiagnosisKind(
        "NOT NULL on a table with rows",
        (rf"column {NAME} of relation {NAME} contains null values",),
        explain=_null_values,
    ),
    "null_written": DiagnosisKind(
        "A row is written without a value for a NOT NULL column",
        (rf"null value in column {NAME} of relation {NAME} violates not-null constraint",),
        "A row of {1} is written without a value for {0}, which is NOT NULL{here}.",
        "Name {0} in the INSERT: a default= of the model works in Python only, and not in raw SQL or "
        "bulk_insert.",
    ),
    "value_too_long": DiagnosisKind(
        "VARCHAR is shrunk below the data it holds, or a value is too long",
        (r"value too long for type (character varying|character)\((\d{1,9})\)",),
        explain=_too_long,
    ),
    "duplicate_values": DiagnosisKind(
        "A unique constraint over values that are there twice",
        (rf"could not create unique index {NAME}",),
        "{0} requires unique values, and the table holds some twice{here}.",
        "Make them different (or NULL) with an UPDATE in upgrade() before the constraint is created, and say "
        "why in a comment; a new column with one default for all rows cannot be unique.",
    ),
    "duplicate_key": DiagnosisKind(
        "A row is written twice, or a sequence was left behind by explicit ids",
        (rf"duplicate key value violates unique constraint {NAME}",),
        explain=_duplicate_key,
    ),
    "foreign_key_violated": DiagnosisKind(
        "Rows refer to rows that do not exist",
        (rf"insert or update on table {NAME} violates foreign key constraint {NAME}",),
        explain=_foreign_key,
    ),
    "row_still_referenced": DiagnosisKind(
        "A row is deleted that others refer to",
        (
            (
                rf"update or delete on table {NAME} "
                r"violates [A-Za-z ]{0,20}foreign key constraint "
                rf'"[^"\n]{{1,120}}" on table {NAME}'
            ),
        ),
        "Rows of {0} are deleted or changed, and rows of {1} still refer to them{here}.",
        "Deal with the rows of {1} first; a migration of the schema should not delete rows at all.",
    ),
    "check_violated": DiagnosisKind(
        "Rows do not meet a CHECK constraint",
        (
            rf"check constraint {NAME} of relation {NAME} is violated by some row",
            rf"new row for relation {NAME} violates check constraint {NAME}",
        ),
        "There are rows that do not meet the check constraint ({0}, {1}){here}.",
        "Correct the rows with an UPDATE before the constraint is created, and say why in a comment.",
    ),
    "value_of_wrong_type": DiagnosisKind(
        "A value cannot be read as the column's type",
        (
            r"invalid input syntax for type ([^:\n]{1,80}): \"([^\"\n]{0,400})\"",
            r"invalid input value for enum ([^:\n]{1,120}): \"([^\"\n]{0,400})\"",
        ),
        explain=_bad_value,
    ),
    "value_out_of_range": DiagnosisKind(
        "A number or date is out of its type's range",
        (r"((?:integer|smallint|bigint|numeric field|date|timestamp)[^\n]{0,40}) (?:out of range|overflow)",),
        "A value does not fit into its column{here}: {0} out of range.",
        "Use a larger type or a smaller value.",
    ),
}
FAMILY = Family("Rows in the tables", "rows", __doc__, KINDS)

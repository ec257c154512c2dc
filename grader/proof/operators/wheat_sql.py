"""Right answers in raw SQL."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.proof.operators.mutant import Change, change, wheat
from grader.proof.operators.operations import Column, Constraint, Operation, columns_of, constraints_of
from grader.proof.operators.project import Project
from grader.proof.operators.revisions import explained
from grader.proof.operators.source import called, constant, is_constant, keyword, texts

_TYPES = {
    "Integer": "INTEGER",
    "BigInteger": "BIGINT",
    "SmallInteger": "SMALLINT",
    "Text": "TEXT",
    "Boolean": "BOOLEAN",
    "Date": "DATE",
    "Float": "DOUBLE PRECISION",
}


@wheat("Revisions are written in SQL.")
def raw_sql(project: Project) -> Iterator[Change]:
    """`op.execute` for each operation that makes or drops tables, columns and foreign keys, in one revision.

    Does not apply to operations with more than names, types and nullability, or in batch mode.
    """
    for step in project.steps:
        source = step.source
        edits = [
            source.replace(item.statement, explained(sql, item.statement.col_offset))
            for item in (*step.upgrade, *step.downgrade)
            if item.is_plain and item.batch is None and (sql := sql_for(item)) is not None
        ]
        if edits:
            yield change(f"{step.label} runs SQL.", (source, edits))


def sql_for(operation: Operation) -> str | None:
    """What an operation is in SQL; None where that is not known."""
    if operation.name == "create_table":
        return _create(operation)
    if operation.name == "drop_table":
        return f'DROP TABLE "{operation.table}"'
    clause = _clause(operation)
    return clause and f'ALTER TABLE "{operation.table}" {clause}'


def _clause(operation: Operation) -> str | None:
    """What an operation does to a table that is there."""
    if operation.name == "drop_column":
        return f'DROP COLUMN "{operation.column}"'
    if operation.name == "drop_constraint" and operation.object:
        return f'DROP CONSTRAINT "{operation.object}"'
    made: list[str | None] = []
    if operation.name == "add_column":
        made = [written and f"COLUMN {written}" for written in map(_column, columns_of(operation))]
    elif operation.name == "create_foreign_key" and not operation.call.keywords:
        made = [_constraint(item) for item in constraints_of(operation)]
    return f"ADD {made[0]}" if made and made[0] else None


def _create(operation: Operation) -> str | None:
    columns, constraints = list(columns_of(operation)), list(constraints_of(operation))
    parts = [*map(_column, columns), *map(_constraint, constraints)]
    whole = len(operation.call.args) == len(parts) + 1 and not operation.call.keywords
    written = [part for part in parts if part is not None]
    return (
        f'CREATE TABLE "{operation.table}" ({", ".join(written)})'
        if whole and len(written) == len(parts)
        else None
    )


def _column(column: Column) -> str | None:
    known = {"nullable"}
    plain = len(column.call.args) == 2 and {item.arg for item in column.call.keywords} <= known  # noqa: PLR2004
    written = _type(column.type) if plain else None
    if written is None:
        return None
    keys = [item for item in constraints_of(column.operation) if item.kind == "primary_key"]
    is_serial = written == "INTEGER" and any(item.columns == (column.name,) for item in keys)
    required = " NOT NULL" if column.is_required else ""
    return f'"{column.name}" {"SERIAL" if is_serial else written}{required}'


def _type(node: ast.expr | None) -> str | None:
    """A type of SQLAlchemy in SQL."""
    name = called(node or ast.Pass())
    if not isinstance(node, ast.Call) or name is None:
        return None
    if name == "String" and (length := _number(node, "length", 0)) is not None:
        return f"VARCHAR({length})"
    if name == "Numeric":
        precision, scale = _number(node, "precision", 0), _number(node, "scale", 1)
        return None if precision is None or scale is None else f"NUMERIC({precision}, {scale})"
    if name == "DateTime":
        zone = keyword(node, "timezone")
        has_zone = zone is not None and is_constant(zone.value, value=True)
        return "TIMESTAMP WITH TIME ZONE" if has_zone else "TIMESTAMP"
    return None if node.args or node.keywords else _TYPES.get(name)


def _number(call: ast.Call, name: str, place: int) -> int | None:
    given = keyword(call, name)
    node = given.value if given else (call.args[place] if len(call.args) > place else None)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, int) else None


def _constraint(item: Constraint) -> str | None:
    if item.is_element and {other.arg for other in item.call.keywords} - {"name"}:
        return None
    named = f'CONSTRAINT "{item.name}" ' if item.name else ""
    columns = ", ".join(f'"{name}"' for name in item.columns)
    if item.kind in ("primary_key", "unique") and item.columns:
        return f"{named}{'PRIMARY KEY' if item.kind == 'primary_key' else 'UNIQUE'} ({columns})"
    if item.kind != "foreign_key":
        return None
    if item.is_element:
        remote = texts(item.target) or ()
        target, names = remote[0].rpartition(".")[0] if remote else "", [n.rpartition(".")[2] for n in remote]
    else:
        target, names = constant(item.target) or "", [*(texts(item.operation.argument("remote_cols")) or ())]
    if not target or not names:
        return None
    quoted = ", ".join(f'"{name}"' for name in names)
    return f'{named}FOREIGN KEY ({columns}) REFERENCES "{target}" ({quoted})'

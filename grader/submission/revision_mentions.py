"""Finds what tables and columns a call of an Alembic operation names, and on which lines.

For hints and annotations only. Reads one call of a syntax tree; `revision_functions` finds the calls.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import islice

from grader.observations.files import Mention

_TABLE_AT = {
    **dict.fromkeys(("create_table", "drop_table", "add_column", "alter_column", "drop_column"), 0),
    **dict.fromkeys(("create_table_comment", "batch_alter_table"), 0),
    **dict.fromkeys(("create_index", "drop_index", "create_unique_constraint", "create_foreign_key"), 1),
    **dict.fromkeys(("create_primary_key", "create_check_constraint", "drop_constraint"), 1),
    "rename_table": 1,
}
"""The position of the table's name among the arguments of an operation."""
_TABLE_KEYWORDS = ("table_name", "source_table")
_COLUMN_FIRST = frozenset({"alter_column", "drop_column"})
"""Operations whose next argument after the table is a column's name."""
_RULES = frozenset({"UniqueConstraint", "PrimaryKeyConstraint", "ForeignKeyConstraint", "Index"})
_MOST_NODES = 5000
"""Of the syntax tree of one call. Calls can be nested, so all of them could be read many times."""
_NAME = r'(?:"?[A-Za-z_]\w*"?\.)?"?([A-Za-z_]\w*)"?'
_TABLE_IN_SQL = re.compile(
    rf"\b(?:(?:CREATE|ALTER|DROP)\s+(?:\w+\s+)?TABLE|(?<=[\s)])ON)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?:ONLY\s+)?{_NAME}",
    re.IGNORECASE,
)
_COLUMN_IN_SQL = re.compile(
    rf"\b(?:ADD|ALTER|DROP)\s+(?:COLUMN\s+)?(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?!TABLE\b|CONSTRAINT\b|COLUMN\b){_NAME}",
    re.IGNORECASE,
)


def table_of(call: ast.Call, operation: str) -> str | None:
    """The table that an operation names, or None."""
    for keyword in call.keywords:
        if keyword.arg in _TABLE_KEYWORDS and (name := _text(keyword.value)):
            return name
    position = _TABLE_AT.get(operation)
    return _text(call.args[position]) if position is not None and position < len(call.args) else None


def mentions(call: ast.Call, operation: str, batch_table: str | None = None) -> Iterator[Mention]:
    """The lines of a call that are about a table or about columns of it.

    Args:
        call: the call of an operation.
        operation: its name without `op.`.
        batch_table: the table of the batch, for an operation in one.
    """
    table = batch_table or table_of(call, operation)
    if table is None:
        yield from _in_sql(call)
        return
    texts = [_text(argument) for argument in call.args]
    # In a batch the table is not among the arguments.
    rest = texts if batch_table else texts[_TABLE_AT.get(operation, 0) + 1 :]
    named = _column_keyword(call) or next((text for text in rest if text), None)
    columns = (named,) if named and operation in _COLUMN_FIRST else _listed(call)
    if columns or operation != "add_column":  # the column is inside
        yield Mention(table, columns, call.lineno)
    for node in islice(ast.walk(call), _MOST_NODES):
        if isinstance(node, ast.Call) and node is not call:
            yield from _of_part(node, table)


def _column_keyword(call: ast.Call) -> str | None:
    return next((_text(keyword.value) for keyword in call.keywords if keyword.arg == "column_name"), None)


def _of_part(call: ast.Call, table: str) -> Iterator[Mention]:
    """`sa.Column("bio", ...)`, or a constraint that names columns."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)
    texts = tuple(text for text in map(_text, call.args) if text)
    if name == "Column" and texts:
        yield Mention(table, texts[:1], call.lineno)
    elif name in _RULES:
        columns = _listed(call) or texts
        if columns:
            yield Mention(table, columns, call.lineno)


def _in_sql(call: ast.Call) -> Iterator[Mention]:
    """The tables and columns of an SQL text."""
    for node in islice(ast.walk(call), _MOST_NODES):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        for statement in node.value.split(";"):
            table = _TABLE_IN_SQL.search(statement)
            if table is not None:
                columns = tuple(_COLUMN_IN_SQL.findall(statement[table.end() :]))
                yield Mention(table[1], columns, call.lineno)


def _listed(call: ast.Call) -> tuple[str, ...]:
    """The texts of the first list among the arguments: the columns of a rule."""
    for node in (*call.args, *(keyword.value for keyword in call.keywords)):
        if isinstance(node, ast.List | ast.Tuple):
            return tuple(text for text in map(_text, node.elts) if text)
    return ()


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None

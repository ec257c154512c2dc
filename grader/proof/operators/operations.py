"""Reads what a revision does from its syntax tree: each call of `op`, and what it makes.

Batch mode reads the same as without it. Must not know of files or of chains.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from grader.proof.operators.source import called, constant, is_constant, keyword, texts

SIGNATURES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "create_table": ("table_name",),
        "drop_table": ("table_name",),
        "rename_table": ("table_name", "new_table_name"),
        "add_column": ("table_name", "column"),
        "drop_column": ("table_name", "column_name"),
        "alter_column": ("table_name", "column_name"),
        "create_foreign_key": ("name", "table_name", "referent_table", "local_cols", "remote_cols"),
        "create_unique_constraint": ("name", "table_name", "columns"),
        "create_check_constraint": ("name", "table_name", "condition"),
        "create_primary_key": ("name", "table_name", "columns"),
        "create_index": ("name", "table_name", "columns"),
        "drop_constraint": ("name", "table_name"),
        "drop_index": ("name", "table_name"),
        "execute": ("sql",),
        "bulk_insert": ("table", "rows"),
    }
)
"""The operations, and the names of their first parameters."""
_OTHER_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "name": ("constraint_name", "index_name"),
        "table_name": ("source_table", "source", "old_table_name"),
        "referent_table": ("referent",),
        "sql": ("sqltext",),
    }
)
"""What keyword arguments call them instead."""


@dataclass(frozen=True, eq=False)
class Operation:
    """One call of `op`, or of the object that batch mode gives."""

    name: str
    call: ast.Call
    statement: ast.stmt
    """The statement that it stands in, without the `with` of batch mode."""
    batch: ast.With | None = None
    """The `with` of batch mode that it stands in."""
    batch_table: str | None = None

    @property
    def table(self) -> str | None:
        """The table that it changes."""
        return self.batch_table or constant(self.argument("table_name"))

    @property
    def object(self) -> str | None:
        """The name of the constraint or index that it makes or drops."""
        return constant(self.argument("name"))

    @property
    def column(self) -> str | None:
        """The column that it adds, drops or alters."""
        added = self.argument("column")
        if isinstance(added, ast.Call):
            return constant(added.args[0]) if added.args else None
        return constant(self.argument("column_name"))

    @property
    def is_plain(self) -> bool:
        """Whether the statement is this call alone."""
        return isinstance(self.statement, ast.Expr) and self.statement.value is self.call

    def argument(self, name: str) -> ast.expr | None:
        """An argument by the name of its parameter, wherever it stands."""
        for item in self.call.keywords:
            if item.arg in (name, *_OTHER_NAMES.get(name, ())):
                return item.value
        names = SIGNATURES[self.name]
        if self.batch is not None:
            names = tuple(item for item in names if item != "table_name")
        if name not in names or names.index(name) >= len(self.call.args):
            return None
        return self.call.args[names.index(name)]


@dataclass(frozen=True, eq=False)
class Column:
    """A column that an operation makes."""

    table: str
    name: str
    operation: Operation
    call: ast.Call

    @property
    def type(self) -> ast.expr | None:
        """The type, as it is written."""
        given = keyword(self.call, "type_")
        if given is not None:
            return given.value
        second = self.call.args[1] if len(self.call.args) > 1 else None
        return None if called(second or ast.Pass()) in ("ForeignKey", "Identity") else second

    @property
    def is_required(self) -> bool:
        """Whether it refuses NULL."""
        given = keyword(self.call, "nullable")
        return self.is_key if given is None else is_constant(given.value, value=False)

    @property
    def is_key(self) -> bool:
        """Whether it is a primary key, by its own words or by those of its table."""
        given = keyword(self.call, "primary_key")
        own = given is not None and is_constant(given.value, value=True)
        return own or any(self.name in item.columns for item in self.elements("primary_key"))

    def elements(self, *kinds: str) -> Iterator[Constraint]:
        """The constraints of its `create_table` that name it."""
        for item in constraints_of(self.operation):
            if item.kind in kinds and self.name in item.columns:
                yield item


@dataclass(frozen=True, eq=False)
class Constraint:
    """A constraint or an index that an operation makes."""

    kind: str
    """`primary_key`, `unique`, `foreign_key`, `check`, `index`, `unique_index`."""
    table: str
    columns: tuple[str, ...]
    """Empty for a check."""
    operation: Operation
    call: ast.Call
    """What makes it: an element of `create_table`, or the operation itself."""
    columns_node: ast.expr | None = None
    """Where its columns are named, if that is one list."""
    target: ast.expr | None = None
    """For a foreign key: where the table that it refers to is named, or the list of its columns."""

    @property
    def is_element(self) -> bool:
        """Whether it is made inside of a `create_table`."""
        return self.call is not self.operation.call

    @property
    def name(self) -> str | None:
        """Its name, if it has one."""
        if not self.is_element:
            return self.operation.object
        given = keyword(self.call, "name")
        return constant(given.value) if given else None

    @property
    def said(self) -> str:
        """How a sentence names it."""
        return f"{self.table}({', '.join(self.columns)})" if self.columns else self.name or self.table


def operations_in(
    block: Sequence[ast.stmt], batch: ast.With | None = None, table: str | None = None
) -> Iterator[Operation]:
    """The operations of statements, in order; also inside of `with`, `if` and `try`."""
    for statement in block:
        if isinstance(statement, ast.With):
            inner = _batch_table(statement)
            given = (statement, inner) if inner is not None else (batch, table)
            yield from operations_in(statement.body, *given)
        elif isinstance(statement, ast.If | ast.Try):
            yield from operations_in(statement.body, batch, table)
            yield from operations_in(statement.orelse, batch, table)
        elif not isinstance(statement, ast.FunctionDef | ast.ClassDef):
            for call in _calls(statement):
                direct = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "op"
                yield Operation(
                    call.func.attr if isinstance(call.func, ast.Attribute) else "",
                    *(call, statement),
                    batch=None if direct else batch,
                    batch_table=None if direct else table,
                )


def columns_of(operation: Operation) -> Iterator[Column]:
    """The columns that an operation makes."""
    if operation.table is None or operation.name not in ("create_table", "add_column"):
        return
    for argument in (*operation.call.args, *(item.value for item in operation.call.keywords)):
        if isinstance(argument, ast.Call) and called(argument) == "Column" and argument.args:
            name = constant(argument.args[0])
            if name is not None:
                yield Column(operation.table, name, operation, argument)


def constraints_of(operation: Operation) -> Iterator[Constraint]:
    """The constraints and indexes that an operation makes, each in a call of its own."""
    table = operation.table
    if table is None:
        return
    if operation.name == "create_table":
        for argument in operation.call.args:
            if isinstance(argument, ast.Call) and (found := _element(table, operation, argument)):
                yield found
        return
    kinds = {
        "create_unique_constraint": "unique",
        "create_primary_key": "primary_key",
        "create_check_constraint": "check",
        "create_foreign_key": "foreign_key",
        "create_index": "index",
    }
    kind = kinds.get(operation.name)
    if kind is None:
        return
    unique = keyword(operation.call, "unique")
    if kind == "index" and unique is not None and is_constant(unique.value, value=True):
        kind = "unique_index"
    node = operation.argument("local_cols" if kind == "foreign_key" else "columns")
    target = operation.argument("referent_table")
    columns = texts(node)
    if columns is not None or kind == "check":
        yield Constraint(kind, table, columns or (), operation, operation.call, node, target)


def _element(table: str, operation: Operation, call: ast.Call) -> Constraint | None:
    name = called(call)
    names = tuple(item for item in map(constant, call.args) if item is not None)
    if name in ("PrimaryKeyConstraint", "UniqueConstraint"):
        kind = "primary_key" if name == "PrimaryKeyConstraint" else "unique"
        return Constraint(kind, table, names, operation, call)
    if name == "CheckConstraint":
        return Constraint("check", table, (), operation, call)
    if name == "ForeignKeyConstraint" and len(call.args) > 1 and (columns := texts(call.args[0])):
        return Constraint("foreign_key", table, columns, operation, call, call.args[0], call.args[1])
    return None


def _batch_table(statement: ast.With) -> str | None:
    for item in statement.items:
        call = item.context_expr
        if isinstance(call, ast.Call) and called(call) == "batch_alter_table":
            given = keyword(call, "table_name")
            return constant(call.args[0]) if call.args else constant(given.value if given else None)
    return None


def _calls(statement: ast.stmt) -> Iterator[ast.Call]:
    """The operations in a statement; in most there is one, and it is the whole statement."""
    found = [
        node
        for node in ast.walk(statement)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in SIGNATURES
    ]
    yield from sorted(found, key=lambda node: (node.lineno, node.col_offset))

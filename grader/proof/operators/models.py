"""Reads the classes that declare tables: SQLAlchemy's, Flask-SQLAlchemy's and SQLModel's.

Must not know of revisions. A table made by `Table(...)` is not read; operators on models leave it as it is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.proof.operators.source import Source, called, constant, keyword

_COLUMNS = frozenset({"Column", "mapped_column", "Field"})


@dataclass(frozen=True, eq=False)
class ModelColumn:
    """An attribute that is a column."""

    name: str
    """In the database."""
    statement: ast.Assign | ast.AnnAssign
    call: ast.Call | None
    """`db.Column(...)`, `mapped_column(...)` or `Field(...)`."""

    @property
    def is_key(self) -> bool:
        """Whether it is a primary key."""
        return self.call is not None and keyword(self.call, "primary_key") is not None

    @property
    def is_field(self) -> bool:
        """Whether SQLModel makes it."""
        return self.call is not None and called(self.call) == "Field"

    @property
    def type(self) -> ast.expr | None:
        """The type where it is written, without an annotation."""
        if self.call is None:
            return None
        if self.is_field:
            given = keyword(self.call, "sa_type")
            return given.value if given else None
        for argument in self.call.args[:2]:
            if constant(argument) is None and called(argument) not in (
                *("ForeignKey", "Identity", "CheckConstraint", "Sequence", "Computed"),
            ):
                return argument
        return None

    @property
    def foreign_key(self) -> ast.Call | None:
        """`ForeignKey(...)` in the column."""
        arguments = self.call.args if self.call else []
        return next((a for a in arguments if isinstance(a, ast.Call) and called(a) == "ForeignKey"), None)


@dataclass(frozen=True, eq=False)
class Model:
    """A class that declares a table."""

    table: str
    source: Source
    node: ast.ClassDef
    columns: tuple[ModelColumn, ...]

    def column(self, name: str) -> ModelColumn | None:
        """A column by its name."""
        return next((item for item in self.columns if item.name == name), None)

    def arguments(self) -> ast.Tuple | None:
        """The tuple of `__table_args__`."""
        for statement in self.node.body:
            if isinstance(statement, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == "__table_args__" for target in statement.targets
            ):
                return statement.value if isinstance(statement.value, ast.Tuple) else None
        return None


def models_in(source: Source) -> Iterator[Model]:
    """The classes of a file that declare tables, in order."""
    for node in source.tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        columns = tuple(_columns(node))
        name = _table_name(node)
        if columns and (name or any(item.is_key for item in columns)):
            yield Model(name or _in_lower_case(node.name), source, node, columns)


def _columns(node: ast.ClassDef) -> Iterator[ModelColumn]:
    is_sqlmodel = keyword_of_class(node, "table") is not None
    for statement in node.body:
        if isinstance(statement, ast.Assign):
            target = statement.targets[0]
        elif isinstance(statement, ast.AnnAssign):
            target = statement.target
        else:
            continue
        if not isinstance(target, ast.Name):
            continue
        value = statement.value
        if isinstance(value, ast.Call) and called(value) in _COLUMNS:
            own = constant(value.args[0]) if value.args and called(value) != "Field" else None
            yield ModelColumn(own or target.id, statement, value)
        elif isinstance(statement, ast.AnnAssign) and value is None:
            written = ast.unparse(statement.annotation)
            if written.startswith(("Mapped[", "orm.Mapped[")) or is_sqlmodel:
                yield ModelColumn(target.id, statement, None)


def keyword_of_class(node: ast.ClassDef, name: str) -> ast.keyword | None:
    """A keyword of a class: `table=True`."""
    return next((item for item in node.keywords if item.arg == name), None)


def _table_name(node: ast.ClassDef) -> str | None:
    for statement in node.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        if any(isinstance(item, ast.Name) and item.id == "__tablename__" for item in targets):
            value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
            return constant(value)
    return None


def _in_lower_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()

"""Finds the lines on which a submission's files declare tables and columns. Runs nothing.

For hints and annotations only: the models themselves are what SQLAlchemy makes of them. Must not know of
revisions; `revision_mentions` reads those.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

from grader.observations.files import Layout, Mention, ModelFile
from grader.submission.python_source import SourceError, parse, read_beginning
from grader.text.names import printable

_WORTH_PARSING = re.compile(rb"Column\(|mapped_column\(|Mapped\[|Table\(")
_MOST_FILES = 100
_MOST_MENTIONS = 500
"""In one file."""


def model_files(root: Path, layout: Layout | None) -> tuple[ModelFile, ...]:
    """The files that declare tables, without those of the script folder.

    Args:
        root: the staged submission.
        layout: where its migrations are, if it has any.
    """
    scripts = root / layout.script_location if layout else None
    found: list[ModelFile] = []
    for folder, below, names in os.walk(root):
        below[:] = sorted(name for name in below if Path(folder) / name != scripts)
        for name in sorted(names):
            path = Path(folder) / name
            if path.suffix == ".py" and len(found) < _MOST_FILES:
                mentions = tuple(_mentions(read_beginning(path)))[:_MOST_MENTIONS]
                if mentions:
                    found.append(ModelFile(printable(path.relative_to(root).as_posix()), mentions))
    return tuple(found)


def _mentions(data: bytes) -> Iterator[Mention]:
    if not _WORTH_PARSING.search(data):
        return
    try:
        module = parse(data)
    except SourceError:
        return
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            yield from _of_class(node)
        elif isinstance(node, ast.Call) and _called(node) == "Table":
            yield from _of_table(node)


def _of_class(node: ast.ClassDef) -> Iterator[Mention]:
    """A declarative class. Without a `__tablename__` it has the name that Flask-SQLAlchemy would give it."""
    values = dict(_attributes(node))
    columns = {name: value for name, value in values.items() if _is_column(*value)}
    table = values.get("__tablename__", (None, None))[0]
    if not columns:
        return
    name = table.value if isinstance(table, ast.Constant) else _in_lower_case(node.name)
    yield Mention(str(name), (), node.lineno)
    for attribute, (value, annotation) in columns.items():
        own_name = _first_text(value) if isinstance(value, ast.Call) else None
        place = value or annotation
        yield Mention(str(name), (own_name or attribute,), place.lineno if place else node.lineno)


def _attributes(node: ast.ClassDef) -> Iterator[tuple[str, tuple[ast.expr | None, ast.expr | None]]]:
    """What a class assigns: the name, with the value and the annotation."""
    for statement in node.body:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield target.id, (statement.value, None)
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield statement.target.id, (statement.value, statement.annotation)


def _is_column(value: ast.expr | None, annotation: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return _called(value) in ("Column", "mapped_column")
    # `bio: Mapped[str]` alone is a column too.
    return (
        value is None
        and isinstance(annotation, ast.Subscript)
        and (getattr(annotation.value, "id", None) or getattr(annotation.value, "attr", None)) == "Mapped"
    )


def _of_table(node: ast.Call) -> Iterator[Mention]:
    """`Table("users", metadata, Column("id", ...), ...)`."""
    name = _first_text(node)
    if name is None:
        return
    yield Mention(name, (), node.lineno)
    for argument in node.args:
        if isinstance(argument, ast.Call) and _called(argument) == "Column":
            column = _first_text(argument)
            if column is not None:
                yield Mention(name, (column,), argument.lineno)


def _called(call: ast.Call) -> str | None:
    """The last part of the name of what is called: `Column` in `db.Column(...)`."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else None


def _first_text(call: ast.Call) -> str | None:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def _in_lower_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()

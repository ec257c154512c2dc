"""Reads the defaults of a submission's models from its files: what the app writes if nothing else is given.

Models are found as classes and as `Table(...)` calls, by their syntax alone. Nothing runs, so a default that
is computed is not known. Must not know what the defaults are used for.
"""

from __future__ import annotations

import ast
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from grader.submission.python_source import MAX_SOURCE_BYTES, SourceError, parse

Defaults = Mapping[str, Mapping[str, tuple[str, ...]]]
"""By table and column: the texts that the default may be written as, the likeliest first."""

MOST_FILES = 300
MOST_TABLES = 200
LONGEST = 200
"""The longest default in characters."""

_LARGEST = 2**63
_COLUMN_CALLS = frozenset({"Column", "mapped_column"})
_DEFAULT_ARGUMENTS = ("default", "insert_default", "server_default")
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass
class _Found:
    """What all files together hold."""

    constants: dict[str, object] = field(default_factory=dict)
    """Names of modules and `Class.NAME`, with the constant that each is."""
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    tables: list[ast.Call] = field(default_factory=list)


def model_defaults(root: Path) -> Defaults:
    """Find the constant defaults in all Python files below a folder."""
    found = _Found()
    with suppress(OSError, RecursionError):  # folders that were taken away meanwhile, or lie too deep
        for data in _sources(root):
            with suppress(SourceError, RecursionError):
                _collect(parse(data), found)
    tables: dict[str, dict[str, tuple[str, ...]]] = {}
    for item in found.classes.values():
        if (name := _table_name(item)) is not None:
            tables.setdefault(name, {}).update(_class_defaults(item, found, set()))
    for call in found.tables:
        name = _text(call.args[0]) if call.args else None
        if name is not None:
            columns = (_column_default(argument, None, found) for argument in call.args)
            tables.setdefault(name, {}).update(item for item in columns if item is not None)
    return dict(list(tables.items())[:MOST_TABLES])


def _sources(root: Path) -> Iterator[bytes]:
    """The Python files below a folder. It may be changed meanwhile, so no link is followed anywhere."""
    left = MOST_FILES
    for _, below, names, folder in os.fwalk(root):
        below.sort()
        for name in sorted(names):
            if name.endswith(".py") and left:
                left -= 1
                with suppress(OSError):
                    yield _read(name, folder)


def _read(name: str, folder: int) -> bytes:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(name, flags, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(MAX_SOURCE_BYTES) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""


def _collect(tree: ast.Module, found: _Found) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            found.classes.setdefault(node.name, node)
            found.constants.update(_constants(node.body, f"{node.name}."))
        elif isinstance(node, ast.Call) and _last_name(node.func) == "Table":
            found.tables.append(node)
    found.constants.update(_constants(tree.body, ""))


def _constants(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, object]]:
    for statement in body:
        name, value = _assigned(statement)
        if name is not None and isinstance(value, ast.Constant):
            yield prefix + name, value.value


def _assigned(statement: ast.stmt) -> tuple[str | None, ast.expr | None]:
    """The name and the value of `name = value` or `name: type = value`."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target, value = statement.target, statement.value
    else:
        return None, None
    return (target.id, value) if isinstance(target, ast.Name) else (None, None)


def _table_name(item: ast.ClassDef) -> str | None:
    """The table of a model. Without `__tablename__`, the name that Flask-SQLAlchemy gives it."""
    names = {name: value for name, value in map(_assigned, item.body) if name is not None}
    named = names.get("__tablename__")
    if named is not None:
        return _text(named)
    if "__abstract__" in names or not item.bases:
        return None
    return "_".join(_CAPITAL.split(item.name)).lower()


def _class_defaults(item: ast.ClassDef, found: _Found, seen: set[str]) -> dict[str, tuple[str, ...]]:
    """The defaults of a class's columns, those of its base classes included."""
    seen.add(item.name)
    defaults: dict[str, tuple[str, ...]] = {}
    for base in item.bases:
        parent = found.classes.get(_last_name(base) or "")
        if parent is not None and parent.name not in seen:
            defaults |= _class_defaults(parent, found, seen)
    for name, value in map(_assigned, item.body):
        if name is not None and value is not None:
            column = _column_default(value, name, found)
            if column is not None:
                defaults[column[0]] = column[1]
    return defaults


def _column_default(
    node: ast.expr, attribute: str | None, found: _Found
) -> tuple[str, tuple[str, ...]] | None:
    """The name and the default of a column, if this is one that has a constant default."""
    if not isinstance(node, ast.Call) or _last_name(node.func) not in _COLUMN_CALLS:
        return None
    name = (_text(node.args[0]) if node.args else None) or attribute
    given = {item.arg: item.value for item in node.keywords if item.arg is not None}
    value = next((given[key] for key in _DEFAULT_ARGUMENTS if key in given), None)
    texts = _written(value, found) if value is not None else ()
    return (name, texts) if name is not None and texts else None


def _written(node: ast.expr, found: _Found) -> tuple[str, ...]:
    """The texts that a default may be stored as."""
    if isinstance(node, ast.Lambda):
        node = node.body
    if isinstance(node, ast.Attribute):
        # SQLAlchemy stores the name of an enum's member, unless the column or the model asks for its value.
        node, only_value = (node.value, True) if node.attr == "value" else (node, False)
        owner, member = (_last_name(node.value), node.attr) if isinstance(node, ast.Attribute) else (None, "")
        value = _as_text(found.constants.get(f"{owner}.{member}"))
        known = owner in found.classes
        return tuple(
            item for item in (None if only_value or not known else member, value) if item is not None
        )
    constant = found.constants.get(node.id) if isinstance(node, ast.Name) else getattr(node, "value", None)
    text = _as_text(constant)
    return () if text is None else (text,)


def _as_text(value: object) -> str | None:
    """A constant as text; None if no database could hold it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float) or (isinstance(value, int) and abs(value) > _LARGEST):
        return None
    text = str(value)
    is_unicode = text.isascii() or text == text.encode(errors="ignore").decode()
    return text if len(text) <= LONGEST and is_unicode and "\0" not in text else None


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _last_name(node: ast.expr) -> str | None:
    """`Column` of `db.Column`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None

"""Reads from the source of a revision how it uses its connection: beyond its transaction, or for reading.

`autocommit_block()`, an engine of its own, answers of the database. Nothing is run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_DEMANDING = re.compile(
    r"""
    CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\b | DROP\s+INDEX\s+CONCURRENTLY\b
    | REINDEX\b.*\b(?:CONCURRENTLY|DATABASE|SYSTEM|SCHEMA)\b
    | ALTER\s+TYPE\b.*\bADD\s+VALUE\b
    | ALTER\s+TABLE\b.*\bDETACH\s+PARTITION\b.*\bCONCURRENTLY\b
    | (?:VACUUM|CALL)\b | CLUSTER\s*$ | ALTER\s+SYSTEM\b
    | (?:CREATE|DROP)\s+(?:DATABASE|TABLESPACE)\b | (?:CREATE|DROP|ALTER)\s+SUBSCRIPTION\b
    | (?:SET|RESET|SHOW)\b
    """,
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
"""What PostgreSQL runs outside of a transaction only, new labels of an enum, and settings of the session.

Source: PostgreSQL's reference, "cannot be executed inside a transaction block". A new label may be added in a
transaction, but not be used before that is committed.
"""
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_RUNS_SQL = frozenset({"execute", "exec_driver_sql"})
_MAKES = frozenset({"create", "drop", "create_all", "drop_all"})
_CONNECTS = frozenset(
    {"create_engine", "create_async_engine", "engine_from_config", "async_engine_from_config"}
)
_DRIVERS = frozenset({"psycopg", "psycopg2", "asyncpg", "pg8000"})
_OPENS = frozenset({"connect", "begin", "raw_connection"})
_READS = frozenset(
    {
        *(
            "all",
            "fetchall",
            "fetchmany",
            "fetchone",
            "first",
            "mappings",
            "one",
            "one_or_none",
            "partitions",
        ),
        *("scalar", "scalar_one", "scalar_one_or_none", "scalars", "tuples", "yield_per", "query"),
        *("inspect", "reflect", "from_engine", "read_sql", "read_sql_query", "read_sql_table"),
    }
)
_CONNECTION = frozenset({"get_bind", "bind"})

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class SessionFacts:
    """How a function and its helpers use connections. Each is the first such line of the file."""

    autocommit_at: int | None
    """An `autocommit_block()`."""
    needless_autocommit_at: int | None
    """In an `autocommit_block()`, what PostgreSQL runs in a transaction too."""
    connects_at: int | None
    """A connection of the function's own is opened."""
    reads_at: int | None
    """An answer of the database is used, or Alembic's connection is handed to other code, which may do so."""


def session_facts(
    functions: Iterable[_Function], helpers: Mapping[str, _Function], texts: Mapping[str, str]
) -> SessionFacts:
    """Facts about these functions of a file.

    Args:
        functions: `upgrade()` and what it calls.
        helpers: the functions of the file, by name.
        texts: the texts that names of the file stand for.
    """
    nodes = [node for function in functions for node in ast.walk(function)]
    blocks = [node for node in nodes if isinstance(node, ast.With | ast.AsyncWith) and _is_autocommit(node)]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    needless = [line for block in blocks for line in _needless(block, helpers, texts, set())]
    return SessionFacts(
        min((call.lineno for call in calls if _called(call) == "autocommit_block"), default=None),
        min(needless, default=None),
        min((call.lineno for call in calls if _connects(call)), default=None),
        min(_reading(nodes), default=None),
    )


def texts_of(module: ast.Module) -> dict[str, str]:
    """The texts that names stand for, anywhere in a module, where each stands for one only."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Assign) and (text := _text(node.value, {})) is not None:
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(text)
    return {name: texts[0] for name, texts in found.items() if len(texts) == 1}


def _called(node: ast.AST) -> str:
    """The last name of what a call calls; nothing for other nodes."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _owner(node: ast.AST) -> str:
    """The last name of that on which a method is called."""
    owner = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
    if isinstance(owner, ast.Attribute):
        return owner.attr
    return owner.id if isinstance(owner, ast.Name) else ""


def _is_autocommit(block: ast.With | ast.AsyncWith) -> bool:
    return any(_called(item.context_expr) == "autocommit_block" for item in block.items)


def _needless(
    block: ast.AST, helpers: Mapping[str, _Function], texts: Mapping[str, str], entered: set[str]
) -> Iterator[int]:
    """The lines in a block that PostgreSQL runs in a transaction too. What cannot be read counts as none."""
    for node in ast.walk(block):
        if not isinstance(node, ast.Call):
            continue
        name = _called(node)
        if isinstance(node.func, ast.Name) and name in helpers:
            if name not in entered:
                entered.add(name)
                yield from _needless(helpers[name], helpers, texts, entered)
        elif name in _RUNS_SQL:
            text = _text(node.args[0], texts) if node.args else None
            if text is not None and not _is_demanding(text):
                yield node.lineno
        elif name in ("create_index", "drop_index"):
            if not any(item.arg in (None, "postgresql_concurrently") for item in node.keywords):
                yield node.lineno
        elif name in _MAKES or (
            _owner(node) in ("op", "batch_op") and name not in ("get_context", "get_bind", "f")
        ):
            yield node.lineno


def _is_demanding(sql: str) -> bool:
    statements = (part.strip() for part in _COMMENT.sub(" ", sql).split(";"))
    return all(_DEMANDING.match(statement) for statement in statements if statement)


def _text(node: ast.expr, texts: Mapping[str, str]) -> str | None:
    """The text of an expression, `?` for what is put in when it runs; None if it has no text."""
    text: str | None = None
    if isinstance(node, ast.Constant):
        text = node.value if isinstance(node.value, str) else None
    elif isinstance(node, ast.Name):
        text = texts.get(node.id)
    elif isinstance(node, ast.JoinedStr):
        text = "".join(_text(part, texts) or "?" for part in node.values)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        text = _text(node.left, texts)
    elif isinstance(node, ast.BinOp):
        parts = (_text(node.left, texts), _text(node.right, texts))
        text = "".join(part or "?" for part in parts) if any(parts) else None
    elif _called(node) in ("text", "DDL") and isinstance(node, ast.Call) and node.args:
        text = _text(node.args[0], texts)
    elif _called(node) in ("format", "strip") and isinstance(node, ast.Call):
        text = _text(node.func.value, texts) if isinstance(node.func, ast.Attribute) else None
    return text


def _connects(call: ast.Call) -> bool:
    name, owner = _called(call), _owner(call)
    return name in _CONNECTS or (name in _OPENS and (owner in _DRIVERS or "engine" in owner.lower()))


def _reading(nodes: list[ast.AST]) -> Iterator[int]:
    statements = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    bound = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and _called(node.value) == "get_bind"
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in nodes:
        name = _called(node)
        if not isinstance(node, ast.Call):
            continue
        used = name in _RUNS_SQL and id(node) not in statements and _owner(node) != "op"
        given = [*node.args, *(item.value for item in node.keywords)]
        handed = name not in _MAKES and any(
            _called(item) in _CONNECTION or (isinstance(item, ast.Name) and item.id in bound)
            for item in given
        )
        if name in _READS or used or handed:
            yield node.lineno

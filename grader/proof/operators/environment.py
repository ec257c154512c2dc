"""Reads `env.py`, the settings file and the app: what is configured, where the engine and the URL come from.

Must not know what is changed in them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.proof.operators.project import Project
from grader.proof.operators.source import Function, Source, called, calls, keyword

_SCRIPT_LOCATION = re.compile(rb"^(script_location[ \t]*=[ \t]*)(\S.*)$", re.MULTILINE)
_SECTION = re.compile(rb"^\[alembic\][ \t]*\r?\n", re.MULTILINE)


@dataclass(frozen=True, eq=False)
class Connecting:
    """The function of `env.py` that connects: `with engine.connect() as connection: ...`."""

    function: Function
    engine: ast.Call
    """`create_engine(...)`, or one like it."""
    assigned: ast.Assign
    """The statement that makes the engine, in the same function."""
    block: ast.With
    """The `with` over the connection."""
    name: str
    """The engine's name."""


def configure_calls(project: Project) -> Iterator[ast.Call]:
    """The calls of `context.configure`."""
    for call in calls(project.env.tree, "configure"):
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value).endswith("context"):
            yield call


def metadata_given(project: Project) -> list[ast.expr]:
    """What is given as `target_metadata`, in each call of `context.configure`."""
    found = (keyword(call, "target_metadata") for call in configure_calls(project))
    return [item.value for item in found if item is not None]


def connecting(project: Project) -> Connecting | None:
    """Where `env.py` makes an engine and connects, in one plain function."""
    for function in project.env.tree.body:
        if not isinstance(function, ast.FunctionDef):
            continue
        for statement in function.body:
            if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
                continue
            made = statement.value
            if not isinstance(made, ast.Call) or called(made) not in ("create_engine", "engine_from_config"):
                continue
            name = statement.targets[0].id
            for block in function.body:
                if isinstance(block, ast.With) and _connects(block) == name:
                    return Connecting(function, made, statement, block, name)
    return None


def offline_choice(project: Project) -> ast.If | None:
    """`if context.is_offline_mode(): ... else: ...` at the end of `env.py`."""
    for statement in project.env.tree.body:
        if isinstance(statement, ast.If) and called(statement.test) == "is_offline_mode" and statement.orelse:
            return statement
    return None


def transactions(project: Project) -> Iterator[ast.With]:
    """The blocks `with context.begin_transaction():` outside of offline mode."""
    for function in project.env.tree.body:
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and "offline" not in function.name:
            for node in ast.walk(function):
                if isinstance(node, ast.With) and called(node.items[0].context_expr) == "begin_transaction":
                    yield node


def sources_with(project: Project, word: str) -> Iterator[tuple[Source, list[ast.Constant]]]:
    """The files that read a variable of this name from the environment, `env.py` first."""
    others = [source for source in project.python_files() if source is not project.env]
    for source in (project.env, *others):
        nodes = [
            node for node in ast.walk(source.tree) if isinstance(node, ast.Constant) and node.value == word
        ]
        if nodes:
            yield source, nodes


def with_script_location(project: Project, location: str) -> bytes | None:
    """The settings file with another script folder; None where the file names none."""
    if project.ini is None:
        return None
    data = project.files[project.ini]
    changed = _SCRIPT_LOCATION.sub(lambda found: found[1] + location.encode(), data, count=1)
    return changed if changed != data else None


def with_setting(project: Project, line: str) -> bytes | None:
    """The settings file with one more line in its section [alembic]; None where that cannot be found."""
    if project.ini is None:
        return None
    data = project.files[project.ini]
    found = _SECTION.search(data)
    return data[: found.end()] + line.encode() + b"\n" + data[found.end() :] if found else None


def flask_apps(source: Source) -> Iterator[tuple[str, ast.stmt, str]]:
    """The Flask apps of a file: name, the last statement that is about it, and the name of its SQLAlchemy."""
    scopes: list[list[ast.stmt]] = [source.tree.body]
    scopes += [node.body for node in source.tree.body if isinstance(node, ast.FunctionDef)]
    for body in scopes:
        for statement in body:
            made = statement.value if isinstance(statement, ast.Assign) else None
            target = statement.targets[0] if isinstance(statement, ast.Assign) else None
            if called(made or ast.Pass()) == "Flask" and isinstance(target, ast.Name):
                for bound in _bound_to(body, target.id):
                    yield (target.id, *bound)


def _bound_to(body: list[ast.stmt], app: str) -> Iterator[tuple[ast.stmt, str]]:
    """Where SQLAlchemy is tied to an app: `db = SQLAlchemy(app, ...)` or `db.init_app(app)`."""
    for statement in body:
        value = statement.value if isinstance(statement, ast.Assign | ast.Expr) else None
        if not isinstance(value, ast.Call) or not value.args or ast.unparse(value.args[0]) != app:
            continue
        if called(value) == "SQLAlchemy" and isinstance(statement, ast.Assign):
            yield statement, ast.unparse(statement.targets[0])
        elif called(value) == "init_app" and len(value.args) == 1 and isinstance(value.func, ast.Attribute):
            yield statement, ast.unparse(value.func.value)


def _connects(block: ast.With) -> str | None:
    call = block.items[0].context_expr
    if (
        isinstance(call, ast.Call)
        and called(call) in ("connect", "begin")
        and isinstance(call.func, ast.Attribute)
    ):
        return ast.unparse(call.func.value)
    return None

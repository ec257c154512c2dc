"""Finds problems in the files of a submission: passwords in code, files that hide a Python module.

Reads staged files as text and syntax trees, and runs none. Never repeats a password. Must not know of the
rubric.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

from grader.observations.model import Finding, FindingKind, Layout
from grader.submission.credentials import holds_url_password, is_placeholder
from grader.submission.python_source import SourceError, parse, read_beginning
from grader.text.names import decode_text, printable

_SETTINGS_FILES = frozenset({"alembic.ini", "pyproject.toml", "setup.cfg"})
_WORTH_PARSING = re.compile(rb"://|password", re.IGNORECASE)
_SERVER_ARGUMENTS = frozenset({"host", "dbname", "database", "drivername"})
_START_UP_FILES = frozenset({"sitecustomize.py", "usercustomize.py"})
_MOST_FINDINGS = 20

IMPORTED_NAMES = frozenset(
    {
        *("alembic", "sqlalchemy", "flask", "flask_sqlalchemy", "flask_migrate", "dotenv", "psycopg"),
        *("mako", "markupsafe", "jinja2", "werkzeug", "click", "itsdangerous", "blinker", "greenlet"),
        *("typing_extensions", "asyncpg", "psycopg2", "psycopg_binary"),
        *("ast", "base64", "calendar", "collections", "configparser", "contextlib", "copy", "csv"),
        *("dataclasses", "datetime", "decimal", "email", "enum", "functools", "hashlib", "http", "importlib"),
        *("inspect", "json", "logging", "numbers", "operator", "pathlib", "pickle", "platform"),
        *("queue", "random", "re", "secrets", "select", "signal", "socket", "ssl", "statistics", "string"),
        *("struct", "subprocess", "tempfile", "textwrap", "threading", "token", "tokenize"),
        *("traceback", "types", "typing", "urllib", "uuid", "warnings", "weakref", "zoneinfo"),
    }
)
"""Modules that a run of Alembic imports: from the standard library and from the packages of the exercise."""


def file_findings(root: Path, layout: Layout | None, direct_url: str = "DIRECT_URL") -> tuple[Finding, ...]:
    """Search the files of a staged submission.

    Args:
        root: the staged submission.
        layout: where its migrations are, if it has any. A file beside the app can hide a package.
        direct_url: the variable with the URL of the direct connection.

    Returns:
        Findings `hard_coded_url`, `shadowing_file` and `suspicious_file`, a limited number of each.
    """
    passwords: list[Finding] = []
    suspicious: list[Finding] = []
    for folder, below, names in os.walk(root):
        below.sort()
        for name in sorted(names):
            path = Path(folder) / name
            relative = path.relative_to(root).as_posix()
            if name in _START_UP_FILES or name.endswith(".pth"):
                suspicious.append(_start_up_finding(relative))
            if len(passwords) < _MOST_FINDINGS:
                passwords += _hard_coded(path, relative, direct_url)
    top = root / layout.root if layout else root
    shadows = list(_shadowing(root, top, layout))
    return (*passwords[:_MOST_FINDINGS], *shadows[:_MOST_FINDINGS], *suspicious[:_MOST_FINDINGS])


def _hard_coded(path: Path, relative: str, direct_url: str) -> Iterator[Finding]:
    if path.name in _SETTINGS_FILES:
        lines = _lines_of_settings(read_beginning(path))
    elif path.suffix == ".py":
        lines = _lines_of_code(read_beginning(path))
    else:
        return
    for line in sorted(set(lines)):
        message = (
            f"{printable(relative)}, line {line}: the file holds a database password. Take it out, read the "
            f"URL from the environment ({direct_url}), and change the password: everyone with a copy of the "
            "repository has it."
        )
        yield Finding(FindingKind.HARD_CODED_URL, message, relative, line)


def _lines_of_settings(data: bytes) -> Iterator[int]:
    """The numbers of lines, except comments, that hold a database URL with a password."""
    for number, line in enumerate(decode_text(data).splitlines(), start=1):
        if not line.lstrip().startswith(("#", ";")) and holds_url_password(line, databases_only=True):
            yield number


def _lines_of_code(data: bytes) -> Iterator[int]:
    """The numbers of lines that hold a database URL with a password, or a call with a password argument."""
    if not _WORTH_PARSING.search(data):
        return
    try:
        nodes = list(ast.walk(parse(data)))
    except SourceError:
        return
    # A string that is a whole statement is a docstring, or code that was disabled.
    idle = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in idle:
            if holds_url_password(node.value, databases_only=True):
                yield node.lineno
        elif isinstance(node, ast.Call) and _connects(node):
            for keyword in node.keywords:
                value = keyword.value
                literal = isinstance(value, ast.Constant) and isinstance(value.value, str)
                if keyword.arg == "password" and literal and not is_placeholder(ast.literal_eval(value)):
                    yield value.lineno


def _connects(call: ast.Call) -> bool:
    """Whether a call is `URL.create(...)`, or a `connect(...)` with a server among its arguments."""
    called = call.func
    if isinstance(called, ast.Attribute) and called.attr == "create":
        return isinstance(called.value, ast.Name) and called.value.id == "URL"
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name == "connect" and any(keyword.arg in _SERVER_ARGUMENTS for keyword in call.keywords)


def _shadowing(root: Path, top: Path, layout: Layout | None) -> Iterator[Finding]:
    """Modules and packages beside the app with the name of a module that a run imports."""
    scripts = root / layout.script_location if layout else None
    for path in sorted(top.iterdir()):
        package = path.is_dir() and (path / "__init__.py").is_file()
        module = path.is_file() and path.suffix == ".py"
        # Most script folders are called `alembic`. The real package is imported before it.
        if not (package or module) or path.stem not in IMPORTED_NAMES or path == scripts:
            continue
        if package and (path / "env.py").is_file():
            continue
        relative = path.relative_to(root).as_posix()
        message = (
            f"{relative} has the name of a module that the migrations need: `import {path.stem}` may find "
            "this one instead of the real one. Give it another name."
        )
        yield Finding(FindingKind.SHADOWING_FILE, message, relative)


def _start_up_finding(relative: str) -> Finding:
    message = (
        f"{printable(relative)}: Python runs files of this name by itself when it starts. The exercise "
        "needs no such file; delete it."
    )
    return Finding(FindingKind.SUSPICIOUS_FILE, message, relative)

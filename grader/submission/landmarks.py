"""Finds lines at which mistakes are often mended: database URLs, settings, `create_all()`.

Reads the configuration file and the Python files that a run of the migrations may load, and runs none. For
hints only: no verdict rests on it. Never repeats a password.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from grader.observations.files import Landmark, LandmarkKind, Layout
from grader.submission.python_source import SourceError, parse, read_beginning
from grader.text.names import decode_text, printable

_MOST = 40
"""Landmarks that are kept."""
_MOST_FILES = 200
_URL = re.compile(
    r"(?P<scheme>(?:postgres|mysql|mariadb|sqlite|mssql|oracle|driver)[a-z0-9+]{0,30})://"
    r"(?:[^\s/@'\"]{0,300}@)?(?P<host>[^\s:/?#'\"]{0,200})",
    re.IGNORECASE,
)
_MAKES_APP = re.compile(rb"Flask\(|SQLAlchemy\(")
_COMPARING = frozenset({"replace", "startswith", "removeprefix", "split", "partition"})
_URI_SETTING = "SQLALCHEMY_DATABASE_URI"
_SIGNS = re.compile(
    rb"://|environ|getenv|create_all|SQLALCHEMY_DATABASE_URI|AUTOCOMMIT|autocommit|transactional_ddl"
)
"""A line with a landmark has one of these."""
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<base>[.\w]+)[ \t]+import[ \t]+(?P<names>[^#\n]*)"
    r"|import[ \t]+(?P<modules>[\w., \t]+))",
    re.MULTILINE,
)


def find_landmarks(root: Path, layout: Layout | None) -> tuple[Landmark, ...]:
    """The landmarks of a staged submission, those of the configuration file first.

    Args:
        root: the staged submission.
        layout: where its migrations are. Without one nothing is run, and there are no landmarks.
    """
    if layout is None:
        return ()
    found = list(_of_settings(root, layout.config))
    for path, data in _loaded(root, layout):
        lines = [number for number, line in enumerate(data.splitlines(), start=1) if _SIGNS.search(line)]
        if lines:
            found += _of_code(path, data, lines)
    return tuple(found[:_MOST])


def loaded_files(root: Path, layout: Layout) -> Mapping[str, str]:
    """The files that `env.py` or the app loads, by all ends of their dotted names: `src.app`, `app`."""
    modules = project_files(root, layout)
    apps = [path for path in modules.values() if _MAKES_APP.search(read_beginning(root / path))]
    found = {path for path, _ in _followed(root, layout, modules, apps)}
    return {name: path for name, path in modules.items() if path in found}


def _of_settings(root: Path, config: str) -> Iterator[Landmark]:
    """The lines of the configuration file with a database URL."""
    path = root / config
    if not path.is_file():
        return
    for number, line in enumerate(decode_text(read_beginning(path)).splitlines(), start=1):
        url = None if line.lstrip().startswith(("#", ";")) else _URL.search(line)
        if url is not None:
            yield Landmark(LandmarkKind.DATABASE_URL, config, number, _named(url))


def _loaded(root: Path, layout: Layout) -> Iterator[tuple[str, bytes]]:
    """The files that a run may load, as far as imports by name tell: `env.py`, then what is imported.

    Flask-Migrate's `env.py` imports no app: `flask db` loads it. There every file counts that lies outside of
    the script folder.
    """
    modules = project_files(root, layout)
    return _followed(root, layout, modules, modules.values() if layout.flavour == "flask" else ())


def _followed(
    root: Path, layout: Layout, modules: Mapping[str, str], first: Iterable[str]
) -> Iterator[tuple[str, bytes]]:
    """`env.py` and these files, and all that they import."""
    waiting = [posixpath.join(layout.script_location, "env.py"), *first]
    seen: set[str] = set()
    while waiting and len(seen) < _MOST_FILES:
        path = waiting.pop(0)
        if path in seen or not (root / path).is_file():
            continue
        seen.add(path)
        data = read_beginning(root / path)
        yield path, data
        waiting += [modules[name] for name in imported_names(decode_text(data), path) if name in modules]


def project_files(root: Path, layout: Layout) -> Mapping[str, str]:
    """The Python files outside of the script folder, by all ends of their dotted names: `src.app`, `app`."""
    found: dict[str, str] = {}
    for path in sorted(root.rglob("*.py"))[: 10 * _MOST_FILES]:
        relative = path.relative_to(root).as_posix()
        if relative.startswith(f"{layout.script_location}/"):
            continue
        parts = relative.removesuffix(".py").removesuffix("/__init__").split("/")
        for start in range(len(parts)):
            found.setdefault(".".join(parts[start:]), relative)
    return found


def imported_names(source: str, path: str) -> Iterator[str]:
    """The dotted names of the modules that a file imports, and of what it imports from them."""
    for found in _IMPORT.finditer(source):
        if found["modules"]:
            yield from (name.split()[0] for name in found["modules"].split(",") if name.strip())
            continue
        name = found["base"].lstrip(".")
        dots = len(found["base"]) - len(name)
        parts = [*(path.split("/")[:-dots] if dots else ()), *((name,) if name else ())]
        base = ".".join(parts)
        yield base
        for item in re.findall(r"\w+", found["names"]):
            yield f"{base}.{item}" if base else item


def _of_code(path: str, data: bytes, lines: Sequence[int]) -> Iterator[Landmark]:
    """The landmarks of a Python file: those that are run on import first, then those inside of functions.

    Args:
        path: the file.
        data: its bytes.
        lines: the lines that may hold a landmark.
    """
    try:
        module = parse(data)
    except SourceError:
        return
    later: list[Landmark] = []
    for statement, in_function in _statements(module.body, lines):
        marks = (Landmark(kind, path, line, name) for kind, line, name in _of_statement(statement))
        if in_function:
            later += marks
        else:
            yield from marks
    yield from later


def _statements(
    body: Iterable[ast.stmt], lines: Sequence[int], *, in_function: bool = False
) -> Iterator[tuple[ast.stmt, bool]]:
    """The statements on these lines, in order, each with whether it is in a function."""
    for statement in body:
        end = statement.end_lineno or statement.lineno
        if _is_main_guard(statement) or not any(statement.lineno <= line <= end for line in lines):
            continue
        yield statement, in_function
        inside = in_function or isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
        yield from _statements(_inner(statement), lines, in_function=inside)


def _inner(statement: ast.AST) -> Iterator[ast.stmt]:
    """The statements inside of a statement, without those that are inside of them."""
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from _inner(child)


def _is_main_guard(statement: ast.stmt) -> bool:
    """Whether a statement is `if __name__ == "__main__":`, which a run never enters."""
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test)
    )


def _of_statement(statement: ast.stmt) -> Iterator[tuple[LandmarkKind, int, str]]:
    """What a statement itself says, without the statements inside of it. A docstring says nothing."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if statement.value is not None and any(_names_setting(target) for target in targets):
            yield LandmarkKind.DATABASE_URI, statement.lineno, _variable_in(statement.value)
    for node in _own_expressions(statement):
        yield from _of_expression(node)


def _own_expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = [
        child for child in ast.iter_child_nodes(statement) if not isinstance(child, ast.stmt)
    ]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.ExceptHandler | ast.match_case):
            continue
        yield node
        if not isinstance(node, ast.JoinedStr):
            waiting += [child for child in ast.iter_child_nodes(node) if not _is_compared(node, child)]


def _is_compared(node: ast.AST, child: ast.AST) -> bool:
    """Whether a text is only looked for or exchanged: `url.replace("postgres://", ...)` holds no URL."""
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr in _COMPARING and isinstance(child, ast.Constant)


def _of_expression(node: ast.AST) -> Iterator[tuple[LandmarkKind, int, str]]:
    if isinstance(node, ast.Constant | ast.JoinedStr):
        url = _URL.match(_text(node))
        if url is not None:
            yield LandmarkKind.DATABASE_URL, node.lineno, _named(url)
        elif _text(node) == "AUTOCOMMIT":
            yield LandmarkKind.AUTOCOMMIT, node.lineno, ""
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None and _text(key) == _URI_SETTING:
                yield LandmarkKind.DATABASE_URI, key.lineno, _variable_in(value)
    elif isinstance(node, ast.Subscript | ast.Call):
        variable = _variable(node)
        if variable is not None:
            yield LandmarkKind.VARIABLE, node.lineno, variable
        if isinstance(node, ast.Call):
            yield from _of_call(node)


def _of_call(call: ast.Call) -> Iterator[tuple[LandmarkKind, int, str]]:
    for keyword in call.keywords:
        if keyword.arg == _URI_SETTING:
            yield LandmarkKind.DATABASE_URI, keyword.value.lineno, _variable_in(keyword.value)
        elif keyword.arg in ("autocommit", "transactional_ddl") and isinstance(keyword.value, ast.Constant):
            yield LandmarkKind.AUTOCOMMIT, keyword.value.lineno, ""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "create_all":
        yield LandmarkKind.CREATE_ALL, call.func.end_lineno or call.lineno, ""


def _names_setting(target: ast.expr) -> bool:
    if isinstance(target, ast.Subscript):
        return _text(target.slice) == _URI_SETTING
    return (isinstance(target, ast.Name) and target.id == _URI_SETTING) or (
        isinstance(target, ast.Attribute) and target.attr == _URI_SETTING
    )


def _text(node: ast.AST) -> str:
    """A string literal. The values that an f-string puts in become `{}`; other expressions are no text."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return ""


def _named(url: re.Match[str]) -> str:
    host = url["host"] if "{" not in url["host"] and "%" not in url["host"] else ""
    return printable(f"{url['scheme']}://{host}", limit=120)


def _variable_in(value: ast.expr) -> str:
    """The name of the first environment variable that an expression reads, or nothing."""
    names = (_variable(node) for node in ast.walk(value))
    return next((name for name in names if name is not None), "")


def _variable(node: ast.AST) -> str | None:
    """The environment variable that an expression reads without a value in case it is not set."""
    name: ast.expr | None = None
    if isinstance(node, ast.Subscript) and _ends_in(node.value, "environ"):
        name = node.slice
    elif isinstance(node, ast.Call) and len(node.args) == 1:
        called = node.func
        if _ends_in(called, "getenv") or (
            isinstance(called, ast.Attribute) and called.attr == "get" and _ends_in(called.value, "environ")
        ):
            name = node.args[0]
    return printable(_text(name), limit=80) if name is not None and _text(name) else None


def _ends_in(node: ast.expr, word: str) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == word) or (
        isinstance(node, ast.Name) and node.id == word
    )

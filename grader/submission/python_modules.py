"""The Python modules of a submission: where each lies, what it imports, and which Flask app it has.

Parses files when they are first asked for, and runs none. Must not know of migrations.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.submission.python_source import SourceError, parse, read_beginning

FACTORY_NAMES = ("create_app", "make_app")
"""The factories that `flask` calls without being told their names."""
_DEEPEST = 20
"""How many imports are followed from one to the next."""


@dataclass(frozen=True)
class Import:
    """`from module import name`, or `import module` (then there is no name)."""

    module: str
    level: int = 0
    """How many dots stand before the module."""
    name: str | None = None


@dataclass(frozen=True)
class Function:
    """A function at the top level of a module."""

    needs_arguments: bool
    returns_app: bool
    """Whether it constructs a Flask app and returns something."""


Bound = ast.expr | Function | Import


@dataclass(frozen=True)
class Module:
    """What the text of a module says."""

    path: Path
    imports: tuple[Import, ...] = ()
    """All of them, also those inside functions."""
    names: Mapping[str, Bound] = field(default_factory=dict)
    """What each name at the top level is when the module is imported."""
    calls: tuple[ast.Call, ...] = ()
    """Calls wherever in the module."""

    def called(self, name: str) -> tuple[ast.Call, ...]:
        """The calls of something whose name ends with this."""
        return tuple(call for call in self.calls if _last_part(call.func) == name)

    @property
    def makes_app(self) -> bool:
        """Whether a Flask app is constructed somewhere in it."""
        return any(_is_flask(_last_part(call.func)) for call in self.calls)


class Modules:
    """The modules of one submission."""

    def __init__(self, root: Path, import_folders: Sequence[Path] = ()) -> None:
        """`import_folders` are on `sys.path` wherever a command runs."""
        self.root = root
        self.import_folders = tuple(import_folders)
        self._read: dict[Path, Module] = {}

    def module(self, path: Path) -> Module:
        """What a file says; nothing if it cannot be parsed."""
        if path not in self._read:
            self._read[path] = _read(path)
        return self._read[path]

    def find(self, name: str, *folders: Path) -> Path | None:
        """The file of a module by its dotted name, in one of these folders or of `import_folders`."""
        for folder in (*folders, *self.import_folders):
            place = folder.joinpath(*name.split("."))
            for path in (place / "__init__.py", place.parent / f"{place.name}.py"):
                if path.is_file() and path.is_relative_to(self.root):
                    return path
        return None

    def imported(self, path: Path, item: Import) -> Path | None:
        """The submission's file that an import in a file leads to."""
        if item.level:
            above = tuple(path.parents)
            folders = above[item.level - 1 : item.level]
        else:
            folders = tuple(self.places(path))
        module = [item.module] if item.module else []
        names = ([".".join([*module, item.name])] if item.name else []) + module
        found = (self.find(name, *folders) for name in names)
        if item.level and not item.module:
            return next((path for path in found if path), self._initial(folders))
        return next((path for path in found if path), None)

    def places(self, path: Path) -> Iterator[Path]:
        """The folders from which a file can be imported: that of its topmost package, then those above."""
        place = path.parent
        while (place / "__init__.py").is_file() and place != self.root:
            place = place.parent
        while place.is_relative_to(self.root):
            yield place
            place = place.parent

    def reached(self, path: Path) -> tuple[Module, ...]:
        """A module with all that it imports, and that these import."""
        found: dict[Path, Module] = {}
        waiting = [path]
        while waiting:
            current = waiting.pop()
            if current in found:
                continue
            found[current] = self.module(current)
            waiting += (p for item in found[current].imports if (p := self.imported(current, item)))
        return tuple(found.values())

    def application(self, path: Path) -> str | None:
        """How `FLASK_APP` has to name the app of a module, after the module's own name.

        Returns:
            Nothing ("") if `flask` finds the app by itself; `:name` if it has to be named; None if there is
            none that could be had without arguments.
        """
        names = self.module(path).names
        kinds = {name: kind for name in names if (kind := self._kind(path, name)) is not None}
        apps = [name for name, kind in kinds.items() if kind == "app"]
        if {"app", "application"} & set(apps) or len(apps) == 1:
            return ""
        factories = [name for name, kind in kinds.items() if kind == "factory"]
        if not apps and set(FACTORY_NAMES) & set(factories):
            return ""
        return f":{(apps or factories)[0]}" if apps or factories else None

    def _initial(self, folders: Sequence[Path]) -> Path | None:
        return next((path for folder in folders if (path := folder / "__init__.py").is_file()), None)

    def _kind(self, path: Path, name: str, depth: int = 0) -> str | None:
        """`app`, `factory`, `function` (a factory that needs arguments), or None for anything else."""
        bound = self.module(path).names.get(name)
        if depth > _DEEPEST or bound is None:
            return None
        if isinstance(bound, Import):
            target = self.imported(path, bound)
            return self._kind(target, bound.name or "", depth + 1) if target not in (None, path) else None
        if isinstance(bound, Function):
            gives = name in FACTORY_NAMES or bound.returns_app
            return ("function" if bound.needs_arguments else "factory") if gives else None
        if isinstance(bound, ast.Name):
            return self._kind(path, bound.id, depth + 1)
        called = _last_part(bound.func) if isinstance(bound, ast.Call) else ""
        return "app" if self._gives_app(path, called, depth) else None

    def _gives_app(self, path: Path, called: str, depth: int) -> bool:
        """Whether a call of this name gives a Flask app."""
        if _is_flask(called) or called in FACTORY_NAMES:
            return True
        return self._kind(path, called, depth + 1) in {"factory", "function"}


def _read(path: Path) -> Module:
    try:
        tree = parse(read_beginning(path))
    except (SourceError, OSError):
        return Module(path)
    nodes = list(ast.walk(tree))
    return Module(
        path,
        imports=tuple(item for node in nodes for item in _imports(node)),
        names=dict(_names(tree.body)),
        calls=tuple(node for node in nodes if isinstance(node, ast.Call)),
    )


def _imports(node: ast.AST) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        yield from (Import(alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (Import(node.module or "", node.level, alias.name) for alias in node.names)


def _names(statements: Sequence[ast.stmt]) -> Iterator[tuple[str, Bound]]:
    """The names that these statements bind when a module is imported, in their order."""
    for statement in statements:
        if isinstance(statement, ast.If):
            inner = [] if _only_as_script(statement) else [*statement.body, *statement.orelse]
            yield from _names(inner)
        elif isinstance(statement, ast.Try | ast.With):
            yield from _names(statement.body)
        else:
            yield from _bound(statement)


def _bound(statement: ast.stmt) -> Iterator[tuple[str, Bound]]:
    if isinstance(statement, ast.FunctionDef):
        yield statement.name, _function(statement)
    elif isinstance(statement, ast.ImportFrom):
        for alias in statement.names:
            yield alias.asname or alias.name, Import(statement.module or "", statement.level, alias.name)
    elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        yield from ((target.id, statement.value) for target in targets if isinstance(target, ast.Name))


def _only_as_script(statement: ast.If) -> bool:
    """Whether it is `if __name__ == "__main__":`."""
    return any(isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test))


def _function(node: ast.FunctionDef) -> Function:
    given = node.args
    needed = len(given.posonlyargs) + len(given.args) - len(given.defaults)
    needs_arguments = needed > 0 or any(default is None for default in given.kw_defaults)
    inner = list(ast.walk(node))
    constructs = any(isinstance(part, ast.Call) and _is_flask(_last_part(part.func)) for part in inner)
    returns = any(isinstance(part, ast.Return) and part.value is not None for part in inner)
    return Function(needs_arguments, constructs and returns)


def _last_part(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def _is_flask(name: str) -> bool:
    """Whether a class is Flask, or one that says by its name that it is made from it (APIFlask)."""
    return name.endswith("Flask")

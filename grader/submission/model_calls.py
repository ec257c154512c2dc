"""Finds calls in revision files that make or drop the tables of the project's own models, as they are today.

`db.metadata.create_all(op.get_bind())`, `Category.__table__.create(bind)`, and the like. Tables that a
revision file defines itself are no models. Reads source alone; what it cannot follow it does not find.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from pathlib import Path

from grader.observations.files import Layout
from grader.observations.revisions import FunctionFacts, ModelsCall, Revision, RevisionGraph
from grader.submission.landmarks import imported_names, loaded_files, project_files
from grader.submission.python_source import SourceError, parse, read_beginning
from grader.text.names import decode_text, printable

_ALL = {"create_all": "create", "drop_all": "drop"}
_ONE = {"create": "create", "drop": "drop"}
_STATEMENTS = {"CreateTable": "create", "DropTable": "drop", "produce_migrations": "create"}
"""Callables that take tables or metadata, and make or drop them in the end."""
_OF_TABLES = frozenset({"__table__", "tables", "sorted_tables"})
_OWN = frozenset({"MetaData", "Table", "Column", "Enum"})
"""What these make is defined where they are called, whichever name leads to them: `db.MetaData()`."""
_PASSING_ON = frozenset(
    {
        *("copy", "deepcopy", "filter", "import_module", "__import__", "iter", "list", "next", "reversed"),
        *("set", "sorted", "tuple"),
    }
)
"""Functions whose result is about what they are given."""
_REGISTRIES = {("flask", "current_app"), ("sqlmodel", "SQLModel")}
"""Names of packages through which a project's models can be had."""
_WITHOUT_IMPORT = re.compile(r"target_metadata|current_app|SQLModel|import_module|__import__")
_MOST_ROUNDS = 10
"""How often a body is read to find what its names are."""
_CALL_LENGTH = 80


class _Kind(IntEnum):
    """What an expression is about."""

    OTHER = 0
    MODELS = 1
    """A module, a class or the metadata of the models."""
    TABLES = 2
    """Tables of the models."""


_Names = Mapping[str, _Kind]
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def with_model_calls(graph: RevisionGraph, root: Path, layout: Layout) -> RevisionGraph:
    """The same graph; each upgrade() and downgrade() says whether it calls for the tables of the models.

    The models are what `env.py` or the app loads. A module that only a revision imports may hold tables as
    they were once, so it is none of them.
    """
    project = _Project(root, layout)
    return replace(graph, revisions=tuple(_tried(item, root, project) for item in graph.revisions))


def _tried(revision: Revision, root: Path, project: _Project) -> Revision:
    try:
        return _with_calls(revision, root, project)
    except RecursionError:  # expressions nested deeper than any that a person writes
        return revision


def _with_calls(revision: Revision, root: Path, project: _Project) -> Revision:
    path = root / revision.path
    if not path.is_file():  # its name cannot be shown as it is
        return revision
    text = decode_text(read_beginning(path))
    if not _WITHOUT_IMPORT.search(text) and not project.leads_to_models(text, revision.path):
        return revision
    module = project.module(revision.path)
    if module is None:
        return revision
    return replace(
        revision,
        upgrade=_with_call(revision.upgrade, module, "upgrade", "create"),
        downgrade=_with_call(revision.downgrade, module, "downgrade", "drop"),
    )


def _with_call(facts: FunctionFacts | None, module: _Module, name: str, way: str) -> FunctionFacts | None:
    function = module.functions.get(name)
    if facts is None or function is None:
        return facts
    call = next(module.calls(function, way, {}), None)
    return replace(facts, models_call=call)


@dataclass
class _Project:
    """The files of a submission that a run loads, and those that a revision imports."""

    root: Path
    layout: Layout
    _files: Mapping[str, str] | None = None
    _models: Mapping[str, str] | None = None
    _modules: dict[str, _Module | None] = field(default_factory=dict)
    helpers: dict[tuple[int, str, frozenset[tuple[str, _Kind]]], bool] = field(default_factory=dict)
    """What is known of functions that were followed: with which arguments they meet the models."""

    @property
    def models(self) -> Mapping[str, str]:
        """The files that env.py or the app loads, by the ends of their dotted names."""
        if self._models is None:
            self._models = loaded_files(self.root, self.layout)
        return self._models

    def leads_to_models(self, text: str, path: str) -> bool:
        """Whether a file imports another one of the project, which may lead to the models."""
        if self._files is None:
            self._files = project_files(self.root, self.layout)
        return any(name in self._files or self.file(name) for name in imported_names(text, path))

    def file(self, name: str) -> str | None:
        """The file of a module that only revisions import."""
        place = name.replace(".", "/")
        folders = (self.layout.root, self.layout.script_location, *self.layout.version_locations)
        for folder in folders:
            path = posixpath.normpath(posixpath.join(folder, f"{place}.py"))
            if not path.startswith("..") and (self.root / path).is_file():
                return path
        return None

    def module(self, path: str) -> _Module | None:
        """What a file says; None if it cannot be read."""
        if path not in self._modules:
            self._modules[path] = None  # a file that imports itself is not followed
            try:
                tree = parse(read_beginning(self.root / path))
            except (SourceError, OSError):
                return None
            self._modules[path] = _Module(self, path, tree)
        return self._modules[path]


class _Module:
    """A file in which calls are looked for: what its names are, and its functions."""

    def __init__(self, project: _Project, path: str, tree: ast.Module) -> None:
        self._project = project
        self._path = path
        self.functions: dict[str, _Function] = {n.name: n for n in tree.body if isinstance(n, _Function)}
        self._foreign: dict[str, tuple[str, str | None]] = {}
        """Names from files of the project: the file, and the name there (None for the module itself)."""
        self.names: dict[str, _Kind] = {}
        if path in project.models.values():
            self.names.update(_own_names(tree))
        for node in ast.walk(tree):
            self._take_import(node)
        _spread(tree.body, self.names)

    def _take_import(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                self._bind(name, alias.name, None)
        elif isinstance(node, ast.ImportFrom):
            above = self._path.split("/")[: -node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                name = alias.asname or alias.name
                if (node.module, alias.name) in _REGISTRIES:
                    self.names[name] = _Kind.MODELS
                elif not self._bind(name, f"{base}.{alias.name}", None):
                    self._bind(name, base, alias.name)

    def _bind(self, name: str, module: str, member: str | None) -> bool:
        """Note where an imported name comes from, if it is from a file of the project."""
        loaded = self._project.models.get(module)
        path = loaded or self._project.file(module)
        if path is None:
            return False
        self._foreign[name] = (path, member)
        if loaded:
            self.names[name] = _kind_there(self._project.module(path), member)
        elif member is not None:
            there = self._project.module(path)
            self.names[name] = there.names.get(member, _Kind.OTHER) if there else _Kind.OTHER
        return True

    def calls(self, function: _Function, way: str, given: _Names) -> Iterator[ModelsCall]:
        """The calls in a function that make (`create`) or drop (`drop`) tables of the models, in order.

        Args:
            function: one of this file.
            way: which of the two.
            given: what its parameters are.
        """
        names = {**self.names, **given}
        _spread(function.body, names)
        nodes = sorted(
            (node for node in ast.walk(function) if isinstance(node, ast.Attribute | ast.Call)),
            key=lambda node: (node.lineno, node.col_offset),
        )
        for node in nodes:
            if _meets(node, way, names) or self._helper_meets(node, way, names):
                called = node.func if isinstance(node, ast.Call) else node
                yield ModelsCall(node.lineno, printable(ast.unparse(called), limit=_CALL_LENGTH))

    def _helper_meets(self, node: ast.AST, way: str, names: _Names) -> bool:
        """Whether a call is one of a function of the project that meets the models in its turn."""
        found = self._helper(node.func) if isinstance(node, ast.Call) else None
        if found is None or not isinstance(node, ast.Call):
            return False
        module, helper = found
        parameters = [item.arg for item in (*helper.args.posonlyargs, *helper.args.args)]
        given = {name: _kind(value, names) for name, value in zip(parameters, node.args, strict=False)}
        given |= {item.arg: _kind(item.value, names) for item in node.keywords if item.arg}
        known = self._project.helpers
        key = (id(helper), way, frozenset(given.items()))
        if key not in known:
            known[key] = False  # one that calls itself is followed once
            known[key] = next(module.calls(helper, way, given), None) is not None
        return known[key]

    def _helper(self, called: ast.expr) -> tuple[_Module, _Function] | None:
        module: _Module | None = self
        name = called.id if isinstance(called, ast.Name) else ""
        if name and name not in self.functions and name in self._foreign:
            path, member = self._foreign[name]
            module, name = self._project.module(path), member or ""
        elif isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            path, member = self._foreign.get(called.value.id, ("", ""))
            module, name = (self._project.module(path), called.attr) if member is None else (None, "")
        function = module.functions.get(name) if module is not None else None
        return (module, function) if module is not None and function is not None else None


def _kind_there(module: _Module | None, member: str | None) -> _Kind:
    """What a name of one of the models' files is; a module is the models as a whole."""
    known = module.names.get(member, _Kind.MODELS) if module is not None and member else _Kind.MODELS
    return known or _Kind.MODELS


def _own_names(tree: ast.Module) -> dict[str, _Kind]:
    """The names that one of the models' files gives at its top: they are the models, or their tables."""
    found: dict[str, _Kind] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = _Kind.MODELS
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            is_table = isinstance(node.value, ast.Call) and _last(node.value.func) == "Table"
            for name in _targets(node):
                found[name] = _Kind.TABLES if is_table else _Kind.MODELS
    return found


def _spread(body: Sequence[ast.stmt], names: dict[str, _Kind]) -> None:
    """Find what the names in a body are: what is assigned from the models is about the models."""
    nodes = [node for statement in body for node in ast.walk(statement)]
    for _ in range(_MOST_ROUNDS):
        before = dict(names)
        for node in nodes:
            for target, value in _bindings(node):
                if kind := _kind(value, names):
                    names[target] = max(kind, names.get(target, _Kind.OTHER))
        if names == before:
            return


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield from ((name, node.value) for name in _targets(node))
    elif isinstance(node, ast.For | ast.comprehension):
        yield from ((name, node.iter) for name in _stored(node.target))
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield from ((name, node.context_expr) for name in _stored(node.optional_vars))
    elif isinstance(node, ast.Call) and _last(node.func) in ("to_metadata", "tometadata"):
        # A copy of a table of the models: so the metadata that it is copied to is theirs.
        owner = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        yield from ((item.id, owner) for item in node.args if isinstance(item, ast.Name))


def _targets(node: ast.Assign | ast.AnnAssign | ast.NamedExpr) -> Iterator[str]:
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        yield from _stored(target)


def _stored(target: ast.expr) -> Iterator[str]:
    return (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def _kind(value: ast.expr, names: _Names) -> _Kind:
    """What an expression is about."""
    found = _Kind.OTHER
    if isinstance(value, ast.Name):
        found = names.get(value.id, _Kind.OTHER)
    elif isinstance(value, ast.Attribute):
        found = _kind(value.value, names)
        found = _Kind.TABLES if found and value.attr in _OF_TABLES else found
    elif isinstance(value, ast.Subscript):
        found = _Kind.MODELS if _is_target(value.slice) else _kind(value.value, names)
    elif isinstance(value, ast.Call):
        found = _kind_of_call(value, names)
    else:
        found = max((_kind(item, names) for item in _parts(value)), default=_Kind.OTHER)
    return found


def _parts(value: ast.expr) -> Sequence[ast.expr]:
    """The expressions that an expression is put together from or chooses between."""
    if isinstance(value, ast.Starred | ast.Await):
        return (value.value,)
    if isinstance(value, ast.List | ast.Tuple | ast.Set):
        return value.elts
    if isinstance(value, ast.ListComp | ast.SetComp | ast.GeneratorExp):
        return (value.elt,)
    if isinstance(value, ast.BoolOp):
        return value.values
    return (value.body, value.orelse) if isinstance(value, ast.IfExp) else ()


def _kind_of_call(call: ast.Call, names: _Names) -> _Kind:
    called = _last(call.func)
    if called in _OWN:  # of columns of the models, all the same
        copied = (_kind(item, names) for item in call.args if isinstance(item, ast.Starred))
        return max(copied, default=_Kind.OTHER)
    if called in _PASSING_ON and call.args:
        if any(isinstance(item, ast.Constant) for item in call.args):  # import_module("app")
            return _Kind.MODELS if called in ("import_module", "__import__") else _Kind.OTHER
        return max((_kind(item, names) for item in call.args), default=_Kind.OTHER)
    if called == "get" and any(_is_target(item) for item in call.args):
        return _Kind.MODELS
    return _kind(call.func, names)


def _is_target(key: ast.expr) -> bool:
    """Whether it is the key of env.py's metadata in the options of Alembic's context."""
    return isinstance(key, ast.Constant) and key.value == "target_metadata"


def _meets(node: ast.AST, way: str, names: _Names) -> bool:
    """Whether an expression makes or drops tables of the models itself."""
    if isinstance(node, ast.Attribute):  # not only as a call: `run_sync(metadata.create_all)`
        return _ALL.get(node.attr) == way and bool(_kind(node.value, names))
    return isinstance(node, ast.Call) and _call_meets(node, way, names)


def _call_meets(call: ast.Call, way: str, names: _Names) -> bool:
    called, about = _last(call.func), _Kind.MODELS
    given: Sequence[ast.expr] = ()
    if called == "getattr" and len(call.args) > 1:
        name = call.args[1]
        asked = _ALL.get(str(name.value)) if isinstance(name, ast.Constant) else None
        given = call.args[:1] if asked == way else ()
    elif isinstance(call.func, ast.Attribute) and _ONE.get(called) == way:
        given, about = (call.func.value,), _Kind.TABLES
    elif _STATEMENTS.get(called) == way:
        given = call.args
    elif called == "create_table" and way == "create":
        given = [item for item in call.args if isinstance(item, ast.Starred)]
    return any(_kind(item, names) >= about for item in given)


def _last(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")

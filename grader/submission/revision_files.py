"""Reads one revision file with `ast`: its id, its parents, its message and its functions.

Gives what Alembic would find in the module after importing it, without importing it. Must not know of other
files: `revision_graph` checks whether parents exist.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from grader.observations.revisions import GraphProblem, ProblemKind, Revision
from grader.submission.explanations import explanation
from grader.submission.python_source import MergeConflictError, SourceError, parse
from grader.submission.revision_functions import function_facts
from grader.text.names import decode_text, printable

LONGEST_ID = 32
"""The column of the version table is VARCHAR(32)."""

DEFAULT_MESSAGE = "empty message"
"""The message that `alembic revision` writes without `-m`."""

_ID_FROM_NAME = re.compile(r"([a-f0-9]+)\.py")
_WRITTEN_ID = re.compile(
    r"^[ \t]*revision[ \t]*(?::[^=\n]{1,60})?=[ \t]*[\"']([^\"'\n]{1,200})[\"']"
    r"|^Revision ID: (\S{1,200})[ \t]*$",
    re.MULTILINE,
)
_REFUSED_IN_IDS = frozenset("@-+:")
_NAMES = ("revision", "down_revision", "branch_labels", "depends_on")
_ID_LIMIT = 1000


@dataclass(frozen=True)
class RevisionFile:
    """The result of reading one file: a revision, if it has a valid id, and the problems."""

    revision: Revision | None
    problems: tuple[GraphProblem, ...]
    lines: Mapping[str, int] = field(default_factory=dict)
    """The lines of the assignments at module level, by name: `down_revision`, `depends_on`."""
    likely_ids: frozenset[str] = frozenset()
    """The ids that a file that cannot be read has by its text or its name."""


@dataclass(frozen=True)
class _Binding:
    """The value of a module-level name, if it is a literal, and the line of the assignment."""

    line: int
    literal: bool
    value: object = None


def read_revision(path: str, data: bytes) -> RevisionFile:
    """Read one revision file.

    Args:
        path: its path as reports show it.
        data: its bytes.
    """
    try:
        module = parse(data)
    except SourceError as error:
        where = f"{path}, line {error.line}," if error.line else path
        message = f"{where} cannot be read: {error.reason.removesuffix('.')}."
        is_conflict = isinstance(error, MergeConflictError)
        kind = ProblemKind.MERGE_CONFLICT if is_conflict else ProblemKind.SYNTAX_ERROR
        return RevisionFile(
            None, (GraphProblem(kind, message, path, error.line),), likely_ids=_likely_ids(path, data)
        )
    bindings = _bindings(module)
    try:
        revision = replace(_revision(path, module, bindings), explanation=explanation(module, data))
    except _UnreadableError as error:
        problem = GraphProblem(error.kind, f"{path}: {error.reason}", path, error.line)
        return RevisionFile(None, (problem,), likely_ids=_likely_ids(path, data))
    lines = {name: binding.line for name, binding in bindings.items()}
    return RevisionFile(revision, tuple(_remarks(revision)), lines)


def _likely_ids(path: str, data: bytes) -> frozenset[str]:
    """What a file's text seems to give as its id, and what its name begins or ends with."""
    written = (match[1] or match[2] for match in _WRITTEN_ID.finditer(decode_text(data)))
    stem = path.rpartition("/")[2].removesuffix(".py")
    return frozenset((*written, stem, stem.partition("_")[0], stem.rpartition("_")[2]))


class _UnreadableError(Exception):
    def __init__(self, kind: ProblemKind, reason: str, line: int | None) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.line = line


def _revision(path: str, module: ast.Module, bindings: dict[str, _Binding]) -> Revision:
    identifier, line = _identifier(path, bindings)
    if "down_revision" not in bindings:
        reason = "it has no `down_revision`. Write the parent's id, or None for the first revision."
        raise _UnreadableError(ProblemKind.UNREADABLE_REVISION, reason, line)
    return Revision(
        id=identifier,
        parents=_names("down_revision", bindings),
        message=_message(module),
        path=path,
        line=line,
        depends_on=_names("depends_on", bindings),
        branch_labels=_names("branch_labels", bindings),
        upgrade=function_facts(module, "upgrade"),
        downgrade=function_facts(module, "downgrade"),
    )


def _identifier(path: str, bindings: dict[str, _Binding]) -> tuple[str, int]:
    binding = bindings.get("revision")
    if binding is None:
        legacy = _ID_FROM_NAME.fullmatch(path.rpartition("/")[2])
        if legacy:
            return legacy[1], 1
        reason = (
            "it has no `revision = ...`, so Alembic stops at it. If it is no migration, move it out of the "
            "versions folder; if it is one, give it an id."
        )
        raise _UnreadableError(ProblemKind.NO_REVISION_ID, reason, None)
    if not binding.literal or not isinstance(binding.value, str) or not binding.value:
        reason = "its `revision` is not a plain string in quotes, such as 'a1b2c3d4e5f6'."
        raise _UnreadableError(ProblemKind.UNREADABLE_REVISION, reason, binding.line)
    refused = sorted(_REFUSED_IN_IDS.intersection(binding.value))
    if refused:
        reason = (
            f"Alembic refuses `{' '.join(refused)}` in a revision id ({printable(binding.value, limit=60)}); "
            "use letters, digits and underscores."
        )
        raise _UnreadableError(ProblemKind.UNREADABLE_REVISION, reason, binding.line)
    return printable(binding.value, limit=_ID_LIMIT), binding.line


def _names(name: str, bindings: dict[str, _Binding]) -> tuple[str, ...]:
    """The ids or labels in a variable, which may be missing, None, a string or a sequence of strings."""
    binding = bindings.get(name)
    if binding is None or (binding.literal and not binding.value):
        return ()
    values = (binding.value,) if isinstance(binding.value, str) else binding.value
    if not binding.literal or not isinstance(values, tuple) or not all(isinstance(v, str) for v in values):
        reason = f"its `{name}` is neither None nor a plain string nor a tuple of strings."
        raise _UnreadableError(ProblemKind.UNREADABLE_REVISION, reason, binding.line)
    # In order, without repeats: a parent named twice is one parent.
    return tuple(dict.fromkeys(printable(value, limit=_ID_LIMIT) for value in values))


def _message(module: ast.Module) -> str:
    docstring = (ast.get_docstring(module, clean=False) or "").strip()
    first = docstring.splitlines()[0] if docstring else ""
    # With `-m ""` Alembic's template has no message, and this line comes first.
    return "" if first.startswith("Revision ID:") else printable(first)


def _remarks(revision: Revision) -> Iterator[GraphProblem]:
    """The problems of a revision with a valid id."""

    def problem(kind: ProblemKind, message: str, line: int | None = None) -> GraphProblem:
        return GraphProblem(
            kind, f"{revision.path}: {message}", revision.path, line or revision.line, revision.id
        )

    if len(revision.id) > LONGEST_ID:
        yield problem(
            ProblemKind.LONG_ID,
            f"the revision id has {len(revision.id)} characters, but the version table holds {LONGEST_ID} at "
            "most. Give it a shorter id, here and in the `down_revision` of the revision that follows.",
        )
    if revision.message in ("", DEFAULT_MESSAGE):
        yield problem(
            ProblemKind.NO_MESSAGE,
            "the revision has no message. Write what it does into the first line of its docstring; next time "
            'use `alembic revision -m "..."`.',
            1,
        )
    for name, facts in (("upgrade", revision.upgrade), ("downgrade", revision.downgrade)):
        if facts is None:
            yield problem(
                ProblemKind(f"no_{name}"), f"the file has no `{name}()` function; Alembic needs both of them."
            )


def _bindings(module: ast.Module) -> dict[str, _Binding]:
    """Module-level names with their last values, which are those that Alembic sees."""
    known: dict[str, _Binding] = {}
    for statement in module.body:
        known.update(_bound_by(statement, known))
    return known


def _bound_by(statement: ast.stmt, known: dict[str, _Binding]) -> Iterator[tuple[str, _Binding]]:
    targets: list[ast.expr] = []
    value: ast.expr | None = None
    if isinstance(statement, ast.Assign):
        targets, value = statement.targets, statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets, value = [statement.target], statement.value
    elif not isinstance(statement, ast.AnnAssign | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield from _bound_inside(statement)
    for target in targets:
        if isinstance(target, ast.Name) and value is not None:
            yield target.id, replace(_literal(value, known), line=statement.lineno)
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for part, its_value in zip(target.elts, value.elts, strict=False):
                if isinstance(part, ast.Name):
                    yield part.id, replace(_literal(its_value, known), line=part.lineno)
        else:
            yield from _bound_inside(target)


def _bound_inside(node: ast.AST) -> Iterator[tuple[str, _Binding]]:
    """Names bound by an import, or inside `if`, `try`, `with` or `for`. Their values are not literals."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store) and inner.id in _NAMES:
            yield inner.id, _Binding(inner.lineno, literal=False)
        elif isinstance(inner, ast.alias):
            for name in _NAMES if inner.name == "*" else (inner.asname or inner.name,):
                yield name, _Binding(inner.lineno, literal=False)


def _literal(node: ast.expr, known: dict[str, _Binding]) -> _Binding:
    """The value of a literal: None, a string, or a tuple, list or set of them (given as a tuple)."""
    if isinstance(node, ast.Constant):
        return _Binding(node.lineno, literal=True, value=node.value)
    if isinstance(node, ast.Name):
        return known.get(node.id, _Binding(node.lineno, literal=False))
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        parts = [_literal(part, known) for part in node.elts]
        return _Binding(node.lineno, all(part.literal for part in parts), tuple(part.value for part in parts))
    return _Binding(node.lineno, literal=False)

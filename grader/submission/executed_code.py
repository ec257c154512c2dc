"""What of a revision file Python runs, part by part, so that two versions of the file can be compared.

Comments, docstrings, annotations, line ends, the order of imports and imports that nothing uses make no
difference. Must not know where a version comes from.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from grader.submission.python_source import SourceError, parse
from grader.submission.revision_files import read_revision

_FUNCTIONS = ("upgrade", "downgrade")
_NAMED = ("revision", "down_revision", "depends_on", "branch_labels")
"""The names whose values are compared by what Alembic reads, not by how they are written."""
_REST = "other code"


@dataclass(frozen=True)
class Version:
    """One version of a revision file."""

    revision: str
    parents: frozenset[str]
    """What it comes after: `down_revision` and `depends_on` together."""
    parts: Mapping[str, str]
    """The code of each part, in a form in which equal code is equal: `upgrade()`, `downgrade()`, the rest."""

    def differing(self, other: Version) -> tuple[str, ...]:
        """The parts that differ between two versions, without the parents."""
        names = dict.fromkeys((*self.parts, *other.parts))
        return tuple(name for name in names if self.parts.get(name) != other.parts.get(name))


def read_version(path: str, data: bytes) -> Version | None:
    """Read one version of a file; None if it cannot be read or is no revision: such a file never ran."""
    if b"down_revision" not in data:
        return None
    revision = read_revision(path, data).revision
    if revision is None:
        return None
    try:
        module = parse(data)
        parts = dict(_parts(module))
    except (SourceError, RecursionError):
        return None
    return Version(revision.id, frozenset((*revision.parents, *revision.depends_on)), parts)


def _parts(module: ast.Module) -> Iterator[tuple[str, str]]:
    stripped = [_Plain().visit(statement) for statement in module.body]
    statements = [item for item in stripped if item is not None and not _is_text(item)]
    imports = [item for item in statements if isinstance(item, ast.Import | ast.ImportFrom)]
    others = [item for item in statements if item not in imports and not _is_named(item)]
    for name in _FUNCTIONS:
        own = [item for item in others if isinstance(item, ast.FunctionDef) and item.name == name]
        yield f"{name}()", _dumped(own)
    rest = [item for item in others if not (isinstance(item, ast.FunctionDef) and item.name in _FUNCTIONS)]
    used = {node.id for item in others for node in ast.walk(item) if isinstance(node, ast.Name)}
    yield _REST, "\n".join((*sorted(_bound(imports, used)), _dumped(rest)))


class _Plain(ast.NodeTransformer):
    """Removes docstrings and annotations."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.returns = None
        node.body = [item for item in node.body if not _is_text(item)] or [ast.Pass()]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.body = [item for item in node.body if not _is_text(item)] or [ast.Pass()]
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        self.generic_visit(node)
        return None if node.value is None else ast.Assign(targets=[node.target], value=node.value)


def _is_text(statement: ast.AST) -> bool:
    """Whether a statement is only a text, such as a docstring."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _is_named(statement: ast.AST) -> bool:
    return isinstance(statement, ast.Assign) and all(
        isinstance(target, ast.Name) and target.id in _NAMED for target in statement.targets
    )


def _bound(imports: Iterable[ast.Import | ast.ImportFrom], used: set[str]) -> Iterator[str]:
    """The imports of names that are used, one line for each name."""
    for statement in imports:
        source = (
            f"{'.' * statement.level}{statement.module or ''}:"
            if isinstance(statement, ast.ImportFrom)
            else ""
        )
        for alias in statement.names:
            name = alias.asname or alias.name.partition(".")[0]
            if name in used or name == "*":
                yield f"import {source}{alias.name} as {name}"


def _dumped(statements: Iterable[ast.AST]) -> str:
    return "\n".join(ast.dump(item) for item in statements)

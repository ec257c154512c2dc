"""Finds the models of a reference solution by reading its files: the module, and the way to its metadata.

Runs nothing. Must not know what is made of the answer.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from grader.observations.files import Layout
from grader.submission.python_modules import Modules
from grader.submission.python_source import SourceError, parse

_MOST_FILES = 500
_BASES = ("DeclarativeBase", "DeclarativeBaseNoMeta", "MappedAsDataclass")


def find_models(root: Path, layout: Layout) -> tuple[str, str] | None:
    """The path of the models' file inside the project, and the way to their metadata; None if not found.

    What `env.py` gives Alembic as `target_metadata` decides. Where it takes that from the app, as that of
    Flask-Migrate does, the file that defines the base of the models does.
    """
    env = _parsed(root / layout.script_location / "env.py")
    if env is not None:
        for expression in _given(env):
            found = _traced(root, layout, env, expression)
            if found is not None:
                return found
    return next(_bases(root, layout), None)


def _parsed(path: Path) -> ast.Module | None:
    try:
        return parse(path.read_bytes())
    except (OSError, SourceError):
        return None


def _given(env: ast.Module) -> Iterator[ast.expr]:
    """What is assigned to `target_metadata`."""
    for node in ast.walk(env):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(item, ast.Name) and item.id == "target_metadata" for item in targets):
            yield node.value  # type: ignore[attr-defined]


def _traced(root: Path, layout: Layout, env: ast.Module, expression: ast.expr) -> tuple[str, str] | None:
    """The file that the first name of an expression is imported from, and the expression in its terms."""
    words = ast.unparse(expression).split(".")
    if not all(word.isidentifier() for word in words):
        return None
    for module, names in _meant(env, words):
        path = _file_of(root, layout, module)
        if path is not None and names:
            return path, ".".join(names)
    return None


def _meant(env: ast.Module, words: list[str]) -> Iterator[tuple[str, list[str]]]:
    """What words like `app.db.metadata` may mean by the imports: a module, and names in it."""
    for node in ast.walk(env):
        if not isinstance(node, ast.ImportFrom | ast.Import):
            continue
        for alias in node.names:
            known = (alias.asname or alias.name).split(".")
            if words[: len(known)] != known:
                continue
            rest = words[len(known) :]
            if isinstance(node, ast.Import):
                yield alias.name, rest
            elif node.module is not None:
                yield f"{node.module}.{alias.name}", rest
                yield node.module, [alias.name, *rest]


def _file_of(root: Path, layout: Layout, module: str) -> str | None:
    folders = (root / layout.root, root, root / "src")
    found = Modules(root, [root / folder for folder in layout.import_folders]).find(module, *folders)
    return found.relative_to(root).as_posix() if found is not None else None


def _bases(root: Path, layout: Layout) -> Iterator[tuple[str, str]]:
    """The files that define a base of models, with the way to its metadata."""
    versions = {(root / folder).resolve() for folder in layout.version_locations}
    for path in sorted(root.rglob("*.py"))[:_MOST_FILES]:
        tree = None if path.parent.resolve() in versions else _parsed(path)
        for node in tree.body if tree is not None else ():
            if isinstance(node, ast.ClassDef) and any(ast.unparse(base) in _BASES for base in node.bases):
                yield path.relative_to(root).as_posix(), f"{node.name}.metadata"
            elif (
                isinstance(node, ast.Assign)
                and isinstance(node.targets[0], ast.Name)
                and isinstance(node.value, ast.Call)
                and ast.unparse(node.value.func).endswith(("SQLAlchemy", "declarative_base"))
            ):
                yield path.relative_to(root).as_posix(), f"{node.targets[0].id}.metadata"

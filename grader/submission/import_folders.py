"""Finds the folders that `pip install -e .` puts on `sys.path`: a project's `src`, or its own folder.

Reads pyproject.toml, setup.cfg and setup.py as text and syntax trees, and runs none. Must not know what the
modules in these folders are for.
"""

from __future__ import annotations

import ast
import configparser
import contextlib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from grader.submission.python_source import MAX_SOURCE_BYTES, SourceError, parse, read_beginning

_SOURCES = "src"
"""The folder that the build tools look into when a project names none."""


def installed_folders(root: Path, folder: Path) -> tuple[Path, ...]:
    """The folders that an editable install of the submission's project puts on `sys.path`.

    The project is the nearest one at or above a folder. Where its files name no folder, it is `src` if there
    is one, and otherwise the project's own folder, if the project says how it is built.

    Args:
        root: the staged submission.
        folder: a folder in it.
    """
    for place in (folder, *folder.parents):
        if not place.is_relative_to(root):
            break
        if _is_project(place):
            return tuple(dict.fromkeys(_folders(root, place)))
    return ()


def _is_project(place: Path) -> bool:
    return "project" in _pyproject(place) or _says_how_it_is_built(place)


def _says_how_it_is_built(place: Path) -> bool:
    document = _pyproject(place)
    if "build-system" in document or "poetry" in _table(document, "tool"):
        return True
    return (place / "setup.py").is_file() or "options" in _setup_cfg(place)


def _folders(root: Path, place: Path) -> Iterator[Path]:
    named = [*_named_in_pyproject(_pyproject(place)), *_named_in_setup_cfg(place), *_named_in_setup_py(place)]
    for name in named:
        found = (place / name).resolve()
        if found.is_relative_to(root.resolve()) and found.is_dir():
            yield root / found.relative_to(root.resolve())
    if named:
        return
    if (place / _SOURCES).is_dir() and not (place / _SOURCES / "__init__.py").is_file():
        yield place / _SOURCES
    elif _says_how_it_is_built(place):
        yield place


def _named_in_pyproject(document: Mapping[str, Any]) -> Iterator[str]:
    """What the settings of setuptools, Poetry, Hatch, PDM and uv say about where the packages are."""
    tool = _table(document, "tool")
    setuptools = _table(tool, "setuptools")
    yield from _texts(_table(setuptools, "package-dir").get(""))
    yield from _texts(_table(setuptools, "packages", "find").get("where"))
    packages = _table(tool, "poetry").get("packages")
    for package in packages if isinstance(packages, list) else ():
        if isinstance(package, dict):
            yield from _texts(package.get("from", "."))
    for path in _texts(_table(tool, "hatch", "build", "targets", "wheel").get("packages")):
        yield Path(path).parent.as_posix()
    yield from _texts(_table(tool, "pdm", "build").get("package-dir"))
    yield from _texts(_table(tool, "uv", "build-backend").get("module-root"))


def _named_in_setup_cfg(place: Path) -> Iterator[str]:
    settings = _setup_cfg(place)
    for line in settings.get("options", {}).get("package_dir", "").splitlines():
        package, _, folder = line.partition("=")
        if not package.strip() and folder.strip():
            yield folder.strip()
    yield from settings.get("options.packages.find", {}).get("where", "").split()


def _named_in_setup_py(place: Path) -> Iterator[str]:
    """The folder in `setup(package_dir={"": "src"})` and in `find_packages("src")`."""
    path = place / "setup.py"
    if not path.is_file():
        return
    try:
        nodes = list(ast.walk(parse(read_beginning(path))))
    except SourceError:
        return
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        arguments = {item.arg: item.value for item in node.keywords}
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name == "setup" and isinstance(table := arguments.get("package_dir"), ast.Dict):
            for key, value in zip(table.keys, table.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "":
                    yield from _literal(value)
        elif name in {"find_packages", "find_namespace_packages"}:
            yield from _literal(node.args[0] if node.args else arguments.get("where"))


def _literal(node: ast.expr | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _pyproject(place: Path) -> Mapping[str, Any]:
    path = place / "pyproject.toml"
    if not path.is_file() or path.stat().st_size > MAX_SOURCE_BYTES:
        return {}
    try:
        return tomllib.loads(path.read_bytes().decode())
    except (ValueError, RecursionError):
        return {}


def _setup_cfg(place: Path) -> dict[str, dict[str, str]]:
    path = place / "setup.cfg"
    parser = configparser.RawConfigParser(strict=False)
    if path.is_file():
        with contextlib.suppress(configparser.Error):
            parser.read_string(read_beginning(path).decode(errors="replace"))
    return {section: dict(parser.items(section)) for section in parser.sections()}


def _table(table: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        inner = table.get(name)
        table = inner if isinstance(inner, dict) else {}
    return table


def _texts(value: object) -> Iterator[str]:
    yield from (item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str))

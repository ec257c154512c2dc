"""Finds the projects in a folder or an archive, to tell one submission from a folder of several.

Goes by the names of files, and looks into few of them. What cannot be read is not there. Must not
know what is done with what it finds; `layout` finds the set-up that is graded.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from grader.assignment.model import Assignment, Limits
from grader.submission.archive import ARCHIVE_ENDINGS, open_archive
from grader.submission.clutter import folder_verdict
from grader.submission.entries import read_regular_file
from grader.submission.file_kinds import OTHER_PACKINGS

Parts = tuple[str, ...]
"""A path inside of what was handed in, folder by folder."""

SETTINGS = "alembic.ini"
_PYPROJECT = "pyproject.toml"
APPS = frozenset({"app.py", "wsgi.py", "manage.py"})
"""Files at the top of a project that may have no Alembic set-up yet."""
_DEPTH = 6
_MOST_FOLDERS = 2000
_MOST_READ = 60
"""How many Python files of a project are searched for tables."""
_FILE_BYTES = 64 * 1024
_TABLE = r"(?im)^\s*CREATE TABLE (?:public\.)?\"?(\w+)"


class Tree(NamedTuple):
    """The names of the files in a folder or an archive, without clutter, environments and links."""

    folders: dict[Parts, set[str]]
    """Each folder with the names of the files in it."""
    read: Callable[[Parts], bytes]
    """Reads the beginning of a file."""

    def archives(self) -> list[Parts]:
        """The archives in it, in the order of their paths."""
        return self._ending(ARCHIVE_ENDINGS)

    def other_packings(self) -> list[Parts]:
        """The packed files in it that are not read, in the order of their paths."""
        archives = set(self.archives())
        return [parts for parts in self._ending(OTHER_PACKINGS) if parts not in archives]

    def _ending(self, endings: tuple[str, ...]) -> list[Parts]:
        return sorted(
            (*folder, name)
            for folder, names in self.folders.items()
            for name in names
            if name.lower().endswith(endings)
        )


def is_file(path: Path) -> bool:
    """Whether a path leads to a file, and may be looked at."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Whether a path leads to a folder, and may be looked at."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_set_up(folder: Path) -> bool:
    """Whether a folder is the top of a project with an Alembic set-up, or is a script folder itself."""
    if is_file(folder / SETTINGS) or is_script_folder(folder):
        return True
    if any(is_script_folder(folder / name) for name in ("alembic", "migrations")):
        return True
    return b"[tool.alembic]" in _beginning(folder / _PYPROJECT)


def is_script_folder(folder: Path) -> bool:
    """Whether a folder is one that `alembic init` or `flask db init` makes."""
    return is_file(folder / "env.py") and (
        is_file(folder / "script.py.mako") or is_folder(folder / "versions")
    )


def tree_of_folder(top: Path) -> Tree:
    """The tree of a folder; it leaves out what is far down or far too much."""
    tree = Tree({}, lambda parts: _beginning(top.joinpath(*parts)))
    waiting: list[Parts] = [()]
    while waiting and len(tree.folders) < _MOST_FOLDERS:
        parts = waiting.pop()
        names = tree.folders.setdefault(parts, set())
        try:
            with os.scandir(top.joinpath(*parts)) as found:
                for child in found:
                    if child.is_file(follow_symlinks=False):
                        names.add(child.name)
                    elif child.is_dir(follow_symlinks=False) and len(parts) < _DEPTH and _is_kept(child):
                        waiting.append((*parts, child.name))
        except OSError:
            continue  # it cannot be read; staging says so
    return tree


@contextmanager
def tree_of_archive(path: Path, limits: Limits) -> Iterator[Tree]:
    """The tree of an archive, which can be read until the end of the block.

    Raises:
        BrokenSubmission: it cannot be unpacked; also when a file is read.
        HarnessFault: it cannot be read.
    """
    with open_archive(path, limits) as entries:
        listed = list(islice(entries, 10 * _MOST_FOLDERS))
        there = {entry.parts[:depth] for entry in listed for depth in range(1, len(entry.parts) + 1)}

        def is_kept(folder: Parts) -> bool:
            holds: Callable[[str], bool] = lambda below: (*folder, *below.split("/")) in there  # noqa: E731
            return folder_verdict(folder[-1], holds) == "keep"

        folders = {parts[:depth] for parts in there for depth in range(1, len(parts))}
        left_out = {folder for folder in folders if not is_kept(folder)}
        files = {
            entry.parts: entry
            for entry in listed
            if entry.kind == "file"
            and not any(entry.parts[:depth] in left_out for depth in range(1, len(entry.parts)))
        }
        tree = Tree({(): set()}, lambda parts: next(files[parts].chunks(), b"")[:_FILE_BYTES])
        for parts in files:
            for depth in range(len(parts)):
                tree.folders.setdefault(parts[:depth], set())
            tree.folders[parts[:-1]].add(parts[-1])
        yield tree


class ProjectKind(Enum):
    """What tells that something is a project."""

    SET_UP = "set-up"
    """It has Alembic's settings or a script folder."""
    APP = "app"
    """It has an app with the tables of the assignment."""
    ARCHIVE = "archive"
    """It is packed."""


class Projects(NamedTuple):
    """The projects that could be a submission of their own."""

    kind: ProjectKind
    paths: tuple[Parts, ...] = ()
    """In order. `()` is the folder itself; it is then the only one."""
    unread: tuple[Parts, ...] = ()
    """Packed files that are not read, where nothing but packed files could be a project."""

    @property
    def common_folder(self) -> Parts | None:
        """The folder that holds each of them as a child; None if there is no such folder."""
        above = {parts[:-1] for parts in self.paths}
        return above.pop() if len(above) == 1 else None


def projects_in(tree: Tree, assignment: Assignment) -> Projects:
    """Find the projects of one kind: those with a set-up of Alembic, else apps, else archives.

    If the tables of the assignment's reference are mentioned in some of the set-ups, the others do not
    count: a repository may hold other exercises.
    """
    tables = frozenset(re.findall(_TABLE, assignment.reference_sql or ""))
    found = _topmost(_set_ups(tree))
    if len(found) > 1:
        found = [top for top in found if _mentions(tree, top, tables)] or found
    if found:
        return Projects(ProjectKind.SET_UP, tuple(found))
    apps = _topmost(folder for folder, names in tree.folders.items() if names & APPS)
    if len(apps) > 1 and tables:
        apps = [top for top in apps if _mentions(tree, top, tables)]
    if apps:
        return Projects(ProjectKind.APP, tuple(apps))
    if any(name.endswith(".py") for names in tree.folders.values() for name in names):
        return Projects(ProjectKind.APP)
    return Projects(ProjectKind.ARCHIVE, tuple(tree.archives()), tuple(tree.other_packings()))


def _set_ups(tree: Tree) -> Iterator[Parts]:
    """The tops of the projects that have settings of Alembic, or a script folder without any."""
    tops, loose = set(), set()
    for folder, names in tree.folders.items():
        scripts = "env.py" in names and ("script.py.mako" in names or (*folder, "versions") in tree.folders)
        if SETTINGS in names:  # Flask-Migrate keeps its settings in the script folder
            tops.add(folder[:-1] if scripts else folder)
        elif _PYPROJECT in names and b"[tool.alembic]" in tree.read((*folder, _PYPROJECT)):
            tops.add(folder)
        elif scripts:
            loose.add(folder[:-1])
    yield from tops
    yield from (top for top in loose if not any(top[:1] == other[:1] for other in tops))


def _topmost(folders: Iterable[Parts]) -> list[Parts]:
    """The folders that are in none of the others."""
    known = set(folders)
    return sorted(
        folder for folder in known if not any(folder[:depth] in known for depth in range(len(folder)))
    )


def _mentions(tree: Tree, top: Parts, tables: frozenset[str]) -> bool:
    """Whether the Python files of a project mention half of the tables."""
    paths = sorted(
        (*folder, name)
        for folder, names in tree.folders.items()
        if folder[: len(top)] == top
        for name in names
        if name.endswith(".py")
    )
    missing = set(tables)
    for path in paths[:_MOST_READ]:
        words = set(re.findall(rb"\w+", tree.read(path)))
        missing = {table for table in missing if table.encode() not in words}
    return 2 * len(missing) <= len(tables)


def _is_kept(child: os.DirEntry[str]) -> bool:
    folder = Path(child.path)
    return folder_verdict(child.name, lambda below: os.path.lexists(folder / below)) == "keep"


def _beginning(path: Path) -> bytes:
    try:
        return next(read_regular_file(path), b"")[:_FILE_BYTES]
    except OSError:
        return b""

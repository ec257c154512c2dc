"""A reference solution as a value: its files, and what was read of them without running any.

Must not know how an answer is made from it.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.assignment import model
from grader.errors import UsageError
from grader.observations.files import Layout
from grader.observations.revisions import Revision, RevisionGraph
from grader.proof.operators.models import Model, models_in
from grader.proof.operators.operations import Operation, operations_in
from grader.proof.operators.source import Function, Source, functions
from grader.submission.clutter import folder_verdict, is_clutter_file
from grader.submission.layout import find_layout
from grader.submission.python_source import SourceError
from grader.submission.revision_graph import read_graph


@dataclass(frozen=True)
class Step:
    """A revision with its file."""

    revision: Revision
    source: Source

    @property
    def id(self) -> str:
        """The revision's id."""
        return self.revision.id

    @property
    def path(self) -> str:
        """The path of its file."""
        return self.source.path

    @property
    def label(self) -> str:
        """How a sentence names it."""
        return f"{self.revision.id} ({self.revision.message})"

    @cached_property
    def functions(self) -> dict[str, Function]:
        """The functions of the file by name."""
        return functions(self.source.tree)

    @cached_property
    def upgrade(self) -> tuple[Operation, ...]:
        """What `upgrade()` does, in order."""
        return self._operations("upgrade")

    @cached_property
    def downgrade(self) -> tuple[Operation, ...]:
        """What `downgrade()` does, in order."""
        return self._operations("downgrade")

    def _operations(self, name: str) -> tuple[Operation, ...]:
        function = self.functions.get(name)
        return tuple(operations_in(function.body)) if function else ()


@dataclass(frozen=True)
class Project:
    """The files of a reference solution, and what they say."""

    files: Mapping[str, bytes]
    """Path, relative to the folder that is handed in, to content."""
    layout: Layout
    graph: RevisionGraph
    alembic_root: str | None = None
    """The folder of `alembic.ini`, where the assignment names it: it has to stay there."""
    direct: tuple[str, ...] = ("DIRECT_URL",)
    """The variables that lead to the direct connection."""
    pooled: tuple[str, ...] = ("DATABASE_URL",)
    """The variables that lead to the pooled one."""
    _sources: dict[str, Source] = field(default_factory=dict, repr=False, compare=False)

    def source(self, path: str) -> Source:
        """A Python file; the same value each time, so that nodes of its tree can be compared."""
        if path not in self._sources:
            self._sources[path] = Source(path, self.files[path])
        return self._sources[path]

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The revisions in the order of `upgrade`."""
        return tuple(Step(item, self.source(item.path)) for item in self.graph.revisions)

    @cached_property
    def head(self) -> Step | None:
        """The newest revision; None where there are several heads."""
        return self.step(self.graph.head) if self.graph.head else None

    def step(self, identifier: str) -> Step:
        """A revision by its id."""
        return next(item for item in self.steps if item.id == identifier)

    def children(self, step: Step) -> tuple[Step, ...]:
        """The revisions that follow directly."""
        return tuple(item for item in self.steps if step.id in item.revision.parents)

    @property
    def is_linear(self) -> bool:
        """Whether the chain is one line without branches."""
        return all(len(item.revision.parents) <= 1 for item in self.steps) and all(
            len(self.children(item)) <= 1 for item in self.steps
        )

    @property
    def env(self) -> Source:
        """`env.py`."""
        return self.source(self.below(self.layout.script_location, "env.py"))

    @property
    def ini(self) -> str | None:
        """The path of alembic.ini; None where the settings are in pyproject.toml."""
        return self.layout.config if self.layout.config.endswith(".ini") else None

    @property
    def versions(self) -> str:
        """The folder of the newest revision's file."""
        return self.steps[-1].path.rpartition("/")[0]

    @cached_property
    def models(self) -> tuple[Model, ...]:
        """The classes that declare tables, outside of the script folder."""
        return tuple(model for source in self.python_files() for model in models_in(source))

    def python_files(self) -> Iterator[Source]:
        """The Python files outside of the script folder that can be parsed."""
        for path in sorted(self.files):
            if path.endswith(".py") and not path.startswith(f"{self.layout.script_location}/"):
                try:
                    _ = self.source(path).tree
                except SourceError:
                    continue
                yield self.source(path)

    @staticmethod
    def below(folder: str, name: str) -> str:
        """A path in a folder of the project."""
        return name if folder in (".", "") else f"{folder}/{name}"


def read_project(
    folder: Path,
    *,
    alembic_root: str | None = None,
    direct: Sequence[str] = ("DIRECT_URL",),
    pooled: Sequence[str] = ("DATABASE_URL",),
    without: Collection[str] = (),
) -> Project:
    """Read a reference solution.

    Args:
        folder: its folder.
        alembic_root: the folder of `alembic.ini` in it, if the assignment names one.
        direct: the variables of the direct connection.
        pooled: the variables of the pooled one.
        without: paths in it that are no part of an answer, such as the assignment file.

    Raises:
        UsageError: it has no migrations, or a revision that cannot be read.
    """
    files = dict(_files(folder, without))
    return project_of(files, alembic_root=alembic_root, direct=direct, pooled=pooled, name=str(folder))


def project_of(
    files: Mapping[str, bytes],
    *,
    alembic_root: str | None = None,
    direct: Sequence[str] = ("DIRECT_URL",),
    pooled: Sequence[str] = ("DATABASE_URL",),
    name: str = "the reference",
) -> Project:
    """The same from files at hand."""
    with TemporaryDirectory() as place:
        root = Path(place).resolve()
        write_files(files, root)
        layout, findings = find_layout(root, model.Project(alembic_root=alembic_root))
        if layout is None:
            raise UsageError(
                f"{name} has no migrations that can be run: {findings[0].message}",
                next_step="Name the folder of a whole solution.",
            )
        graph = read_graph(root, layout.version_locations)
    if not graph.revisions:
        raise UsageError(f"{name} has no revisions.", next_step="Name the folder of a whole solution.")
    if graph.problems and (worst := [item for item in graph.problems if item.kind != "no_message"]):
        raise UsageError(f"{name}: {worst[0].message}", next_step="Mend the reference solution first.")
    return Project(files, layout, graph, alembic_root, tuple(direct), tuple(pooled))


def write_files(files: Mapping[str, bytes | None], destination: Path) -> None:
    """Write files into a folder, and delete those that are None."""
    for path, data in files.items():
        target = destination / path
        if data is None:
            target.unlink(missing_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _is_work(folder: Path) -> bool:
    """Whether a folder would be graded: no caches, no installed packages."""
    return folder_verdict(folder.name, lambda sign: (folder / sign).exists()) == "keep"


def _files(folder: Path, without: Collection[str]) -> Iterator[tuple[str, bytes]]:
    for place, below, names in os.walk(folder):
        below[:] = sorted(name for name in below if _is_work(Path(place, name)))
        for name in sorted(names):
            path = Path(place, name)
            relative = path.relative_to(folder).as_posix()
            # A `.env` holds a password of the person who wrote the solution. It is no part of an answer.
            if relative not in without and name != ".env" and not is_clutter_file(name) and path.is_file():
                yield relative, path.read_bytes()

"""The revision graph as a value: what the files alone say of a submission's migrations.

Heads, bases, missing parents, cycles, duplicates, over-long ids, and what can be said of a revision's
`upgrade` and `downgrade` without running them. `revision_files` reads one file, `revision_graph` makes the
graph; this module must not know how either is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class FunctionFacts:
    """What the source says about an `upgrade()` or a `downgrade()`."""

    line: int
    empty: bool
    """True when the body does nothing: only `pass`, `...`, a docstring, `return` (None)."""
    raises: str | None = None
    """The exception's name when the body is only a `raise`, e.g. `NotImplementedError`."""
    operations: tuple[str, ...] = ()
    """Calls of note in the order of the source, e.g. `op.add_column`, `op.execute`, `op.batch_alter_table`,
    `batch_op.alter_column`, `create_all`, `commit`; with those of helper functions in the same file."""
    operation_lines: tuple[int, ...] = ()
    """For each operation the line it is on."""


@dataclass(frozen=True)
class Revision:
    """One revision file. All paths are posix, relative to the submission's root."""

    id: str
    parents: tuple[str, ...]
    """The ids of `down_revision`, as written; empty at a base."""
    message: str
    """First line of the module docstring: what `alembic history` shows; empty when there is none."""
    path: str
    line: int
    """The line of the `revision = ...` assignment; 1 where the id is the file's name, as of old."""
    depends_on: tuple[str, ...] = ()
    branch_labels: tuple[str, ...] = ()
    upgrade: FunctionFacts | None = None
    downgrade: FunctionFacts | None = None


class ProblemKind(StrEnum):
    """What can be wrong with revision files."""

    NO_REVISIONS = "no_revisions"
    """There are no revision files."""
    SEVERAL_HEADS = "several_heads"
    """More than one revision is the parent of no other."""
    SEVERAL_BASES = "several_bases"
    """More than one revision has no parent."""
    MISSING_PARENT = "missing_parent"
    """A revision names a parent that no file has."""
    CYCLE = "cycle"
    """Revisions are each other's ancestors."""
    DUPLICATE_ID = "duplicate_id"
    """Two files have the same revision id."""
    LONG_ID = "long_id"
    """The id is longer than the version table can hold."""
    MERGE_CONFLICT = "merge_conflict"
    """The file has the marks of an unresolved merge conflict."""
    SYNTAX_ERROR = "syntax_error"
    """The file is not Python source."""
    NO_REVISION_ID = "no_revision_id"
    """The file has no `revision = ...`."""
    UNREADABLE_REVISION = "unreadable_revision"
    """An id or a parent is not a literal, or one that Alembic refuses."""
    NO_UPGRADE = "no_upgrade"
    """The file has no `upgrade()`."""
    NO_DOWNGRADE = "no_downgrade"
    """The file has no `downgrade()`."""
    NO_MESSAGE = "no_message"
    """The revision has no message, or Alembic's own for none."""


@dataclass(frozen=True)
class GraphProblem:
    """Something wrong with the revision files that needs no database to see."""

    kind: ProblemKind
    message: str
    path: str | None = None
    line: int | None = None
    revision: str | None = None


@dataclass(frozen=True)
class RevisionGraph:
    """All revisions of a submission and what is wrong with them."""

    revisions: tuple[Revision, ...]
    """In the order `upgrade` would take them (parents first, then by path); files on no path last."""
    heads: tuple[str, ...]
    bases: tuple[str, ...]
    problems: tuple[GraphProblem, ...] = ()

    @property
    def head(self) -> str | None:
        """The only head, or None when there is none or several."""
        return self.heads[0] if len(self.heads) == 1 else None

    def get(self, revision: str) -> Revision | None:
        """The revision with that id, or None."""
        return next((item for item in self.revisions if item.id == revision), None)

    def target_below(self, revision: Revision) -> str:
        """What to downgrade to for undoing this revision and no other."""
        if not revision.parents:
            return "base" if len(self.bases) == 1 else f"{revision.id}@base"
        parent = revision.parents[0]
        children = sum(parent in item.parents for item in self.revisions)
        if len(revision.parents) == 1 and children > 1:
            return f"{revision.id}@-1"  # the parent's own id would take the other branches down too
        return parent

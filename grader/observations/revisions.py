"""The revision graph as a value: what the files alone say about a submission's migrations.

Heads, bases, what is wrong with the files, and what is known of each `upgrade` and `downgrade` without
running them. Must not know how files are read or how the graph is made: `submission` does both.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from grader.observations.files import Mention


@dataclass(frozen=True)
class ModelsCall:
    """A call that makes or drops the tables of the project's own models, as the models are on that day."""

    line: int
    """In the revision file, also where a function of another file does it."""
    name: str
    """What is called, as the file writes it: `db.metadata.create_all`."""


@dataclass(frozen=True)
class FunctionFacts:
    """What the source says about an `upgrade()` or a `downgrade()`."""

    line: int
    empty: bool
    """True if the body does nothing: only `pass`, `...`, a docstring, `return` (None)."""
    raises: str | None = None
    """The exception's name if the body is only a `raise`, e.g. `NotImplementedError`."""
    operations: tuple[str, ...] = ()
    """Calls that matter, in the order of the source: `op.add_column`, `op.execute`, `create_all`, `commit`,
    `batch_op.alter_column`. Calls in helper functions of the same file are included."""
    mentions: tuple[Mention, ...] = ()
    """The tables and columns that the operations name, each with its line."""
    ends_at: int | None = None
    """The first line that ends the transaction: `commit()`, `rollback()`, or SQL that does so."""
    autocommit_at: int | None = None
    """The first line with an `autocommit_block()`."""
    needless_autocommit_at: int | None = None
    """The first line in an `autocommit_block()` that PostgreSQL would run in a transaction too."""
    connects_at: int | None = None
    """The first line that opens a connection besides the one of Alembic."""
    reads_at: int | None = None
    """The first line that uses an answer of the database, or hands its connection to other code."""
    models_call: ModelsCall | None = None
    """In `upgrade()` the first call that makes tables of the models, in `downgrade()` one that drops them."""


@dataclass(frozen=True)
class HandWritten:
    """A statement of a revision that `alembic revision --autogenerate` does not write."""

    line: int
    what: str
    """What is called, or the kind of statement: `op.execute`, `a loop`."""


@dataclass(frozen=True)
class Explanation:
    """Whether the author of a revision says in the file what the code written by hand is for."""

    hand_written: tuple[HandWritten, ...]
    """In the order of the source, up to a limit; empty if autogenerate could have written all of it."""
    text: str = ""
    """The beginning of the first docstring or comment that explains something; empty if there is none."""


@dataclass(frozen=True)
class Revision:
    """One revision file. All paths are posix, relative to the submission's root."""

    id: str
    parents: tuple[str, ...]
    """The ids of `down_revision`, as written; empty at a base."""
    message: str
    """First line of the module docstring, which `alembic history` shows; empty if there is none."""
    path: str
    line: int
    """The line of the `revision = ...` assignment; 1 if the id is in the file's name (old chains)."""
    depends_on: tuple[str, ...] = ()
    branch_labels: tuple[str, ...] = ()
    upgrade: FunctionFacts | None = None
    downgrade: FunctionFacts | None = None
    explanation: Explanation | None = None
    """None if it was not looked at."""


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
    """Something wrong with the revision files that can be seen without a database."""

    kind: ProblemKind
    message: str
    path: str | None = None
    line: int | None = None
    revision: str | None = None


@dataclass(frozen=True)
class RevisionGraph:
    """All revisions of a submission and what is wrong with them."""

    revisions: tuple[Revision, ...]
    """In the order of `upgrade` (parents first, then by path). Files outside of every path come last."""
    heads: tuple[str, ...]
    bases: tuple[str, ...]
    problems: tuple[GraphProblem, ...] = ()

    @property
    def head(self) -> str | None:
        """The only head; None if there is none or there are several."""
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

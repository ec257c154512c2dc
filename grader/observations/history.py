"""What the commits of a submission's repository say about its revision files.

Must not know how git is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EditKind(StrEnum):
    """What became of a revision file after it was committed."""

    CHANGED = "changed"
    """What it runs, or what it comes after, is no longer what was committed first."""
    DELETED = "deleted"
    """No file has its revision id any more."""


@dataclass(frozen=True)
class Commit:
    """A commit, as reports name it."""

    id: str
    """The first characters of its id."""
    date: str
    """The day of the commit, as `2026-03-02`."""


@dataclass(frozen=True)
class RevisionEdit:
    """A revision that is not as it was first committed."""

    kind: EditKind
    revision: str
    path: str
    """Where the file is, or was last, relative to the submission's root."""
    parts: tuple[str, ...]
    """What differs: `upgrade()`, `downgrade()`, `down_revision`, ...; empty for a deleted file."""
    first: Commit
    """The commit that added the revision."""
    first_path: str
    """Where the file was in that commit."""
    commit: Commit | None
    """The commit since which it is not as it was; None if the change is not committed."""


@dataclass(frozen=True)
class RevisionHistory:
    """The revision files in the commits of a submission's repository, compared with those handed in."""

    lacking: str = ""
    """Why there is nothing to compare with, as the end of a sentence; empty if there is."""
    revisions: int = 0
    """How many revisions the commits hold."""
    whole: bool = True
    """False if only the newest commits are known: the clone is shallow, or there are too many commits."""
    edits: tuple[RevisionEdit, ...] = ()
    """In the order in which the revisions were committed."""

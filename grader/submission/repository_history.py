"""Finds the repository of a submission, and reads what became of the revision files in it.

A stranger's repository is copied first: git never works in it. The repository of whoever runs the grader, or
of a course, is read where it is. Must not know what follows from the history.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.assignment.model import Limits
from grader.errors import BrokenSubmission, GraderError
from grader.observations.files import Layout
from grader.observations.history import RevisionHistory
from grader.observations.revisions import RevisionGraph
from grader.submission.git.course_repository import repository_top
from grader.submission.git.files import RepositoryCopy
from grader.submission.git.log import read_log
from grader.submission.git.repository import copy_repository, is_repository
from grader.submission.revision_history import compared_with

_NO_REPOSITORY = "the submission is no git repository of its own"
_ARCHIVE = "an archive holds no history; hand in the address of the repository, or a clone with its `.git`"


@dataclass(frozen=True)
class _Opened:
    """A repository that git may read."""

    git_dir: Path
    commit: str = "HEAD"
    folder: str = ""
    """The submission's folder in it; empty for the top."""


class _NoHistoryError(Exception):
    """There is no history to read; the text says why."""


def read_history(
    source: Path,
    root: Path,
    layout: Layout,
    graph: RevisionGraph,
    *,
    limits: Limits,
    trusted: bool,
) -> RevisionHistory:
    """Compare the staged revision files with the commits of the submission's repository. Never raises for it.

    Args:
        source: what was handed in: a folder, a bare repository or an archive.
        root: the staged submission. The folder above it takes a temporary copy.
        layout: where its migrations are.
        graph: its revisions.
        limits: how large the repository may be.
        trusted: the folder may belong to a repository above it, and that is the grader's own or a course's.
    """
    try:
        with _opened(source, root.parent, limits, trusted=trusted) as opened:
            log = read_log(opened.git_dir, opened.commit, opened.folder)
            history = compared_with(log, opened.git_dir, root, layout, graph)
    except _NoHistoryError as reason:
        return RevisionHistory(lacking=str(reason))
    except BrokenSubmission:
        return RevisionHistory(lacking="the repository is too large to be read")
    except (GraderError, OSError):
        return RevisionHistory(lacking="its repository cannot be read here")
    if not log.changes and not log.whole:
        return RevisionHistory(lacking="no commit of its repository can be read", whole=False)
    if len({change.number for change in log.changes}) == 1 and not log.whole:
        return RevisionHistory(lacking="the clone is shallow: it has the last commit only", whole=False)
    return history


@contextmanager
def _opened(source: Path, scratch: Path, limits: Limits, *, trusted: bool) -> Iterator[_Opened]:
    """Make the repository readable until the end of the block.

    Raises:
        _NoHistoryError: there is none.
        GraderError: it cannot be copied.
    """
    if not source.is_dir():
        raise _NoHistoryError(_ARCHIVE)
    bare = is_repository(source)
    top = source if bare else repository_top(source) if trusted else source
    git_dir = source if bare else None if top is None else top / ".git"
    if top is None or git_dir is None or not os.path.lexists(git_dir):
        raise _NoHistoryError(_NO_REPOSITORY)
    if trusted and not bare:
        inside = os.path.relpath(source.resolve(), top.resolve())
        yield _Opened(git_dir, folder="" if inside == "." else Path(inside).as_posix())
        return
    if not git_dir.is_dir() or git_dir.is_symlink():
        raise _NoHistoryError("its `.git` is no folder, so its commits are elsewhere")
    with tempfile.TemporaryDirectory(dir=scratch, prefix="history-", ignore_cleanup_errors=True) as folder:
        copy = RepositoryCopy(Path(folder) / "copy.git")
        copy_repository(git_dir, copy.folder, limits)
        yield _Opened(copy.folder, (copy.commit() if bare else None) or "HEAD")

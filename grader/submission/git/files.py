"""The files of a bare git repository's newest commit, as entries to read one by one.

git reads a copy of the repository (see `grader.submission.git.repository`), at the commit that HEAD names.
Contents are read as they were committed: no attribute, filter or `export-subst` of the submission changes a
byte. Must not know which files are staged.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from grader.assignment.model import Limits
from grader.errors import BrokenSubmission, GraderError, HarnessFault, UsageError
from grader.submission.entries import CHUNK_BYTES, EntryKind, SourceEntry, check_count
from grader.submission.git.program import ENTRY_KINDS, running_git
from grader.submission.git.repository import copy_repository
from grader.text.names import printable

GRADED_REF = "refs/graded/target"
"""In a repository of our own: the commit to grade, if it is not the one that HEAD names."""

_READ_SECONDS = 120.0
_LONGEST_NAME = 4096
_BRANCHES = "refs/heads/"
_LIKELY = (f"{_BRANCHES}main", f"{_BRANCHES}master")


@contextmanager
def open_repository(path: Path, scratch: Path, limits: Limits) -> Iterator[list[SourceEntry]]:
    """List the files of a repository's newest commit. They can be read until the end of the block.

    Args:
        path: the repository.
        scratch: the folder for the temporary copy.
        limits: how much it may hold.

    Raises:
        BrokenSubmission: it is damaged, too large, or holds a name that leads out of it. Reading an entry
            may raise it too.
        UsageError: HEAD names no branch, and there are several branches.
        UnavailableError: git is not installed.
        HarnessFault: git or this machine failed.
    """
    with tempfile.TemporaryDirectory(dir=scratch, prefix="git-", ignore_cleanup_errors=True) as folder:
        complete = not os.path.lexists(path / "objects" / "info" / "alternates")
        copy = RepositoryCopy(Path(folder) / "copy.git", complete)
        copy_repository(path, copy.folder, limits)
        commit = copy.commit()
        if commit is None:
            yield []
            return
        listed = [_parsed(line) for line in copy.listing(commit, limits)]
        with copy.started("cat-file", "--batch", reads_input=True) as reader:
            yield [
                SourceEntry(parts, kind, partial(copy.content, reader, identifier))
                for parts, kind, identifier in listed
            ]


@dataclass(frozen=True)
class RepositoryCopy:
    """A copy of a repository, made by us. git reads only from such copies."""

    folder: Path
    complete: bool = True
    """False if some of its objects may be in another repository, which is not read."""

    def commit(self) -> str | None:
        """The commit to grade; None if the repository has no commit.

        Raises:
            UsageError: there are several branches, and HEAD names none of them.
        """
        if found := self.resolve(GRADED_REF) or self.resolve("HEAD"):
            return found
        branches = self._answer("for-each-ref", "--format=%(refname)", "--count=100", _BRANCHES).split()
        likely = branches if len(branches) == 1 else [name for name in _LIKELY if name in branches]
        if not branches:
            return None
        if not likely:
            named = ", ".join(printable(name.removeprefix(_BRANCHES), limit=40) for name in branches[:10])
            raise UsageError(
                f"HEAD names no branch of the repository, which has several: {named}.",
                next_step="Name one after the address, as in file:///folder/ada.git#branch.",
            )
        if found := self.resolve(likely[0]):
            return found
        raise self._damage("a branch leads to no commit")

    def resolve(self, name: str) -> str | None:
        """The commit id that a full ref name or an id stands for; None if there is no such commit."""
        return self._answer("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}") or None

    def listing(self, commit: str, limits: Limits) -> Iterator[bytes]:
        """The lines of `git ls-tree` for a commit."""
        with self.started("ls-tree", "-r", "-z", "--full-tree", commit) as process:
            count, rest = 0, b""
            while chunk := _output(process).read1(CHUNK_BYTES):  # type: ignore[attr-defined]
                *lines, rest = (rest + chunk).split(b"\0")
                for line in lines:
                    count += 1
                    check_count(count, limits, what="repository")
                    yield line
                if len(rest) > 2 * _LONGEST_NAME:
                    raise BrokenSubmission("The repository holds a path that is far too long.")
            self._check_end(process)

    def content(self, reader: subprocess.Popen[bytes], identifier: str) -> Iterator[bytes]:
        """Read one object from a running `git cat-file --batch`, in pieces."""
        answers = _output(reader)
        with contextlib.suppress(OSError):  # git has ended, and will not answer
            if reader.stdin is not None:
                reader.stdin.write(f"{identifier}\n".encode())
                reader.stdin.flush()
        header = answers.readline(_LONGEST_NAME).split()
        if len(header) != 3 or header[1] != b"blob":  # noqa: PLR2004 - id, type, size
            self._check_end(reader, ended=not header)
            raise self._damage("the content of a file is missing")
        left = int(header[2]) + 1  # a line end follows
        while left:
            chunk = answers.read(min(left, CHUNK_BYTES))
            if not chunk:
                self._check_end(reader)
                raise self._damage("the content of a file is cut short")
            left -= len(chunk)
            yield chunk if left else chunk[:-1]

    def started(
        self, *arguments: str, reads_input: bool = False
    ) -> AbstractContextManager[subprocess.Popen[bytes]]:
        """Start git on the copy, see `running_git`."""
        return running_git(self.folder, *arguments, reads_input=reads_input, seconds=_READ_SECONDS)

    def _answer(self, *arguments: str) -> str:
        """The output of git; empty when git finds nothing."""
        with self.started(*arguments) as process:
            text = _output(process).read(CHUNK_BYTES).decode("utf-8", "replace").strip()
            return text if process.wait() == 0 else ""

    def _check_end(self, process: subprocess.Popen[bytes], *, ended: bool = True) -> None:
        """Raise an error if git failed."""
        code = process.wait() if ended else 0
        if code < 0:
            raise HarnessFault(
                "git was stopped while it read the repository: it took too long, or memory ran out.",
                next_step="Grade the submission again; if it happens again, look at the repository by hand.",
            )
        if code > 0:
            raise self._damage("git cannot list its files")

    def _damage(self, what: str) -> GraderError:
        if self.complete:
            return BrokenSubmission(
                f"The repository is damaged: {what}.",
                next_step="Clone it, run `git fsck` in the clone, and hand in a repository that passes.",
            )
        return HarnessFault(
            f"The repository has only a part of its objects: {what}. The rest is in another repository, "
            "which objects/info/alternates names.",
            next_step="Run `git repack -a -d` in it and delete objects/info/alternates, or clone it and "
            "grade the clone.",
        )


def _output(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdout is None:
        raise RuntimeError("git was started without a pipe")
    return process.stdout


def _parsed(line: bytes) -> tuple[tuple[str, ...], EntryKind, str]:
    """Split a line of `git ls-tree` into path, kind and object id."""
    about, _, name = line.partition(b"\t")
    mode, _, identifier = about.decode("ascii").split(" ")
    path = os.fsdecode(name)
    parts = tuple(path.split("/"))
    if len(name) > _LONGEST_NAME or any(part in ("", ".", "..") for part in parts):
        raise BrokenSubmission(
            f"The repository holds a name that leads out of its folder: {printable(path, limit=80)}",
            next_step="Commit the work in a fresh repository and hand that in.",
        )
    return parts, ENTRY_KINDS.get(mode, "special"), identifier

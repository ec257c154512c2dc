"""The git repository that a CI job has checked out: which files its commits hold, and their content.

A pull request may hold anything, so nothing in the commits is trusted. git never searches for a repository,
because a folder of a commit can look like one, with settings of its own. git reads commits, never the files
that are checked out, and gets no setting that could name a program. Must not know what a submission is.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.errors import HarnessFault, UnavailableError, UsageError
from grader.submission.entries import EntryKind
from grader.submission.git.program import ENTRY_KINDS, git_command, git_environment
from grader.text.names import printable

_SECONDS = 120
_NOTHING = re.compile(r"0{40}|0{64}")
"""How GitHub and GitLab write "no commit": the base of a branch's first push."""
_FIRST_LINES = 3


@dataclass(frozen=True)
class CourseRepository:
    """A checked-out repository."""

    top: Path
    """The folder of the checkout."""

    @classmethod
    def around(cls, path: Path) -> CourseRepository:
        """The repository that a file or folder belongs to. The path need not exist.

        Links are not followed: a commit may replace the folder by a link.

        Raises:
            UsageError: the path is in no repository.
        """
        found = repository_top(path)
        if found is None:
            raise UsageError(
                f"{printable(str(path))} is not in a git repository",
                next_step="git says what has changed, so name a folder of a clone.",
            )
        return cls(found)

    def inside(self, path: Path) -> str:
        """A path as git writes it: relative to the top, with slashes; empty for the top itself."""
        relative = Path(os.path.abspath(path)).relative_to(self.top).as_posix()  # noqa: PTH100 - follows no link
        return "" if relative == "." else relative

    def commit(self, revision: str) -> str:
        """The full id of a commit. For an id of zeros, which means "no commit", the id of the empty tree.

        Raises:
            UsageError: there is no such commit in this clone.
        """
        if _NOTHING.fullmatch(revision):
            return self._git("hash-object", "-t", "tree", "--stdin").decode().strip()
        if revision and not revision.startswith("-"):
            found = self._try("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
            if found.returncode == 0:
                return found.stdout.decode().strip()
        raise UsageError(
            f"{printable(revision) or 'an empty name'} is not a commit of this clone",
            next_step=self._why_missing(),
        )

    def common_ancestor(self, one: str, other: str) -> str:
        """The newest commit that two histories have in common; the empty tree if `one` is an id of zeros.

        Raises:
            UsageError: they have no commit in common in this clone.
        """
        if _NOTHING.fullmatch(one):
            return self.commit(one)
        found = self._try("merge-base", self.commit(one), self.commit(other))
        if found.returncode == 0:
            return found.stdout.decode().strip()
        raise UsageError(
            f"{printable(one)} and {printable(other)} have no commit in common in this clone",
            next_step=self._why_missing(),
        )

    def changed_paths(self, before: str, after: str) -> list[str]:
        """The paths that differ between two commits. A renamed file is listed under both names."""
        listed = self._git(
            *("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv"),
            *(before, after),
        )
        return [os.fsdecode(name) for name in listed.split(b"\0") if name]

    def kind(self, commit: str, path: str) -> EntryKind | None:
        """The kind of a path in a commit; None if the path is not in it."""
        if not path:
            return "folder"
        return self._listed(commit, path).get(path)

    def children(self, commit: str, folder: str) -> dict[str, EntryKind]:
        """The names in a folder of a commit, with their kinds."""
        listed = self._listed(commit, *([f"{folder}/"] if folder else []))
        return {PurePosixPath(path).name: kind for path, kind in listed.items()}

    def content(self, commit: str, path: str) -> bytes:
        """The bytes of a file in a commit. Filters of the repository are not applied.

        Raises:
            UsageError: there is no such file.
        """
        if self.kind(commit, path) != "file":
            raise UsageError(
                f"{printable(path)} is not a file of the commit {commit[:12]}",
                next_step="Name a file that is in the repository already, not one that the change adds.",
            )
        return self._git("cat-file", "blob", f"{commit}:{path}")

    def _listed(self, commit: str, *paths: str) -> dict[str, EntryKind]:
        listed = self._git("ls-tree", "-z", "--full-tree", commit, "--", *paths)
        entries = [os.fsdecode(entry).split("\t", 1) for entry in listed.split(b"\0") if entry]
        return {name: ENTRY_KINDS.get(about.partition(" ")[0], "file") for about, name in entries}

    def _why_missing(self) -> str:
        if self._git("rev-parse", "--is-shallow-repository").strip() == b"true":
            return (
                "The clone is shallow, it has the last commits only. Fetch more: `fetch-depth: 0` for "
                "actions/checkout, `GIT_DEPTH: 0` for GitLab, `git fetch --unshallow` by hand."
            )
        return (
            "After a force-push the earlier commit is gone. Name the branch to compare with, such as "
            "origin/main."
        )

    def _git(self, *arguments: str) -> bytes:
        done = self._try(*arguments)
        if done.returncode != 0:
            said = printable(" / ".join(done.stderr.decode("utf-8", "replace").splitlines()[:_FIRST_LINES]))
            raise HarnessFault(
                f"git {arguments[0]} failed in {printable(str(self.top))}: {said or 'it gave no reason'}",
                next_step="`git fsck` shows whether the clone is whole. Clone again if it is not.",
            )
        return done.stdout

    def _try(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                git_command(self.top / ".git", *arguments),
                input=b"",
                capture_output=True,
                env=git_environment(),
                timeout=_SECONDS,
                check=False,
            )
        except UnavailableError as error:
            next_step = "Install it: `apt-get install git` or the like."
            raise UsageError("git is not installed", next_step=next_step) from error
        except subprocess.TimeoutExpired:
            raise HarnessFault(f"git {arguments[0]} did not end in {_SECONDS} seconds.") from None


def repository_top(path: Path) -> Path | None:
    """The top folder of the repository that a path is in; None if it is in none.

    No commit can hold an entry called `.git`, so the nearest `.git` is the clone's own.
    """
    full = Path(os.path.abspath(path))  # noqa: PTH100 - follows no link
    return next((folder for folder in (full, *full.parents) if (folder / ".git").exists()), None)

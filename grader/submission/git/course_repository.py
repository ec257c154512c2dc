"""The git repository that a job has checked out: what its commits hold, read without running any of it.

The commits are foreign, as a pull request may hold anything. So git is never made to look for a repository (a
folder of a commit can be made to look like one, settings and all), reads commits and never the files that are
checked out, and gets no settings that could name a program. Must not know what a submission is.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from grader.errors import HarnessFault, UsageError
from grader.text.names import printable

_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.attributesFile": os.devnull,
    "protocol.allow": "never",  # of a partial clone, too: what is not there is not fetched
}
_SECONDS = 120
_NOTHING = re.compile(r"0{40}|0{64}")
"""What hosts call the commit before the first one of a branch."""
_FIRST_LINES = 3


class ObjectKind(StrEnum):
    """What a name in a commit is."""

    FOLDER = "folder"
    FILE = "file"
    LINK = "link"
    SUBMODULE = "submodule"


_KINDS = {b"040000": ObjectKind.FOLDER, b"120000": ObjectKind.LINK, b"160000": ObjectKind.SUBMODULE}


@dataclass(frozen=True)
class CourseRepository:
    """A checked-out repository."""

    top: Path
    """The folder that it is checked out in."""

    @classmethod
    def around(cls, path: Path) -> CourseRepository:
        """The repository that a file or folder belongs to, there or not.

        Links are not followed: a commit may turn the folder itself into one.

        Raises:
            UsageError: it belongs to none.
        """
        found = repository_top(path)
        if found is None:
            raise UsageError(
                f"{printable(str(path))} is not in a git repository",
                next_step="What has changed is asked of git: name a folder of a clone.",
            )
        return cls(found)

    def inside(self, path: Path) -> str:
        """A path as commits name it: relative to the top, with slashes, empty for the top itself."""
        relative = Path(os.path.abspath(path)).relative_to(self.top).as_posix()  # noqa: PTH100 - follows no link
        return "" if relative == "." else relative

    def commit(self, revision: str) -> str:
        """The full id of a commit; of the empty tree for the zeros that stand for no commit.

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
        """The commit that two histories have last had in common; the empty tree for an empty one.

        Raises:
            UsageError: they have none in this clone.
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
        """The files that differ between two trees; a renamed one under both of its names."""
        listed = self._git(
            *("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv"),
            *(before, after),
        )
        return [os.fsdecode(name) for name in listed.split(b"\0") if name]

    def kind(self, commit: str, path: str) -> ObjectKind | None:
        """What a path is in a commit; None for what is not there."""
        if not path:
            return ObjectKind.FOLDER
        return self._listed(commit, path).get(path)

    def children(self, commit: str, folder: str) -> dict[str, ObjectKind]:
        """The names in a folder of a commit, and what they are."""
        listed = self._listed(commit, *([f"{folder}/"] if folder else []))
        return {PurePosixPath(path).name: kind for path, kind in listed.items()}

    def content(self, commit: str, path: str) -> bytes:
        """What a file holds in a commit: the very bytes, whatever filters the repository has.

        Raises:
            UsageError: there is no such file.
        """
        if self.kind(commit, path) is not ObjectKind.FILE:
            raise UsageError(
                f"{printable(path)} is not a file of the commit {commit[:12]}",
                next_step="Name a file that is in the repository already, not one that the change brings.",
            )
        return self._git("cat-file", "blob", f"{commit}:{path}")

    def _listed(self, commit: str, *paths: str) -> dict[str, ObjectKind]:
        entries = self._git("ls-tree", "-z", "--full-tree", commit, "--", *paths)
        found: dict[str, ObjectKind] = {}
        for entry in entries.split(b"\0"):
            if entry:
                about, name = entry.split(b"\t", 1)
                found[os.fsdecode(name)] = _KINDS.get(about.split(b" ", 1)[0], ObjectKind.FILE)
        return found

    def _why_missing(self) -> str:
        if self._git("rev-parse", "--is-shallow-repository").strip() == b"true":
            return (
                "The clone is shallow, it has the last commits only. Fetch more: `fetch-depth: 0` for "
                "actions/checkout, `GIT_DEPTH: 0` for GitLab, `git fetch --unshallow` by hand."
            )
        return (
            "After a force-push the earlier commit is gone: name the branch to compare with, such as "
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
                [*_command(self.top), *arguments],
                input=b"",
                capture_output=True,
                env=_environment(),
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise HarnessFault(f"git {arguments[0]} did not end in {_SECONDS} seconds.") from None


def repository_top(path: Path) -> Path | None:
    """The folder of the repository that a path belongs to; None if it belongs to none.

    No commit can hold anything called `.git`, so that the nearest one is the clone's own.
    """
    full = Path(os.path.abspath(path))  # noqa: PTH100 - follows no link
    return next((folder for folder in (full, *full.parents) if (folder / ".git").exists()), None)


def _command(top: Path) -> Sequence[str]:
    program = shutil.which("git")
    if program is None:
        raise UsageError("git is not installed", next_step="Install it: `apt-get install git` or the like.")
    settings = (word for key, value in _SETTINGS.items() for word in ("-c", f"{key}={value}"))
    return [program, f"--git-dir={top / '.git'}", *settings]


def _environment() -> dict[str, str]:
    """All that git finds in its environment: none of the settings of whoever runs it."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }

"""Finds the files of a folder that git leaves out of a commit: ignored by a rule, and not committed already.

git is asked, but never in the folder's own repository, whose settings could name programs. It works in a new
repository of ours, with copies of the two files that matter: the index, and the rules of `info/exclude`. Must
not know why somebody asks.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from grader.errors import UnavailableError
from grader.submission.entries import read_regular_file
from grader.submission.git.program import git_command, git_environment
from grader.submission.git.repository import make_repository, uses_sha_256

_SECONDS = 10.0
_LARGEST_COPY = 64 * 1024 * 1024
_LONGEST_LINK = 4096


def ignored_files(folder: Path, paths: Iterable[str], *, own: bool) -> frozenset[str]:
    """Which files git ignores and has not committed.

    Args:
        folder: the submission.
        paths: files in it, relative to it.
        own: the folder is its owner's work: if it is in no repository yet, it will be the top of one.
    """
    found: set[str] = set()
    by_top: dict[Path | None, list[str]] = {}
    folder = folder.resolve()
    for path in paths:
        by_top.setdefault(_work_tree(folder, folder / path), []).append(path)
    for top, names in by_top.items():
        if top is not None:
            found.update(_ignored_in(top, _git_dir(top), folder, names))
        elif own:
            found.update(_ignored_in(folder, None, folder, names))
    return frozenset(found)


def _work_tree(folder: Path, path: Path) -> Path | None:
    """The top of the work tree that a file is in; None if there is none.

    A repository that ignores the whole folder is not the folder's own: it is that of a course, say.
    """
    top = next((above for above in path.parents if os.path.lexists(above / ".git")), None)
    if top is None or top == folder or folder in top.parents:
        return top
    return None if _ignored_in(top, _git_dir(top), folder, ["."]) else top


def _git_dir(top: Path) -> Path | None:
    """The repository of a work tree. In a submodule or a linked work tree, `.git` is a file that names it."""
    git = top / ".git"
    if git.is_dir():
        return git
    named = _text(git).removeprefix("gitdir:").strip()
    return top / named if named and named.isprintable() else None


def _ignored_in(top: Path, git_dir: Path | None, folder: Path, names: Sequence[str]) -> list[str]:
    """Which of the folder's files are ignored in a work tree."""
    asked = {os.path.normpath(os.path.relpath(folder / name, top)): name for name in names}
    with tempfile.TemporaryDirectory(prefix="git-", ignore_cleanup_errors=True) as scratch:
        copy = Path(scratch) / "copy.git"
        common = git_dir
        if git_dir is not None and (shared := _text(git_dir / "commondir").strip()):
            common = git_dir / shared
        try:
            make_repository(copy, sha_256=common is not None and uses_sha_256(common))
            if git_dir is not None and common is not None:
                _copy(git_dir / "index", copy / "index")
                _copy(common / "info" / "exclude", copy / "info" / "exclude")
            command = git_command(copy, "-c", "core.bare=false", *_own_rules(), f"--work-tree={top}")
            done = subprocess.run(
                [*command, "check-ignore", "-z", "--stdin"],
                input="\0".join(asked).encode("utf-8", "surrogateescape"),
                cwd=top,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
                env=git_environment(),
            )
        except (OSError, subprocess.TimeoutExpired, UnavailableError):
            return _listed(folder, names)
    if done.returncode not in (0, 1):
        return _listed(folder, names)
    said = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    return [asked[name] for name in said if name in asked]


def _own_rules() -> list[str]:
    """The option that names the file of rules of whoever runs the grader, as for any use of git."""
    program = shutil.which("git")
    home = {name: os.environ[name] for name in ("HOME", "XDG_CONFIG_HOME") if name in os.environ}
    if program is None or not home:
        return []
    done = subprocess.run(
        [program, "config", "--global", "--type=path", "--get", "core.excludesFile"],
        cwd="/",
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
        env={"PATH": os.environ.get("PATH", os.defpath), "GIT_CONFIG_NOSYSTEM": "1", **home},
    )
    usual = Path(home.get("XDG_CONFIG_HOME") or f"{home.get('HOME')}/.config") / "git" / "ignore"
    return ["-c", f"core.excludesFile={done.stdout.strip() or usual}"]


def _listed(folder: Path, names: Sequence[str]) -> list[str]:
    """Which files the folder's `.gitignore` names. For machines without git."""
    lines = {line.strip().removeprefix("/") for line in _text(folder / ".gitignore").splitlines()}
    return [name for name in names if name in lines]


def _copy(source: Path, target: Path) -> None:
    """Copy a regular file, if there is one."""
    left = _LARGEST_COPY
    target.parent.mkdir(exist_ok=True)
    try:
        with target.open("wb") as file:
            for chunk in read_regular_file(source):
                left -= len(chunk)
                if left < 0:
                    raise OSError(f"{source.name} is too large")
                file.write(chunk)
    except FileNotFoundError:
        target.unlink()


def _text(path: Path) -> str:
    """The beginning of a file; empty if it cannot be read."""
    try:
        return next(iter(read_regular_file(path)), b"")[:_LONGEST_LINK].decode("utf-8", "replace")
    except OSError:
        return ""

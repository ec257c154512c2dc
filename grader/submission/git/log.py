"""Reads from a repository which Python files each commit added, changed or deleted, and their contents.

Only data is read: no filter, hook or setting of the repository runs a program. Time and size have limits.
What is beyond them is left out, the oldest commits first. Must not know what the files are for.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from grader.observations.history import Commit
from grader.submission.git.program import running_git

MOST_COMMITS = 2000
"""The newest of them are read."""
_SECONDS = 10.0
"""How long git may take for one answer."""
_MOST_MEMORY = 256 * 1024 * 1024
"""git collects the changes of a commit before it writes them, and a few objects can stand for billions."""
_MOST_BYTES = 16 * 1024 * 1024
"""How much of the list of changes is read."""
_SHORT_ID = 7
_CHUNK = 64 * 1024
_HEADER_BYTES = 4096
_COMMIT = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64}) (\d{4}-\d\d-\d\d)")
_CHANGE = re.compile(rb":\d{6} (\d{6}) [0-9a-f]+ ([0-9a-f]+) [A-Z]\d*")
_FILE_MODES = (b"100644", b"100664", b"100755")


@dataclass(frozen=True)
class FileChange:
    """One file that one commit added, changed or deleted."""

    commit: Commit
    number: int
    """The position of the commit, oldest first."""
    path: str
    """Relative to the folder that was asked for."""
    content: str | None
    """The id of the file's content after the commit; None if the file is gone."""


@dataclass(frozen=True)
class FileLog:
    """The changes of Python files in a repository, the oldest first."""

    changes: tuple[FileChange, ...]
    whole: bool
    """False if older commits are missing."""


def read_log(git_dir: Path, commit: str, folder: str = "") -> FileLog:
    """Read the changes up to a commit. Of a merge, what differs from its first parent counts.

    Args:
        git_dir: the repository.
        commit: the newest commit.
        folder: the folder of interest, relative to the top of the repository.

    Raises:
        UnavailableError: git is not installed.
    """
    options = ("--topo-order", "--full-history", f"--max-count={MOST_COMMITS + 1}", "--format=%H %cs")
    changes = ("--raw", "-z", "--no-abbrev", "--no-renames", "--diff-merges=first-parent")
    plain = ("--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-color", "--no-mailmap")
    place = f":(top,literal){folder}" if folder else ":(top,glob)**/*.py"
    with running_git(
        git_dir,
        "log",
        *options,
        *changes,
        *plain,
        commit,
        "--",
        place,
        seconds=_SECONDS,
        most_memory=_MOST_MEMORY,
    ) as process:
        data, ended = _read(process.stdout, _MOST_BYTES)
        ended = ended and process.wait() == 0
    found = list(_parsed(data, f"{folder}/" if folder else ""))
    many = any(item[0] >= MOST_COMMITS for item in found)
    newest_first = [item for item in found if item[0] < MOST_COMMITS]
    last = max((number for number, *_ in newest_first), default=0)
    # Python's sort keeps the order of the changes of one commit.
    oldest_first = sorted(newest_first, key=lambda item: -item[0])
    shallow = (git_dir / "shallow").is_file() and (git_dir / "shallow").stat().st_size > 0
    return FileLog(
        tuple(
            FileChange(about, last - number, path, content) for number, about, path, content in oldest_first
        ),
        whole=ended and not many and not shallow,
    )


def read_contents(git_dir: Path, identifiers: Iterable[str], most_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Read contents by their ids, until there are `most_bytes` of all of them together.

    What is missing, no file, or larger than what is left of that, is left out.

    Raises:
        UnavailableError: git is not installed.
    """
    with running_git(git_dir, "cat-file", "--batch", reads_input=True, seconds=_SECONDS) as reader:
        asking, answers = reader.stdin, reader.stdout
        if asking is None or answers is None:
            raise RuntimeError("git was started without pipes")
        for identifier in identifiers:
            with contextlib.suppress(OSError):  # git has ended, and will not answer
                asking.write(f"{identifier}\n".encode())
                asking.flush()
            header = answers.readline(_HEADER_BYTES).split()
            if not header:
                return
            if len(header) != 3:  # noqa: PLR2004 - id, kind, size; `<id> missing` otherwise
                continue
            size = int(header[2])
            data = answers.read(min(size, most_bytes))
            left = size - len(data) + 1  # a line end follows
            while left and (skipped := answers.read(min(left, _CHUNK))):
                left -= len(skipped)
            if left:
                return
            if header[1] == b"blob" and size <= most_bytes:
                most_bytes -= size
                yield identifier, data


def _parsed(data: bytes, prefix: str) -> Iterator[tuple[int, Commit, str, str | None]]:
    """The changes with the number of their commit, the newest first."""
    fields = iter(data.split(b"\0"))
    number, about = -1, Commit("", "")
    for field in fields:
        text = field.strip()
        if commit := _COMMIT.fullmatch(text):
            number += 1
            about = Commit(commit[1][:_SHORT_ID].decode(), commit[2].decode())
        elif change := _CHANGE.fullmatch(text):
            path = next(fields, b"").decode("utf-8", "surrogateescape")
            if path.startswith(prefix) and path.endswith(".py"):
                there = change[1] in _FILE_MODES
                yield number, about, path.removeprefix(prefix), change[2].decode() if there else None


def _read(stream: IO[bytes] | None, most: int) -> tuple[bytes, bool]:
    """The beginning of what git writes, and whether that is all of it."""
    if stream is None:
        raise RuntimeError("git was started without a pipe")
    data = stream.read(most + 1)
    return data[:most], len(data) <= most

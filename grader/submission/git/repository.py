"""Copies what is only data of a git repository into one of ours, where git can work without a risk.

A repository is foreign as a whole: its settings may name programs, its hooks are some, its list of alternates
may lead to somebody else's objects. So git never works in it, not even to clone it: its objects and refs are
copied, and nothing else. Runs no git itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from grader.assignment.model import Limits
from grader.errors import BrokenSubmission, HarnessFault, UnavailableError
from grader.submission.entries import ENTRIES_PER_FILE, read_regular_file
from grader.text.names import printable

_FACTOR = 8
"""How much larger than a submission may be its repository may be: what it was earlier counts here too."""
_COPIED = (
    re.compile(r"HEAD|packed-refs"),
    re.compile(r"refs/.+(?<!\.lock)"),
    re.compile(r"objects/[0-9a-f]{2}/[0-9a-f]{38,62}"),
    re.compile(r"objects/pack/pack-[0-9a-f]{40,64}\.(?:pack|idx)"),
)
"""Everything else of a repository stays where it is: settings, hooks, alternates, caches."""
_SHA_256 = re.compile(rb"^\s*objectformat\s*=\s*\"?sha256", re.IGNORECASE | re.MULTILINE)
_REFTABLE = re.compile(rb"^\s*refstorage\s*=\s*\"?reftable", re.IGNORECASE | re.MULTILINE)
_SETTINGS_BYTES = 64 * 1024
_HEAD = re.compile(rb"ref: |[0-9a-f]{40}")
_HEAD_BYTES = 64


def is_repository(path: Path) -> bool:
    """Tell a bare repository from any other folder, by what lies in it."""
    try:
        return (
            path.is_dir()
            and (path / "objects").is_dir()
            and (path / "refs").is_dir()
            and _HEAD.match(_beginning(path / "HEAD", _HEAD_BYTES)) is not None
        )
    except (OSError, ValueError):
        return False


def without_ending(name: str) -> str:
    """The name of a repository's folder without `.git`."""
    return name.removesuffix(".git") or name


def borrows(path: Path) -> bool:
    """Tell whether some of a repository's objects may be in another one, which is not looked into."""
    return os.path.lexists(path / "objects" / "info" / "alternates")


def copy_repository(source: Path, target: Path, limits: Limits) -> None:
    """Make a repository of ours with the objects and refs of another one.

    Raises:
        BrokenSubmission: it is far too large.
        UnavailableError: it keeps its branches in a way that is not read.
        HarnessFault: it cannot be read or written here.
    """
    try:
        settings = _beginning(source / "config", _SETTINGS_BYTES) if (source / "config").is_file() else b""
        if _REFTABLE.search(settings):
            raise UnavailableError(
                f"{printable(source.name)} keeps its branches as a reftable, which is not read.",
                next_step="Run `git refs migrate --ref-format=files` in it.",
            )
        make_repository(target, sha_256=_SHA_256.search(settings) is not None)
        room = _Room(limits)
        for name in _data_files(source, room):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            with (target / name).open("wb") as file:
                for chunk in read_regular_file(source / name):
                    room.take(len(chunk))
                    file.write(chunk)
    except OSError as error:
        raise HarnessFault(f"{printable(source.name)} cannot be copied: {error.strerror}.") from error


def make_repository(folder: Path, *, sha_256: bool = False) -> None:
    """Make an empty bare repository that has no settings but the kind of its ids."""
    for name in ("objects", "refs"):
        (folder / name).mkdir(parents=True)
    (folder / "HEAD").write_text("ref: refs/heads/main\n")
    extension = "[extensions]\n\tobjectformat = sha256\n" if sha_256 else ""
    version = int(sha_256)
    (folder / "config").write_text(
        f"[core]\n\trepositoryformatversion = {version}\n\tbare = true\n{extension}"
    )


class _Room:
    """What a repository may still take."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._bytes = most_bytes(limits)
        self._files = ENTRIES_PER_FILE * limits.submission_files

    def look(self) -> None:
        """Count something that was met, whatever becomes of it."""
        self._files -= 1
        if self._files < 0:
            raise BrokenSubmission("The repository has far too many files.", next_step="Run `git gc` in it.")

    def take(self, amount: int) -> None:
        """Count bytes."""
        self._bytes -= amount
        if self._bytes < 0:
            raise too_large(self._limits)


def most_bytes(limits: Limits) -> int:
    """How large a repository may be."""
    return _FACTOR * limits.submission_bytes


def too_large(limits: Limits) -> BrokenSubmission:
    """What to raise over one that is larger."""
    most = most_bytes(limits)
    return BrokenSubmission(
        f"The repository is larger than {most / 2**20:,.3g} MiB.",
        next_step="Keep environments and data out of the repository, from its first commit on.",
    )


def _data_files(source: Path, room: _Room) -> Iterator[str]:
    """The files that are data, as paths within a repository; links are not followed."""
    for folder, below, names in os.walk(source):
        inner = os.path.relpath(folder, source)
        prefix = "" if inner == "." else f"{inner}/"
        if not prefix:
            below[:] = [name for name in below if name in ("objects", "refs")]
        for name in names:
            room.look()
            if any(pattern.fullmatch(prefix + name) for pattern in _COPIED):
                yield prefix + name


def _beginning(path: Path, most: int) -> bytes:
    data = b""
    for chunk in read_regular_file(path):
        data += chunk
        if len(data) >= most:
            break
    return data[:most]

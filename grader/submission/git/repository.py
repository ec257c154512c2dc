"""Copies the objects and refs of a git repository into a new repository, where git can safely work.

git never works in a submitted repository, not even to clone it. The repository's settings may name programs,
its hooks are programs, and its alternates may lead to the objects of other repositories. So only its objects
and refs are copied. Runs no git itself.
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

_SIZE_FACTOR = 8
"""A repository may be this many times as large as a submission, because it holds earlier versions too."""
_COPIED = (
    re.compile(r"HEAD|packed-refs|shallow"),
    re.compile(r"refs/.+(?<!\.lock)"),
    re.compile(r"objects/[0-9a-f]{2}/[0-9a-f]{38,62}"),
    re.compile(r"objects/pack/pack-[0-9a-f]{40,64}\.(?:pack|idx)"),
)
"""The files to copy. Settings, hooks, alternates and caches are not among them."""
_SHA_256 = re.compile(rb"^\s*objectformat\s*=\s*\"?sha256", re.IGNORECASE | re.MULTILINE)
_REFTABLE = re.compile(rb"^\s*refstorage\s*=\s*\"?reftable", re.IGNORECASE | re.MULTILINE)
_SETTINGS_BYTES = 64 * 1024
_HEAD = re.compile(rb"ref: |[0-9a-f]{40}")
_HEAD_BYTES = 64


def is_repository(path: Path) -> bool:
    """Whether a path is a bare repository, judged by the files in it."""
    try:
        return (
            path.is_dir()
            and (path / "objects").is_dir()
            and (path / "refs").is_dir()
            and _HEAD.match(_beginning(path / "HEAD", _HEAD_BYTES)) is not None
        )
    except (OSError, ValueError):
        return False


def copy_repository(source: Path, target: Path, limits: Limits) -> None:
    """Make a new repository with the objects and refs of another one.

    Raises:
        BrokenSubmission: it is too large.
        UnavailableError: it stores its branches in a format that is not supported.
        HarnessFault: it cannot be read, or the copy cannot be written.
    """
    try:
        if _REFTABLE.search(_settings(source)):
            raise UnavailableError(
                f"{printable(source.name)} keeps its branches as a reftable, which is not read.",
                next_step="Run `git refs migrate --ref-format=files` in it.",
            )
        make_repository(target, sha_256=uses_sha_256(source))
        left = most_bytes(limits)
        for name in _data_files(source, ENTRIES_PER_FILE * limits.submission_files):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            with (target / name).open("wb") as file:
                for chunk in read_regular_file(source / name):
                    left -= len(chunk)
                    if left < 0:
                        raise too_large(limits)
                    file.write(chunk)
    except OSError as error:
        raise HarnessFault(f"{printable(source.name)} cannot be copied: {error.strerror}.") from error


def uses_sha_256(git_dir: Path) -> bool:
    """Whether a repository's object ids are of the longer kind.

    Raises:
        OSError: its settings cannot be read.
    """
    return _SHA_256.search(_settings(git_dir)) is not None


def make_repository(folder: Path, *, sha_256: bool = False) -> None:
    """Make an empty bare repository. Its only setting is the kind of its object ids."""
    for name in ("objects", "refs"):
        (folder / name).mkdir(parents=True)
    (folder / "HEAD").write_text("ref: refs/heads/main\n")
    version = int(sha_256)
    extension = "[extensions]\n\tobjectformat = sha256\n" if sha_256 else ""
    (folder / "config").write_text(
        f"[core]\n\trepositoryformatversion = {version}\n\tbare = true\n{extension}"
    )


def most_bytes(limits: Limits) -> int:
    """How many bytes a repository may have."""
    return _SIZE_FACTOR * limits.submission_bytes


def too_large(limits: Limits) -> BrokenSubmission:
    """The error for a repository that is larger."""
    return BrokenSubmission(
        f"The repository is larger than {most_bytes(limits) / 2**20:,.3g} MiB.",
        next_step="Keep environments and data out of the repository, from its first commit on.",
    )


def _data_files(source: Path, most: int) -> Iterator[str]:
    """The paths of the files to copy, relative to the repository. Links are not followed.

    Raises:
        BrokenSubmission: the repository has more than `most` files, copied or not.
    """
    count = 0
    for folder, below, names in os.walk(source):
        inner = os.path.relpath(folder, source)
        prefix = "" if inner == "." else f"{inner}/"
        if not prefix:
            below[:] = [name for name in below if name in ("objects", "refs")]
        for name in names:
            count += 1
            if count > most:
                step = "Run `git gc` in it."
                raise BrokenSubmission("The repository has far too many files.", next_step=step)
            if any(pattern.fullmatch(prefix + name) for pattern in _COPIED):
                yield prefix + name


def _settings(git_dir: Path) -> bytes:
    path = git_dir / "config"
    return _beginning(path, _SETTINGS_BYTES) if path.is_file() else b""


def _beginning(path: Path, most: int) -> bytes:
    data = b""
    for chunk in read_regular_file(path):
        data += chunk
        if len(data) >= most:
            break
    return data[:most]

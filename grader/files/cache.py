"""A cache on disk: small files that are kept between runs because making them takes time.

A file that is missing, unreadable, or could have been written by another user counts as not cached. If a file
cannot be written, it is not cached, and nobody is told. Must not know what the files hold.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from grader.errors import GraderError
from grader.files.atomic import write_atomically

VARIABLE = "GRADER_CACHE_DIR"
"""The environment variable that names the folder of the cache. If it is set but empty, there is no cache."""
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def cache_folder() -> Path | None:
    """Return the folder of the cache; None if there is no cache."""
    chosen = os.environ.get(VARIABLE)
    if chosen is not None:
        return Path(chosen) if chosen else None
    if os.geteuid() == 0:  # embedded servers run as another user, who cannot enter root's home
        return Path("/var/cache/migration-grader")
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # the user has no home folder
        return None
    return base / "migration-grader" if base.is_absolute() else None


def only_ours(folder: Path) -> bool:
    """Whether no other user can have created a folder or written to it.

    Raises:
        OSError: there is no such folder.
    """
    states = [path.stat() for path in (folder, folder.parent)]
    return all(item.st_uid == os.geteuid() and not item.st_mode & _WRITABLE_BY_OTHERS for item in states)


def own_folder(kind: str) -> Path | None:
    """Create a folder of the cache, for a library that keeps files by itself.

    Args:
        kind: what the folder holds; its name.

    Returns:
        None if there is no cache, or if another user can have written to it.
    """
    root = cache_folder()
    if root is None:
        return None
    folder = root / kind
    try:
        _create(root, 0o711)  # other users may need to reach other folders in it
        _create(folder, 0o700)
        return folder if only_ours(folder) and os.access(folder, os.W_OK) else None
    except OSError:
        return None


class FileCache:
    """The cached files of one kind, in a folder of their own."""

    def __init__(self, kind: str) -> None:
        """Choose the folder; it is created by the first `write`."""
        root = cache_folder()
        self._folder = root / kind if root else None

    def read(self, name: str) -> bytes | None:
        """Return the content of a cached file; None if there is no such file that can be trusted."""
        if self._folder is None:
            return None
        try:
            return (self._folder / name).read_bytes() if only_ours(self._folder) else None
        except OSError:
            return None

    def write(self, name: str, data: bytes) -> None:
        """Write a file to the cache, or replace it."""
        if self._folder is None:
            return
        with contextlib.suppress(OSError, GraderError):  # no space, or no permission
            _create(self._folder.parent, 0o711)  # other users may need to reach other folders in it
            _create(self._folder, 0o700)
            write_atomically(self._folder / name, data)


def _create(folder: Path, mode: int) -> None:
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        return
    folder.chmod(mode)

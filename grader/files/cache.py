"""What outlasts a run: small files that can be made again at any time, but not for nothing.

A file that is not there, cannot be read or could have been written by somebody else is one that has to be
made again; one that cannot be written is not kept. Neither is anybody's trouble. Knows nothing of what is
kept.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from grader.errors import GraderError
from grader.files.atomic import write_atomically

VARIABLE = "GRADER_CACHE_DIR"
"""The environment variable that puts the cache elsewhere; set to nothing, there is none."""
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def cache_folder() -> Path | None:
    """Give the folder for what outlasts a run; None when there shall be none."""
    chosen = os.environ.get(VARIABLE)
    if chosen is not None:
        return Path(chosen) if chosen else None
    if os.geteuid() == 0:  # the servers' user cannot get into root's home
        return Path("/var/cache/migration-grader")
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # nobody's home
        return None
    return base / "migration-grader" if base.is_absolute() else None


def only_ours(folder: Path) -> bool:
    """Whether only this user can have put a folder where it is, and written to it.

    Raises:
        OSError: there is no such folder.
    """
    states = [path.stat() for path in (folder, folder.parent)]
    return all(item.st_uid == os.geteuid() and not item.st_mode & _WRITABLE_BY_OTHERS for item in states)


class KeptFiles:
    """The files of one kind."""

    def __init__(self, kind: str) -> None:
        """Choose the folder; nothing is made yet."""
        root = cache_folder()
        self._folder = root / kind if root else None

    def read(self, name: str) -> bytes | None:
        """What is kept under a name; None when that is nothing, or nothing to be trusted."""
        if self._folder is None:
            return None
        try:
            return (self._folder / name).read_bytes() if only_ours(self._folder) else None
        except OSError:
            return None

    def write(self, name: str, data: bytes) -> None:
        """Keep something under a name, in place of what was there."""
        if self._folder is None:
            return
        with contextlib.suppress(OSError, GraderError):  # there is no room, or no right
            _make(self._folder.parent, 0o711)  # other things may lie there too, also for other users
            _make(self._folder, 0o700)
            write_atomically(self._folder / name, data)


def _make(folder: Path, mode: int) -> None:
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        return
    folder.chmod(mode)

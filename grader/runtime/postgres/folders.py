"""Chooses where the private folders of servers go; makes none of them."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path

from grader.runtime.postgres.credentials import random_token

PORT = 5432
"""The port that every server of ours has; only a part of its socket's name."""
_LONGEST_SOCKET_PATH = 103
"""What macOS allows; Linux has 4 bytes more."""
_MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 - only used through private folders with random names
_MEMORY_NEEDED = 2 * 1024**3


def fresh_folder(root: Path) -> str:
    """Name a folder below `root` that nobody else uses."""
    return f"{root}/grader-{random_token()}"


def open_to_all(folder: Path) -> bool:
    """Tell whether any user can get at what is in a folder."""
    return all(path.stat().st_mode & stat.S_IXOTH for path in (folder, *folder.resolve().parents))


def temporary_root() -> Path:
    """Choose where temporary folders go: where they usually do, if the servers' user can get there.

    As root, servers run as another user, and a private `TMPDIR` would shut that one out.
    """
    temporary = Path(tempfile.gettempdir())
    if os.geteuid() != 0 or open_to_all(temporary):
        return temporary
    return Path("/tmp")  # noqa: S108 - for private folders with random names


def socket_root() -> Path:
    """Choose where folders with sockets go: with the other temporary ones, if the path is short enough."""
    temporary = temporary_root()
    longest = f"{fresh_folder(temporary)}/{random_token()}/.s.PGSQL.{PORT}.lock"
    if len(os.fsencode(longest)) <= _LONGEST_SOCKET_PATH:
        return temporary
    return Path("/tmp")  # noqa: S108 - for private folders with random names


def data_root() -> Path:
    """Choose where data folders go: in memory where there is plenty, else where folders with sockets go.

    On a disk the hundreds of small files of each database can cost ten times as much as all the rest.
    """
    if _MEMORY_FOLDER.is_dir() and os.access(_MEMORY_FOLDER, os.W_OK | os.X_OK):
        usage = shutil.disk_usage(_MEMORY_FOLDER)
        if usage.free >= _MEMORY_NEEDED:
            return _MEMORY_FOLDER
    return socket_root()

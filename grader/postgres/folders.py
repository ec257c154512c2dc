"""Chooses where the private folders of servers go; makes none of them."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from grader.postgres.credentials import random_token

PORT = 5432
"""The port that every server of ours has; only a part of its socket's name."""
_LONGEST_SOCKET_PATH = 103
"""What macOS allows; Linux has 4 bytes more."""
_MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 - only used through private folders with random names
_MEMORY_NEEDED = 2 * 1024**3


def fresh_folder(root: Path) -> str:
    """Name a folder below `root` that nobody else uses."""
    return f"{root}/grader-{random_token()}"


def socket_root() -> Path:
    """Choose where folders with sockets go: the folder for temporary files, if its path is short enough."""
    temporary = Path(tempfile.gettempdir())
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

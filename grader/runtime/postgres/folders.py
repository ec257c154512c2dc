"""Chooses the places of the servers' private folders. Makes none of them."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
from pathlib import Path

PORT = 5432
"""The port of every server of ours. Without TCP it is only a part of its socket's name."""
_LONGEST_SOCKET_PATH = 103
"""The longest path of a socket on macOS, in bytes; Linux allows 4 more."""
_MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 - only used through private folders with random names
_MEMORY_NEEDED = 2 * 1024**3


def fresh_folder(root: Path) -> str:
    """The name of a folder below `root` that does not exist yet."""
    return f"{root}/grader-{secrets.token_hex(4)}"


def open_to_all(folder: Path) -> bool:
    """Whether every user can reach what is in a folder."""
    return all(path.stat().st_mode & stat.S_IXOTH for path in (folder, *folder.resolve().parents))


def temporary_root() -> Path:
    """The folder for temporary folders: the usual one, if the servers' user can reach it.

    When the harness is root, servers run as another user, who cannot reach a private `TMPDIR`.
    """
    temporary = Path(tempfile.gettempdir())
    if os.geteuid() != 0 or open_to_all(temporary):
        return temporary
    return Path("/tmp")  # noqa: S108 - for private folders with random names


def socket_root() -> Path:
    """The folder for folders with sockets: the one for temporary folders, if its path is short enough."""
    temporary = temporary_root()
    longest = f"{fresh_folder(temporary)}/{secrets.token_hex(4)}/.s.PGSQL.{PORT}.lock"
    if len(os.fsencode(longest)) <= _LONGEST_SOCKET_PATH:
        return temporary
    return Path("/tmp")  # noqa: S108 - for private folders with random names


def data_root() -> Path:
    """The folder for data folders: in memory if there is enough of it, else the one for sockets.

    On a disk, the hundreds of small files of each database can take ten times as long as all the rest.
    """
    if _MEMORY_FOLDER.is_dir() and os.access(_MEMORY_FOLDER, os.W_OK | os.X_OK):
        usage = shutil.disk_usage(_MEMORY_FOLDER)
        if usage.free >= _MEMORY_NEEDED:
            return _MEMORY_FOLDER
    return socket_root()

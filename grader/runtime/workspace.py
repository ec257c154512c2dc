"""A private folder for one run of the harness, gone at its end, or at the next start when it was killed.

The folder holds a lock for as long as its owner lives; a folder whose lock is free belongs to nobody.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "migration-grader-run-"
LOCK = ".lock"


@contextmanager
def workspace() -> Iterator[Path]:
    """A fresh folder that only this user can read."""
    sweep()
    folder, lock = _locked_folder()
    try:
        yield folder
    finally:
        _remove(folder)
        os.close(lock)


def sweep() -> None:
    """Remove what runs that were killed have left."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            # A run that was killed at once has not come to make its lock.
            lock = _open_lock(folder)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # It may be the lock of a folder that was removed meanwhile and stands here anew.
                if _is_lock_of(folder, lock):
                    _remove(folder)
            finally:
                os.close(lock)


def _locked_folder() -> tuple[Path, int]:
    """Make a folder and take its lock; another run may sweep it away before it is locked."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
        with contextlib.suppress(FileNotFoundError):
            lock = _open_lock(folder)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _is_lock_of(folder, lock):
                return folder, lock
            os.close(lock)


def _open_lock(folder: Path) -> int:
    return os.open(folder / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _is_lock_of(folder: Path, lock: int) -> bool:
    try:
        return os.path.samestat(os.fstat(lock), (folder / LOCK).lstat())
    except FileNotFoundError:
        return False


def _remove(folder: Path) -> None:
    """Remove a tree, also where a submission has closed its folders to their owner."""
    for path, folders, _ in os.walk(folder):
        for name in folders:
            inner = Path(path, name)
            if not inner.is_symlink():
                with contextlib.suppress(OSError):
                    inner.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)

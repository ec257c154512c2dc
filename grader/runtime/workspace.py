"""A private folder for one run of the harness. It is removed at the end, or by the next run after a kill.

The process that owns a folder holds a lock in it. If the lock is free, the process has ended.
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
    """Remove the folders of runs that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            # A run that was killed early may not have made its lock.
            lock = _open_lock(folder)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Another run may have removed the folder meanwhile, and a third may have made it again.
                if _is_lock_of(folder, lock):
                    _remove(folder)
            finally:
                os.close(lock)


def _locked_folder() -> tuple[Path, int]:
    """Make a folder and take its lock. Try again if another run removes the folder before it is locked."""
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
    """Remove a tree, even if a submission has taken away its owner's rights."""
    for path, folders, _ in os.walk(folder):
        for name in folders:
            inner = Path(path, name)
            if not inner.is_symlink():
                with contextlib.suppress(OSError):
                    inner.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)

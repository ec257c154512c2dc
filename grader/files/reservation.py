"""Keeps two commands out of one folder of reports. Must not know what they do there.

The lock is on the folder itself: there is no file to be left behind, and the system gives it back when its
process ends, however it ends.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.errors import UsageError

_HELD = (errno.EWOULDBLOCK, errno.EACCES)


@contextmanager
def writing_in(folder: Path) -> Iterator[None]:
    """Hold a folder of reports until the end of the block, so that no other command reads or writes it.

    Args:
        folder: it exists.

    Raises:
        UsageError: another command holds it.
    """
    with _locked(folder, fcntl.LOCK_EX):
        yield


@contextmanager
def reading_in(folder: Path) -> Iterator[None]:
    """Keep a folder of reports as it is until the end of the block. Others may read it meanwhile.

    Args:
        folder: it may be missing, or no folder.

    Raises:
        UsageError: a command writes to it.
    """
    with _locked(folder, fcntl.LOCK_SH):
        yield


@contextmanager
def _locked(folder: Path, kind: int) -> Iterator[None]:
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # whoever reads or writes there says what is wrong
        yield
        return
    try:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _HELD:
                raise UsageError(
                    f"another command is at work in {folder}",
                    next_step="Run this again when it has ended, or take another folder.",
                ) from None
            # Some network file systems have no such locks.
        yield
    finally:
        os.close(descriptor)

"""Files that are whole or not there: nobody reads a half, while we write or after we were killed."""

from __future__ import annotations

import errno
import secrets
from pathlib import Path

from grader.errors import GraderError

LEFT_BEHIND = ".*.tmp"
"""What a process that was killed while it wrote may leave, beside files that are whole."""
_NEXT_STEPS = {
    errno.ENOSPC: "Free some space there, or choose another folder with --out, and run the command again.",
    errno.EDQUOT: "Free some of your quota, or choose another folder with --out, and run the command again.",
    errno.ENAMETOOLONG: "Choose a folder with a shorter path with --out.",
}
_ANOTHER_FOLDER = "Choose a folder that you may write to with --out."


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file under a temporary name beside its place and rename it; missing folders are made.

    A process that is killed in between leaves the old file, or none, in place. There is no `fsync`: after a
    power cut a file may still be damaged, and a batch can be graded again.

    Raises:
        GraderError: the folder or the disk does not take the file; nothing is left behind.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            # Opened by hand because `tempfile` makes files that only their owner may read.
            with temporary.open("xb") as file:
                file.write(data)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        next_step = _NEXT_STEPS.get(error.errno or 0, _ANOTHER_FOLDER)
        raise GraderError(f"{path}: cannot be written: {reason}.", next_step=next_step) from error


def write_or_remove(path: Path, data: bytes | None) -> None:
    """Write a file, or remove it where there is no data.

    Raises:
        GraderError: the file cannot be written or removed.
    """
    if data is None:
        remove(path)
    else:
        write_atomically(path, data)


def remove(path: Path) -> None:
    """Remove a file that may not be there.

    Raises:
        GraderError: it is there and cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise GraderError(
            f"{path}: cannot be removed: {error.strerror or error}.",
            next_step="Choose another folder with --out.",
        ) from error


def check_writable(out: Path) -> None:
    """Make the folder for the reports and see that it takes files, before any work is done in vain.

    Raises:
        GraderError: it does not.
    """
    probe = out / f".{secrets.token_hex(8)}.probe"
    write_atomically(probe, b"")
    probe.unlink(missing_ok=True)

"""Writes files whole or not at all, so that nobody reads half a file. Must not know what the files hold."""

from __future__ import annotations

import errno
import secrets
from pathlib import Path

from grader.errors import GraderError

LEFT_BEHIND = ".*.tmp"
"""The pattern of the temporary files that a killed process may leave beside the whole ones."""
_NEXT_STEPS = {
    errno.ENOSPC: "Free some space there, or choose another folder with --out, and run the command again.",
    errno.EDQUOT: "Free some of your quota, or choose another folder with --out, and run the command again.",
    errno.ENAMETOOLONG: "Choose a folder with a shorter path with --out.",
}
_ANOTHER_FOLDER = "Choose a folder that you may write to with --out."


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file under a temporary name in its folder, then rename it. Missing folders are created.

    If the process is killed in between, the old file stays, or there is none. There is no `fsync`: after a
    power cut a file may be damaged, but a batch can be graded again.

    Raises:
        GraderError: the file cannot be written. No temporary file is left.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            # Not with `tempfile`: only the owner could read its files.
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
    """Write a file, or remove it if the data is None.

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
    """Create the folder for the reports and check that files can be written there, before any grading.

    Raises:
        GraderError: no file can be written there.
    """
    probe = out / f".{secrets.token_hex(8)}.probe"
    write_atomically(probe, b"")
    probe.unlink(missing_ok=True)

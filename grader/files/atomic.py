"""Writes files whole or not at all, so that nobody reads half a file. Must not know what the files hold."""

from __future__ import annotations

import errno
import secrets
from pathlib import Path

from grader.errors import GraderError

LEFT_BEHIND = ".*.tmp"
"""The pattern of the temporary files that a killed process may leave beside the whole ones."""
_NEXT_STEPS = {
    errno.ENOSPC: "Free some space there, or choose another folder{with_option}, and run the command again.",
    errno.EDQUOT: "Free some of your quota, or choose another folder{with_option}, and run it again.",
    errno.ENAMETOOLONG: "Choose a folder with a shorter path{with_option}.",
}
_ANOTHER_FOLDER = "Choose a folder that you may write to{with_option}."


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
        raise GraderError(f"{path}: cannot be written: {reason}.", next_step=_next_step(error)) from error


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
            next_step=_next_step(error),
        ) from error


def check_writable(out: Path, option: str = "--out") -> None:
    """Create the folder for the reports and check that files can be written there, before any grading.

    Args:
        out: the folder.
        option: the option that named it, for the message.

    Raises:
        GraderError: no file can be written there. The message names the folder, or the file in its way.
    """
    probe = out / f".{secrets.token_hex(8)}.probe"
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink(missing_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        file = next(path for path in (out, *out.parents) if path.exists())
        raise GraderError(
            f"{file} is no folder, so no reports can be written to {out}.",
            next_step=f"Choose another folder with {option}.",
        ) from error
    except OSError as error:
        raise GraderError(
            f"No reports can be written to {out}: {error.strerror or error}.",
            next_step=_next_step(error, f" with {option}"),
        ) from error


def _next_step(error: OSError, with_option: str = "") -> str:
    return _NEXT_STEPS.get(error.errno or 0, _ANOTHER_FOLDER).format(with_option=with_option)

"""An entry of a submission's folder, archive or repository: its path, its kind and its content.

Must not know which entries are staged.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from grader.assignment.model import Limits
from grader.errors import BrokenSubmission

CHUNK_BYTES = 64 * 1024
"""How much of a file is read at once."""

ENTRIES_PER_FILE = 20
"""How many entries a source may hold for each file that may be staged. Entries that are left out (links,
environments) take time too."""

EntryKind = Literal["file", "folder", "link", "submodule", "special"]
"""`submodule` is a commit of another repository; `special` is a FIFO, a socket or a device."""


@dataclass(frozen=True)
class SourceEntry:
    """One entry of a submission's folder, archive or repository."""

    parts: tuple[str, ...]
    """Its path, folder by folder, as the source has it."""
    kind: EntryKind
    chunks: Callable[[], Iterator[bytes]]
    """Reads the content of a file in pieces. The size is known only after reading."""


def check_count(count: int, limits: Limits, *, what: str) -> None:
    """Check how many entries a source has.

    Args:
        count: the entries so far.
        limits: of the assignment.
        what: the source, for the message: `archive`, `repository`, `submission`.

    Raises:
        BrokenSubmission: there are too many.
    """
    most = ENTRIES_PER_FILE * limits.submission_files
    if count > most:
        raise too_much(f"The {what} has more than {most:,} entries.")


def too_much(message: str) -> BrokenSubmission:
    """The error for a submission with more files or bytes than it may have."""
    next_step = "Hand in the exercise only, without environments, caches and data."
    return BrokenSubmission(message, next_step=next_step)


def read_regular_file(path: Path) -> Iterator[bytes]:
    """Read a file in pieces. A link, a FIFO or a device reads as empty.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        # Without O_NONBLOCK, opening a FIFO waits until another process opens it for writing.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        if path.is_symlink():
            return
        raise
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        while stat.S_ISREG(os.fstat(descriptor).st_mode) and (chunk := file.read(CHUNK_BYTES)):
            yield chunk

"""Opens an archive whose only content may be another archive: the inner one is then what was handed in.

Must not know which files are staged.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from grader.assignment.model import Limits
from grader.errors import HarnessFault
from grader.submission.archive import ARCHIVE_ENDINGS, open_archive
from grader.submission.clutter import is_clutter
from grader.submission.entries import SourceEntry, too_much

_SIGNS_OF_WORK = (".py", ".ini", ".toml", ".mako")


@contextmanager
def open_innermost(path: Path, folder: Path, limits: Limits) -> Iterator[list[SourceEntry]]:
    """List the entries of an archive, or those of the only archive in it. They can be read in the block.

    Args:
        path: the archive.
        folder: where a copy of the inner archive is kept during the block.
        limits: how much it may hold.

    Raises:
        BrokenSubmission: see `open_archive`.
        HarnessFault: this machine cannot read or write the files.
    """
    with ExitStack() as stack:
        entries = stack.enter_context(open_archive(path, limits))
        inner = _only_archive(entries)
        if inner is not None:
            entries = stack.enter_context(open_archive(_copied(inner, folder, limits, stack), limits))
        yield entries


def _only_archive(entries: Sequence[SourceEntry]) -> SourceEntry | None:
    files = [entry for entry in entries if entry.kind == "file" and not any(map(is_clutter, entry.parts))]
    if any(entry.parts[-1].lower().endswith(_SIGNS_OF_WORK) for entry in files):
        return None
    archives = [entry for entry in files if entry.parts[-1].lower().endswith(ARCHIVE_ENDINGS)]
    return archives[0] if len(archives) == 1 else None


def _copied(entry: SourceEntry, folder: Path, limits: Limits, stack: ExitStack) -> Path:
    try:
        copy = stack.enter_context(tempfile.NamedTemporaryFile(dir=folder, prefix="inner-"))  # noqa: SIM115
        written = 0
        for chunk in entry.chunks():
            written += len(chunk)
            if written > limits.submission_bytes:
                raise too_much(
                    f"The archive in the archive is larger than {limits.submission_bytes >> 20:,} MiB."
                )
            copy.write(chunk)
        copy.flush()
    except OSError as error:
        raise HarnessFault(f"An archive cannot be unpacked: {error.strerror}.") from error
    return Path(copy.name)

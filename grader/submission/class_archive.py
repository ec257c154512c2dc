"""Unpacks the archive of a whole class, as platforms hand it out, into a folder for the time of a run.

The archive is a platform's, and what is in it is the students': no link is made that a later file could be
written through, and nothing is written outside of the folder. Must not know what a submission is.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from grader.assignment.model import Limits
from grader.errors import BrokenSubmission, GraderError, HarnessFault, UsageError
from grader.submission.archive import open_archive
from grader.submission.clutter import is_clutter
from grader.submission.entries import SourceEntry
from grader.submission.file_kinds import why_no_archive
from grader.text.names import printable, safe_component

_MOST_FILES = 50_000
_MOST_BYTES = 16 * 1024**3
_FOLDER_PREFIX = "migration-grader-class-"


@contextmanager
def unpacked_class(path: Path, limits: Limits) -> Iterator[Path]:
    """Unpack the archive of a class. The folder exists until the end of the block.

    An error that is raised in the block names the archive where it would name the folder.

    Raises:
        UsageError: it is no archive, is damaged, or holds too much.
        HarnessFault: this machine cannot unpack it.
    """
    if (problem := why_no_archive(path)) is not None:
        raise UsageError(f"{_shown(path)} {problem}", next_step="Name the folder or archive of the class.")
    with tempfile.TemporaryDirectory(prefix=_FOLDER_PREFIX, ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary).resolve() / "class"
        folder.mkdir()
        _unpack(path, folder, limits)
        try:
            yield folder
        except GraderError as error:
            _name_archive(error, folder, path)
            raise


def _unpack(path: Path, folder: Path, limits: Limits) -> None:
    of_class = replace(limits, submission_bytes=_MOST_BYTES, submission_files=_MOST_FILES)
    try:
        with open_archive(path, of_class) as entries:
            written = 0
            links = []
            for entry in entries:
                parts = tuple(safe_component(part) for part in entry.parts)
                if is_clutter(parts[0]):
                    continue
                if entry.kind == "link":
                    links.append(parts)
                else:
                    written = _write(entry, folder.joinpath(*parts), written)
            for parts in links:
                _mark_link(folder.joinpath(*parts))
    except BrokenSubmission as error:
        raise UsageError(f"{_shown(path)}: {error.message}", next_step="Download it again.") from error
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise UsageError(
            f"{_shown(path)} holds the same name twice",
            next_step="Unpack it yourself, and grade the folder with --all.",
        ) from error
    except OSError as error:
        raise HarnessFault(
            f"{_shown(path)} cannot be unpacked: {error.strerror or type(error).__name__}.",
            next_step="Check that the folder for temporary files has room and can be written to.",
        ) from error


def _write(entry: SourceEntry, target: Path, written: int) -> int:
    """Write an entry; returns how many bytes are written in all."""
    if entry.kind != "file":
        if entry.kind == "folder":
            target.mkdir(parents=True, exist_ok=True)
        return written
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        for chunk in entry.chunks():
            written += len(chunk)
            if written > _MOST_BYTES:
                raise BrokenSubmission(f"It unpacks to more than {_MOST_BYTES / 2**30:,.0f} GiB.")
            file.write(chunk)
    return written


def _mark_link(target: Path) -> None:
    """Make a link that leads nowhere, so that it is refused or reported like any other link."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not os.path.lexists(target):
        target.symlink_to("a-link-in-the-archive")


def _name_archive(error: GraderError, folder: Path, path: Path) -> None:
    """Name the archive in an error where it names the folder."""
    error.message = error.message.replace(str(folder), _shown(path))
    if str(folder) in error.next_step:
        error.next_step = f"{error.next_step.replace(str(folder), _shown(path))} Unpack the archive for that."


def _shown(path: Path) -> str:
    return printable(str(path))

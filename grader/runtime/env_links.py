"""Puts a `.env` into the folders of a submission that holds something else in every step.

Two steps run at a time over the same files, each with a database of its own. So a `.env` is a link to a
descriptor of the process that reads it, and the worker opens the step's own file there. Must not know what
the files hold.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

TARGET = "/dev/fd/200"
"""The descriptor is the worker's `ENV_FILE_DESCRIPTOR`."""


@contextmanager
def env_links(root: Path, paths: Sequence[str]) -> Iterator[None]:
    """Make the links; the end of the block removes them.

    Args:
        root: the submission's folder.
        paths: where to put links, relative to it. What is there already is left alone, unless it is empty.
    """
    made: list[Path] = []
    emptied: list[Path] = []
    try:
        for path in (root / item for item in paths):
            if path.is_file() and not path.stat().st_size:
                path.unlink()
                emptied.append(path)
            with contextlib.suppress(FileExistsError):
                path.symlink_to(TARGET)
                made.append(path)
        yield
    finally:
        # Without isolation, a submission may have removed the folder or put something else in its place.
        for path in made:
            with contextlib.suppress(OSError):
                path.unlink()
        for path in emptied:
            with contextlib.suppress(OSError):
                path.touch()

"""Replaces files of a folder, and keeps what was there before: one step back is possible.

What is kept lies in a folder of its own, which is whole before anything is replaced. The step back is a
replacement as well, so a second one goes forward again. Must not know what the files hold.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.errors import GraderError, UsageError
from grader.files.atomic import write_atomically, write_or_remove

KEPT = ".before"
"""The folder with what was replaced last."""
_LIST = "files.json"
_FINISHED = "finished"
_FILES = "files"
"""Path to a hash of what took the place; empty for nothing."""
_BEFORE = "before"
"""Path to whether there was a file."""


def write_keeping(folder: Path, files: Mapping[str, bytes | None]) -> None:
    """Replace files, and keep those that were there; with nothing to replace, what is kept stays.

    If a replacement was interrupted, what was there before it stays kept.

    Args:
        folder: the folder.
        files: path in the folder to content; None for a file that must not be there.

    Raises:
        GraderError: a file cannot be written. What was there before is kept.
    """
    if not files:
        return
    kept = folder / KEPT
    before = _unfinished(kept)
    if before is None:
        before = {}
        fresh = folder / f"{KEPT}-{secrets.token_hex(4)}.tmp"
    else:
        fresh = kept
    try:
        for name in files:
            if name not in before:
                before[name] = _keep(folder / name, fresh / name)
        _note(folder, fresh, before, files, finished=False)
        if fresh != kept:
            shutil.rmtree(kept, ignore_errors=True)
            fresh.rename(kept)
    except OSError as error:
        raise GraderError(
            f"{error.filename or kept}: what is there cannot be kept: {error.strerror or error}.",
            next_step="Nothing was changed. Free some space there, or make the folder writable.",
        ) from error
    finally:
        if fresh != kept:
            shutil.rmtree(fresh, ignore_errors=True)
    for name, data in files.items():
        write_or_remove(folder / name, data)
    _note(folder, kept, before, files, finished=True)


def kept_files(folder: Path) -> dict[str, bytes | None]:
    """What the last replacement replaced: path to content; None for a file that was not there.

    Raises:
        UsageError: nothing is kept, or a file was changed since by something else.
    """
    kept = folder / KEPT
    noted = _noted(kept)
    if noted is None:
        raise UsageError(
            f"{folder}: nothing is kept here that could be brought back",
            next_step="There is one step back after `grader regrade` has changed something.",
        )
    for name, digest in noted[_FILES].items():
        if noted[_FINISHED] and _digest(_read(folder / name)) != digest:
            raise UsageError(
                f"{folder / name} was changed after `grader regrade` wrote it",
                next_step="The step back would lose that. Run `grader regrade` with the assignment and the "
                "overrides that you want.",
            )
    return {name: _read(kept / name) for name in noted[_FILES]}


def _keep(path: Path, copy: Path) -> bool:
    """Keep a file; returns whether there is one. A link will do, as files are replaced and never changed."""
    if not path.exists():
        return False
    copy.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        try:
            os.link(path, copy)
        except FileExistsError:
            raise
        except OSError:
            shutil.copyfile(path, copy)
    return True


def _note(
    folder: Path,
    kept: Path,
    before: Mapping[str, bool],
    files: Mapping[str, bytes | None],
    *,
    finished: bool,
) -> None:
    """Note what is kept, and what took its place."""
    now = {name: _digest(files[name] if name in files else _read(folder / name)) for name in before}
    noted = {_FINISHED: finished, _FILES: now, _BEFORE: dict(before)}
    write_atomically(kept / _LIST, json.dumps(noted, indent=2).encode())


def _unfinished(kept: Path) -> dict[str, bool] | None:
    """What a replacement that was interrupted has kept; None if the last one was finished."""
    noted = _noted(kept)
    return None if noted is None or noted[_FINISHED] else dict(noted[_BEFORE])


def _noted(kept: Path) -> dict[str, Any] | None:
    try:
        noted = json.loads((kept / _LIST).read_bytes())
    except (OSError, ValueError):
        return None
    whole = isinstance(noted, dict) and {_FINISHED, _FILES, _BEFORE} <= set(noted)
    return noted if whole else None


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _digest(data: bytes | None) -> str:
    return "" if data is None else hashlib.sha256(data).hexdigest()

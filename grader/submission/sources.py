"""Lists the submissions to grade: named one by one, or all in a folder. Must not know what they hold."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import NothingToGradeError, UsageError
from grader.submission.archive import ARCHIVE_ENDINGS
from grader.submission.git.address import GitAddress
from grader.submission.git.repository import is_repository
from grader.text.names import printable, safe_component


@dataclass(frozen=True)
class Source:
    """A submission to grade."""

    id: str
    path: Path
    address: GitAddress | None = None
    """Where to fetch it from. `path` then only gives the name; no such file exists."""


def name_of(path: Path) -> str:
    """The id of a submission: its file name, without the ending of an archive or a bare repository."""
    name = path.name
    if is_repository(path):
        name = name.removesuffix(".git") or name
    elif not path.is_dir():
        ending = next((ending for ending in ARCHIVE_ENDINGS if name.lower().endswith(ending)), "")
        name = name[: len(name) - len(ending)]
    return safe_component(name) or "submission"


def sources_named(paths: Sequence[str | Path]) -> list[Source]:
    """The submissions named on the command line. Those with the same name get their parent folders in front.

    Args:
        paths: folders, archives, and addresses of git repositories as text.

    Raises:
        UsageError: a path does not exist, an address is refused, or two of them would get the same id.
    """
    resolved: dict[Path, GitAddress | None] = {}
    for path in paths:
        address = address_in(path)
        try:
            full = _found(Path(path)) if address is None else address.pseudo_path
        except (OSError, ValueError) as error:
            reason = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be used: {error}"
            raise UsageError(
                f"{printable(str(path))} {reason}", next_step="Name a submission's folder or archive."
            ) from error
        if full in resolved:
            named = printable(str(path)) if address is None else address.shown
            raise UsageError(f"{named} is named twice", next_step="Name every submission once.")
        resolved[full] = address
    names = _distinct_names(list(resolved))
    return [Source(name, path, resolved[path]) for path, name in names.items()]


def address_in(named: str | Path) -> GitAddress | None:
    """Parse an argument as the address of a git repository; None if it is a path.

    Raises:
        UsageError: it is an address of a kind that is refused.
    """
    return GitAddress.parse(named) if isinstance(named, str) and not os.path.lexists(named) else None


def _found(path: Path) -> Path:
    path.stat()
    return path.resolve()


def _distinct_names(paths: Sequence[Path]) -> dict[Path, str]:
    """The name of each path, with as many parent folders in front as make it unique."""
    depths = dict.fromkeys(paths, 0)
    while True:
        names = {
            path: "__".join(
                [*(safe_component(parent.name) for parent in reversed(path.parents[:depth])), name_of(path)]
            )
            for path, depth in depths.items()
        }
        counts = Counter(names.values())
        ambiguous = [path for path in paths if counts[names[path]] > 1]
        if not ambiguous:
            return names
        deeper = [path for path in ambiguous if depths[path] < len(path.parents) - 1]
        if not deeper:
            raise UsageError(
                f"{printable(str(ambiguous[0]))} and {printable(str(ambiguous[1]))} would have the same "
                "reports folder",
                next_step="Grade them in separate runs, each with an --out of its own.",
            )
        for path in deeper:
            depths[path] += 1


def sources_in(folder: Path, *, out: Path | None = None) -> list[Source]:
    """All submissions in a folder: its folders and archives, except hidden ones.

    Args:
        folder: the folder with the submissions.
        out: the folder of the reports, which is skipped.

    Raises:
        UsageError: there is no such folder, or two submissions would have the same id.
        NothingToGradeError: the folder holds no submission.
    """
    by_id: dict[str, Path] = {}
    for child in _children(folder):
        if out is not None and child.resolve() == out.resolve():
            continue
        name = name_of(child)
        if name in by_id:
            raise UsageError(
                f"{printable(by_id[name].name)} and {printable(child.name)} would be the same "
                f"submission {name!r}",
                next_step="Rename or remove one of them.",
            )
        by_id[name] = child
    if not by_id:
        raise NothingToGradeError(
            f"{printable(str(folder))} holds no submission",
            next_step="Put one folder or one archive for each submission into it.",
        )
    return [Source(name, path) for name, path in by_id.items()]


def _children(folder: Path) -> list[Path]:
    try:
        return [
            child
            for child in sorted(folder.iterdir())
            if not child.name.startswith(".")
            and (child.is_dir() or child.name.lower().endswith(ARCHIVE_ENDINGS))
        ]
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(
            f"{printable(str(folder))} cannot be read: {reason}",
            next_step="Name the folder that holds the submissions.",
        ) from error

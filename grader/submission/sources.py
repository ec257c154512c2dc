"""Which submissions there are: named one by one, or all that are in a folder. Looks into none of them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import NothingToGradeError, UsageError
from grader.submission.archive import ARCHIVE_ENDINGS
from grader.submission.git.address import GitAddress
from grader.submission.git.repository import is_repository, without_ending
from grader.text.names import printable, safe_component


@dataclass(frozen=True)
class Source:
    """A submission to grade."""

    id: str
    path: Path
    address: GitAddress | None = None
    """Where to fetch it from; `path` is then a name and leads nowhere."""


def name_of(path: Path) -> str:
    """A folder's name, or an archive's or a bare repository's without its ending."""
    name = path.name
    if is_repository(path):
        name = without_ending(name)
    elif not path.is_dir():
        ending = next((ending for ending in ARCHIVE_ENDINGS if name.lower().endswith(ending)), "")
        name = name[: len(name) - len(ending)]
    return safe_component(name) or "submission"


def sources_named(paths: Sequence[str | Path]) -> list[Source]:
    """Submissions named one by one; those of the same name are told apart by the folders they are in.

    Args:
        paths: folders, archives, and addresses of git repositories as text.

    Raises:
        UsageError: a path does not exist, an address is not taken, or two of them cannot be told apart.
    """
    resolved: dict[Path, GitAddress | None] = {}
    for path in paths:
        address = address_in(path)
        try:
            full = _found(Path(path)) if address is None else address.place
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
    """The address of a git repository that somebody has named; None for a path.

    Raises:
        UsageError: it is an address, but not one that is taken.
    """
    return GitAddress.parse(named) if isinstance(named, str) and not os.path.lexists(named) else None


def _found(path: Path) -> Path:
    path.stat()
    return path.resolve()


def _distinct_names(paths: Sequence[Path]) -> dict[Path, str]:
    """The name of each path, with as many of its parent folders in front as it takes to be the only one."""
    depths = dict.fromkeys(paths, 0)
    while True:
        names = {
            path: "__".join(
                [*(safe_component(parent.name) for parent in reversed(path.parents[:depth])), name_of(path)]
            )
            for path, depth in depths.items()
        }
        counts = Counter(names.values())
        doubtful = [path for path in paths if counts[names[path]] > 1]
        if not doubtful:
            return names
        deeper = [path for path in doubtful if depths[path] < len(path.parents) - 1]
        if not deeper:
            raise UsageError(
                f"{printable(str(doubtful[0]))} and {printable(str(doubtful[1]))} would have the same "
                "reports folder",
                next_step="Grade them in separate runs, each with an --out of its own.",
            )
        for path in deeper:
            depths[path] += 1


def sources_in(folder: Path, *, out: Path | None = None) -> list[Source]:
    """Every child of a folder that can be a submission: folders and archives, hidden ones aside.

    Args:
        folder: what to look into.
        out: where the reports go; no submission, even if it is in the folder.

    Raises:
        UsageError: there is no such folder, or two children would have the same id.
        NothingToGradeError: it holds none.
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
            next_step="Put one folder or archive a submission into it.",
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

"""Lists the submissions to grade: named one by one, or all in a folder. Must not know what they hold."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.assignment.model import Assignment
from grader.errors import NothingToGradeError, UsageError
from grader.submission.attempts import handed_in_as
from grader.submission.class_folder import check_changed, check_single, read_class
from grader.submission.git.address import GitAddress
from grader.text.folder_names import distinct_folder_names, folder_name
from grader.text.names import printable
from grader.text.platform_names import HandIn, read_name


@dataclass(frozen=True)
class Source:
    """A submission to grade."""

    id: str
    path: Path
    address: GitAddress | None = None
    """Where to fetch it from. `path` then only gives the name; no such file exists."""
    handed_in_as: str = ""
    """The name of its file or folder, without an ending, where the id is another one."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Column of a roster to the value in it that is this person's alone, where a platform's name has one."""


def name_of(path: Path) -> str:
    """The id of a submission that is graded alone: its file name, see `folder_name`."""
    return folder_name(handed_in_as(path))


def sources_named(paths: Sequence[str | Path], assignment: Assignment) -> list[Source]:
    """The submissions named on the command line. Those with the same name get their parent folders in front.

    Args:
        paths: folders, archives, and addresses of git repositories as text.
        assignment: tells the exercise from other projects.

    Raises:
        UsageError: a path does not exist or is no single submission, an address is refused, or two
            submissions are called the same.
    """
    resolved: dict[Path, GitAddress | None] = {}
    for path in paths:
        address = address_in(path)
        try:
            full = _found(Path(path)) if address is None else address.pseudo_path
        except (OSError, RuntimeError, ValueError) as error:
            reason = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be used: {error}"
            raise UsageError(
                f"{printable(str(path))} {reason}", next_step="Name a submission's folder or archive."
            ) from error
        if full in resolved:
            named = printable(str(path)) if address is None else address.shown
            raise UsageError(f"{named} is named twice", next_step="Name every submission once.")
        resolved[full] = address
        if address is None:
            check_single(Path(path), assignment)
    names = _distinct_names(list(resolved))
    ids = distinct_folder_names(names.values())
    return [Source(ids[name], path, resolved[path]) for path, name in names.items()]


def address_in(named: str | Path) -> GitAddress | None:
    """Parse an argument as the address of a git repository; None if it is a path.

    Raises:
        UsageError: it is an address of a kind that is refused.
    """
    return GitAddress.parse(named) if isinstance(named, str) and not os.path.lexists(named) else None


def sources_in(
    folder: Path,
    assignment: Assignment,
    *,
    out: Path | None = None,
    notify: Callable[[str], None] = lambda _: None,
) -> list[Source]:
    """All submissions in a class's folder: its folders and archives, except hidden ones.

    Args:
        folder: the folder with the submissions.
        assignment: tells the exercise from other projects.
        out: the folder of the reports, which is skipped.
        notify: called with a line on what is left out.

    Raises:
        UsageError: there is no such folder, it is no class's folder, it holds something that is no
            submission, or two submissions are called the same.
        NothingToGradeError: the folder holds no submission.
    """
    found = read_class(folder, assignment, out=out)
    if not found.submissions:
        raise NothingToGradeError(
            f"{printable(str(folder))} holds no submission",
            next_step="Put one folder or one archive for each submission into it.",
        )
    if found.left_out:
        notify(f"Not graded, as they are no folders or archives: {', '.join(found.left_out)}")
    for note in found.notes:
        notify(f"{note}.")
    return _sources_of(found.submissions, found.hand_ins)


def sources_changed(folder: Path, changed: Sequence[Path], assignment: Assignment) -> list[Source]:
    """Those submissions in a class's folder that have changed.

    Raises:
        UsageError: the folder is no class's folder, one of them is no submission, or two are called the same.
    """
    work = check_changed(folder, changed, assignment)
    hand_ins = {path: found for path in changed if (found := read_name(handed_in_as(path))) is not None}
    return _sources_of([(path, work.get(path, path).absolute()) for path in changed], hand_ins)


def _found(path: Path) -> Path:
    path.stat()
    return path.resolve()


def _distinct_names(paths: Sequence[Path]) -> dict[Path, str]:
    """The name of each path, with as many parent folders in front as make it unique."""
    depths = dict.fromkeys(paths, 0)
    while True:
        names = {
            path: "__".join([*(parent.name for parent in reversed(path.parents[:depth])), handed_in_as(path)])
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


def _sources_of(submissions: Iterable[tuple[Path, Path]], hand_ins: Mapping[Path, HandIn]) -> list[Source]:
    """The sources for the children of a class's folder, each with the path that is graded."""
    by_name: dict[str, tuple[Path, Path]] = {}
    for child, work in submissions:
        name = hand_ins[child].id if child in hand_ins else handed_in_as(child)
        if name in by_name:
            raise UsageError(
                f"{printable(by_name[name][0].name)} and {printable(child.name)} would be the same "
                f"submission {printable(name)!r}",
                next_step="Rename or remove one of them.",
            )
        by_name[name] = child, work
    ids = distinct_folder_names(by_name)
    return [
        Source(ids[name], work, handed_in_as=handed_in_as(child), columns=hand_ins[child].columns)
        if child in hand_ins
        else Source(ids[name], work)
        for name, (child, work) in by_name.items()
    ]

"""Tells a class's folder from what is none, and a submission from what is none.

Refuses with a message that says what was found and what was probably meant: a grade for somebody who does
not exist is worse than none. What a student can put into one submission among others refuses nothing. Must
not know what ids submissions get.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from grader.assignment.model import Assignment
from grader.errors import GraderError, UsageError
from grader.submission.archive import ARCHIVE_ENDINGS
from grader.submission.attempts import last_attempts
from grader.submission.clutter import folder_verdict, is_clutter
from grader.submission.file_kinds import OTHER_PACKINGS, PACKED, why_no_archive
from grader.submission.git.repository import is_repository
from grader.submission.gradescope_list import GRADESCOPE_LIST, read_gradescope_list
from grader.submission.projects import (
    APPS,
    SETTINGS,
    Parts,
    ProjectKind,
    Projects,
    is_file,
    is_folder,
    is_script_folder,
    is_set_up,
    projects_in,
    tree_of_archive,
    tree_of_folder,
)
from grader.text.names import printable
from grader.text.platform_names import HandIn, read_name

_REPORT = ("grade.json", "observations.json")
_SUMMARY = "summary.json"
_PARTS = frozenset(
    {
        *("alembic", "migrations", "versions", "templates", "static", "instance", "tests", "test", "scripts"),
        *("src", "app", "models", "routes", "config", "docs", "assets", "public", "data", "database", "db"),
        *("backend", "frontend", "server", "client", "api", "web"),
    }
)
"""What the folders inside of one person's repository are often called."""
_NUMBERED = frozenset(
    {"exercise", "ex", "lab", "hw", "homework", "assignment", "task", "week", "unit", "lesson", "chapter"}
)
"""What such folders are often called, with a number."""
_MOST_NAMED = 8


class ClassFolder(NamedTuple):
    """What a class's folder holds."""

    submissions: tuple[tuple[Path, Path], ...]
    """The submissions, in order, each with what is graded: itself, or the only archive in it."""
    left_out: tuple[str, ...] = ()
    """The names of files that are no submissions, such as a README."""
    hand_ins: Mapping[Path, HandIn] = {}
    """What a platform's name says of a submission, where it says something."""
    notes: tuple[str, ...] = ()
    """What else is not graded, in sentences."""


def read_class(folder: Path, assignment: Assignment, *, out: Path | None = None) -> ClassFolder:
    """Read a class's folder.

    Args:
        folder: the folder with the submissions.
        assignment: tells the exercise from other projects.
        out: the folder of the reports, which is skipped.

    Raises:
        UsageError: the folder cannot be read, is no class's folder, or holds something that is no submission.
    """
    children = _children(folder, out)
    check_whole(folder, children, assignment)
    check_children(children, assignment)
    listed = read_gradescope_list(folder)
    found = [child for child in children if is_folder(child) or _is_archive(child)]
    attempts = last_attempts(found, listed)
    submissions = attempts.children
    nested = _nested(folder, submissions, assignment, people=attempts.hand_ins)
    check_packed(nested)
    others = [
        child for child in children if child not in found and not (listed and child.name == GRADESCOPE_LIST)
    ]
    return ClassFolder(
        tuple((child, _work_in(child, nested)) for child in submissions),
        tuple(printable(child.name, limit=80) for child in others),
        attempts.hand_ins,
        (*attempts.notes, *_not_read(nested)),
    )


def is_class_archive(path: Path) -> bool:
    """Whether a path that should be a class's folder is an archive instead."""
    return _is_archive(path) and is_file(path)


def class_top(folder: Path, assignment: Assignment) -> Path:
    """The folder of a class in what its archive holds: that, or the single folder around the submissions."""
    children = _children(folder, None)
    if len(children) != 1 or not is_folder(top := children[0]) or top.is_symlink():
        return folder
    if read_name(top.name) is not None or is_set_up(top) or is_repository(top):
        return folder
    inside = _children(top, None)
    loose = [child for child in inside if not is_folder(child) and not _is_archive(child)]
    few = len(inside) - len(loose) < 2 and loose and not read_gradescope_list(top)  # noqa: PLR2004 - one
    return folder if few or not inside or _is_repository_of_one(inside, assignment) else top


def check_changed(folder: Path, changed: Sequence[Path], assignment: Assignment) -> dict[Path, Path]:
    """Check a class's folder of which only some submissions are to be graded.

    Returns:
        Of those submissions whose work is the only archive in them, that archive.

    Raises:
        UsageError: the folder is no class's folder, or one of the changed submissions is none.
    """
    children = _children(folder, None)
    check_whole(folder, children, assignment)
    check_children(changed, assignment)
    folders = [child for child in children if is_folder(child) and not child.is_symlink()]
    nested = {
        child: found for child, found in _nested(folder, folders, assignment).items() if child in changed
    }
    check_packed(nested)
    return {child: _work_in(child, nested) for child in nested}


def check_packed(nested: Mapping[Path, Projects]) -> None:
    """Refuse submissions that hold nothing but packed files, if it is not one archive that can be read.

    Raises:
        UsageError: the message names the files.
    """
    problems = []
    for child, found in nested.items():
        if found.kind is not ProjectKind.ARCHIVE:
            continue
        if len(found.paths) > 1:
            problems.append(
                f"{_shown(child)} holds {len(found.paths)} archives ({_named(found.paths)}), and only one "
                "can be graded"
            )
        elif found.paths and is_folder(child):
            archive = child.joinpath(*found.paths[0])
            if (problem := why_no_archive(archive)) is not None:
                problems.append(f"{_shown(archive)} {problem}")
        elif found.unread and not found.paths:
            problems.append(f"{_shown(child)} holds {_named(found.unread)}, which {PACKED}")
    _refuse(problems, "Nothing was graded. Keep the one archive that counts, as .zip or .tar.gz.")


def _refuse(problems: list[str], next_step: str) -> None:
    if len(problems) > _MOST_NAMED:
        problems[_MOST_NAMED:] = [f"... and {len(problems) - _MOST_NAMED} more"]
    if problems:
        raise UsageError("\n".join(problems), next_step=next_step)


def check_children(children: Iterable[Path], assignment: Assignment) -> None:
    """Refuse children that are no submission but would be taken for one, or overlooked.

    Raises:
        UsageError: the message names them, each with what it is.
    """
    found = ((child, _problem(child, assignment)) for child in children)
    problems = [f"{_shown(child)} {problem}" for child, problem in found if problem is not None]
    _refuse(
        problems,
        "Nothing was graded. Put the right file or folder there, or remove it. For somebody who handed in "
        "nothing, leave an empty folder.",
    )


def check_whole(folder: Path, children: Sequence[Path], assignment: Assignment) -> None:
    """Refuse a class's folder that is one submission, a part of one, or a folder of reports.

    Raises:
        UsageError: it is one of these.
    """
    _refuse_reports(folder, assignment)
    if is_set_up(folder) or is_repository(folder) or _is_repository_of_one(children, assignment):
        whole = _whole_of(folder) or folder
        raise UsageError(
            f"{_shown(folder)} is one submission or a part of one, not a folder of submissions",
            next_step=f"Did you mean `grader grade {_word(whole)}`, without --all?",
        )


def check_single(path: Path, assignment: Assignment) -> None:
    """Refuse a path that is named as one submission and is none, or holds several.

    Raises:
        UsageError: the message says what the path is, and what was probably meant.
    """
    real = path.resolve()
    problem = why_no_archive(real) if not is_folder(real) else _problem(real, assignment)
    if problem is not None:
        raise UsageError(f"{_shown(path)} {problem}", next_step="Name a submission's folder or archive.")
    if is_repository(path):
        return
    if is_folder(path) and (whole := _whole_of(real)) is not None:
        raise UsageError(
            f"{_shown(path)} is a part of the project {_shown(whole)}",
            next_step=f"Did you mean `grader grade {_word(whole)}`?",
        )
    projects = _projects_of(path, assignment)
    if assignment.project.alembic_root is None:
        refuse_several(path, projects)
    check_packed({path: projects})


def refuse_several(path: Path, projects: Projects) -> None:
    """Refuse a submission that holds several projects, or a folder with work that is still packed.

    Raises:
        UsageError: it does.
    """
    count, packed = len(projects.paths), projects.kind is ProjectKind.ARCHIVE
    if count == 0 or (count == 1 and not packed):
        return
    above = projects.common_folder
    if not is_folder(path):
        step = f"Is it a class? Then use `grader grade --all {_word(path)}`, or unpack it."
    elif count > 1 and above is not None:
        step = f"Did you mean `grader grade --all {_word(path.joinpath(*above))}`?"
    else:
        step = f"Did you mean one of them: `grader grade {_word(path.joinpath(*projects.paths[0]))}`?"
    if not packed:
        step += " If all of it is one person's, name the folder of the exercise, or set `alembic_root`."
    what = "an archive" if count == 1 else f"{count} {'archives' if packed else 'projects'}"
    raise UsageError(
        f"{_shown(path)} holds {what} ({_named(projects.paths)}), and was to be graded as one submission",
        next_step=step,
    )


def _nested(
    folder: Path,
    submissions: Sequence[Path],
    assignment: Assignment,
    *,
    people: Collection[Path] = (),
) -> dict[Path, Projects]:
    """The children whose work may lie deeper in them, with what they hold.

    Args:
        folder: the class's folder.
        submissions: its children.
        assignment: tells the exercise from other projects.
        people: those of the children that a platform says are a person's.

    Raises:
        UsageError: the children are classes, not submissions.
    """
    nested = [child for child in submissions if not is_set_up(child) and not is_repository(child)]
    found = {child: _projects_of(child, assignment) for child in nested}
    if assignment.project.alembic_root is not None:
        return found
    if len(submissions) == 1 and nested and not is_folder(submissions[0]):
        refuse_several(submissions[0], found[submissions[0]])
    folders = {child: item for child, item in found.items() if is_folder(child) and child not in people}
    _refuse_classes(folder, folders, direct=len(submissions) - len(folders))
    return found


def _work_in(child: Path, nested: Mapping[Path, Projects]) -> Path:
    """What is graded of a child: itself, or the only archive in it."""
    found = nested.get(child)
    if (
        found is None
        or found.kind is not ProjectKind.ARCHIVE
        or len(found.paths) != 1
        or not is_folder(child)
    ):
        return child
    return child.joinpath(*found.paths[0])


def _not_read(nested: Mapping[Path, Projects]) -> list[str]:
    """A line for packed files that are not read, beside an archive that is."""
    return [
        f"Of {printable(child.name, limit=80)}, {_named(found.paths)} is read, not {_named(found.unread)}"
        for child, found in nested.items()
        if found.kind is ProjectKind.ARCHIVE and found.paths and found.unread
    ]


def _refuse_classes(folder: Path, found: dict[Path, Projects], *, direct: int) -> None:
    """Refuse a folder whose children are classes.

    One submission among others may hold several projects: that is its author's doing, and its report says so.

    Args:
        folder: the class's folder.
        found: the children that are no project themselves, with the projects in them.
        direct: how many other children there are.
    """
    counted = {
        child: item for child, item in found.items() if item.paths and item.kind is not ProjectKind.APP
    }
    several = [child for child, item in counted.items() if len(item.paths) > 1]
    single = [item.paths[0] for item in counted.values() if len(item.paths) == 1]
    # People in a section have names of their own. The exercise has the same name in many repositories.
    like_people = not direct and len(set(single)) == len(single)
    if not several or (2 * len(several) < len(counted) + direct and not like_people):
        return
    named = [
        f"{printable(child.name, limit=60)} ({_named(counted[child].paths)})"
        for child in several[:_MOST_NAMED]
    ]
    classes = [child.joinpath(*(counted[child].common_folder or ())) for child in several[:_MOST_NAMED]]
    commands = ", ".join(f"`grader grade --all {_word(child)}`" for child in classes)
    raise UsageError(
        f"{_shown(folder)} holds folders with several submissions each: {'; '.join(named)}",
        next_step=f"Did you mean {commands}? If each folder is one person's, set `alembic_root` in the "
        "assignment.",
    )


def _projects_of(path: Path, assignment: Assignment) -> Projects:
    """The projects in a folder or an archive; none if it cannot be read, and staging then says why."""
    if is_folder(path):
        if is_set_up(path):
            return Projects(ProjectKind.SET_UP, ((),))
        return projects_in(tree_of_folder(path), assignment)
    with suppress(GraderError), tree_of_archive(path, assignment.limits) as tree:
        return projects_in(tree, assignment)
    return Projects(ProjectKind.SET_UP)


def _problem(path: Path, assignment: Assignment) -> str | None:
    """Why a child must not be taken for a submission, or be overlooked; None if it may."""
    if path.is_symlink():
        return f"is a link to {printable(str(path.readlink()), limit=120)}: links are not followed"
    if is_folder(path):
        if is_clutter(path.name):
            return "is what a computer or a tool has left behind, not a submission"
        verdict = folder_verdict(path.name, lambda below: os.path.lexists(path / below))
        if verdict == "environment":
            return "holds installed packages, not a submission"
        return (
            "holds the reports of an earlier run, not a submission" if _is_reports(path, assignment) else None
        )
    if _is_archive(path):
        return why_no_archive(path)
    return PACKED if path.name.lower().endswith(OTHER_PACKINGS) else None


def _is_archive(path: Path) -> bool:
    return path.name.lower().endswith(ARCHIVE_ENDINGS) and not is_folder(path)


def _is_repository_of_one(children: Sequence[Path], assignment: Assignment) -> bool:
    """Whether a folder without a set-up is one person's: by the names of its folders, or by an app in it."""
    if any(_is_archive(child) for child in children):
        return False
    folders = [child for child in children if is_folder(child)]
    others = [child for child in folders if not _is_part(child.name)]
    if folders and not others:
        return True
    app = any(child.name in APPS for child in children)
    return app and not any(_projects_of(child, assignment).paths for child in others)


def _is_part(name: str) -> bool:
    folded = name.casefold()
    without = folded.rstrip("0123456789")
    return folded in _PARTS or (without != folded and without.rstrip("-_ ") in _NUMBERED)


def _whole_of(folder: Path) -> Path | None:
    """The project that a folder is a part of; None if it may be one of its own."""
    above = folder.resolve().parent
    if is_script_folder(folder):
        return above if is_file(above / SETTINGS) else None
    if is_set_up(folder):
        return None
    if is_script_folder(above):
        return above.parent
    return above if _is_part(folder.name) and is_set_up(above) else None


def _refuse_reports(folder: Path, assignment: Assignment) -> None:
    if _is_reports(folder, assignment):
        raise UsageError(
            f"{_shown(folder)} is a folder of reports that `grader grade` wrote, not of submissions",
            next_step="Name the folder with the submissions. `grader regrade` judges saved results again.",
        )


def _is_reports(folder: Path, assignment: Assignment) -> bool:
    """Whether a folder holds reports, of one submission or of a class, and no project besides."""
    try:
        of_class = is_file(folder / _SUMMARY) and any(
            is_file(child / _REPORT[0]) for child in folder.iterdir()
        )
    except OSError:
        return False
    if not of_class and not all(is_file(folder / name) for name in _REPORT):
        return False
    projects = _projects_of(folder, assignment)
    return projects.kind is ProjectKind.ARCHIVE or not projects.paths


def _children(folder: Path, out: Path | None) -> list[Path]:
    """The children that are not hidden, in order, without the folder of the reports."""
    try:
        children = sorted(child for child in folder.iterdir() if not child.name.startswith("."))
        return [child for child in children if out is None or not _is_same(child, out)]
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(
            f"{printable(str(folder))} cannot be read: {reason}",
            next_step="Name the folder that holds the submissions. An archive has to be unpacked first.",
        ) from error


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other.resolve())
    except OSError:
        return False


def _named(projects: Sequence[Parts]) -> str:
    shown = [printable("/".join(parts), limit=60) for parts in projects[:_MOST_NAMED]]
    return ", ".join([*shown, *(["..."] if len(projects) > _MOST_NAMED else [])])


def _shown(path: Path) -> str:
    return printable(str(path))


def _word(path: Path) -> str:
    """A path as a word of a command."""
    return shlex.quote(_shown(path))

"""Which submissions a pull request or a push changes, and the assignment as it was before.

A change is the difference between a base and the commit that is checked out. Its content is not trusted; see
`grader.submission.git.course_repository`. Must not know of GitHub or GitLab.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.assignment import file as assignment_file
from grader.assignment.kinds import Kinds
from grader.assignment.model import Assignment
from grader.errors import ConfigurationError, UsageError
from grader.submission.archive import ARCHIVE_ENDINGS
from grader.submission.entries import EntryKind
from grader.submission.git.course_repository import CourseRepository, repository_top
from grader.text.names import printable

_CANNOT_BE_GRADED: dict[EntryKind, str] = {
    "link": "is a link; commit the files themselves in its place",
    "submodule": "is a submodule, whose files are in another repository; commit the files "
    "themselves in its place",
}


@dataclass(frozen=True)
class Changes:
    """The submissions that a change touches."""

    submissions: tuple[Path, ...]
    """Those that it adds or edits, sorted by name."""
    deleted: tuple[str, ...] = ()
    """The names of those that it deletes."""
    elsewhere: int = 0
    """How many changed files are in no submission."""


def find_changes(folder: Path, since: str, head: str = "HEAD") -> Changes:
    """Find the submissions that differ between a base and a commit.

    The comparison starts at the newest commit that both have in common, so later commits on the base do not
    count.

    Args:
        folder: the folder of a clone that holds the submissions, one folder or archive each.
        since: the base, as git names commits. An id of zeros means the state before the first commit.
        head: the changed commit.

    Raises:
        UsageError: the folder or a commit does not exist, or a submission is a link or a submodule.
    """
    repository = CourseRepository.around(folder)
    inside = repository.inside(folder)
    after = repository.commit(head)
    before = repository.common_ancestor(since, head)
    _check_folder(repository, inside, before, after)
    paths = repository.changed_paths(before, after)
    prefix = f"{inside}/" if inside else ""
    here = [path.removeprefix(prefix) for path in paths if path.startswith(prefix)]
    there = repository.children(after, inside) if repository.kind(after, inside) == "folder" else {}
    touched: dict[str, list[str]] = {}
    for path in here:
        touched.setdefault(path.split("/", 1)[0], []).append(path)
    submissions = {name for name in touched if _is_submission(name, there.get(name), touched[name])}
    _check_kinds({name: there[name] for name in submissions if name in there}, folder)
    elsewhere = len(paths) - sum(len(touched[name]) for name in submissions)
    return Changes(
        tuple(folder / name for name in sorted(submissions) if name in there),
        tuple(sorted(name for name in submissions if name not in there)),
        elsewhere,
    )


def assignment_before(path: Path, since: str, kinds: Kinds) -> Assignment:
    """The assignment as it is at the base of a change, so that a change cannot edit its own rubric.

    An assignment file outside of any repository cannot be changed by a pull request, and is read as it is.

    Raises:
        ConfigurationError: the assignment has an error.
        UsageError: the file does not exist at the base.
    """
    if repository_top(path) is None:
        return assignment_file.load(path, kinds)
    repository = CourseRepository.around(path)
    commit = repository.commit(since)
    with TemporaryDirectory(prefix="migration-grader-assignment-") as made:
        top = Path(made)
        try:
            copied = _copied(repository, commit, repository.inside(path), top)
            for named in assignment_file.files_beside(copied).values():
                if named.resolve().is_relative_to(top.resolve()):
                    _copied(repository, commit, named.resolve().relative_to(top.resolve()).as_posix(), top)
            return assignment_file.load(copied, kinds)
        except ConfigurationError as error:
            message = error.message.replace(f"{top}/", "")
            raise ConfigurationError(f"at {printable(since)}: {message}", next_step=error.next_step) from None


def _check_folder(repository: CourseRepository, inside: str, before: str, after: str) -> None:
    kind = repository.kind(after, inside)
    if kind == "folder" or (kind is None and repository.kind(before, inside) == "folder"):
        return
    raise UsageError(
        f"{printable(inside)} is {'not there' if kind is None else f'a {kind}'} in the commit to be graded",
        next_step="Name the folder that holds the submissions, one folder or archive each.",
    )


def _is_submission(name: str, kind: EntryKind | None, paths: Iterable[str]) -> bool:
    """Whether a name is, or was, a submission. A file such as a README is not."""
    if name.startswith("."):
        return False
    if kind == "file" or (kind is None and name in paths):
        return name.lower().endswith(ARCHIVE_ENDINGS)
    return True


def _check_kinds(kinds: dict[str, EntryKind], folder: Path) -> None:
    """Refuse links and submodules: a link to the work of another student would earn that student's points."""
    for name, kind in sorted(kinds.items()):
        if kind in _CANNOT_BE_GRADED:
            raise UsageError(
                f"{printable(str(folder / name))} {_CANNOT_BE_GRADED[kind]}",
                next_step="Nothing was graded. A submission is a folder of regular files, or an archive.",
            )


def _copied(repository: CourseRepository, commit: str, path: str, top: Path) -> Path:
    target = top / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(repository.content(commit, path))
    return target

"""Stages a submission: copies a folder, an archive or a repository to a fresh folder, and reads the files.

No code of the submission runs, and no git command runs inside it. Must not know of databases or sandboxes.

A `.env` of the submission is searched for secrets but never staged. An empty `.env` is written to the top of
the staged files instead: `load_dotenv()` and `find_dotenv()` search from the student's code upwards to the
root of the file system, and must find this file before a `.env` of the grader's machine.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.assignment.model import Assignment, Limits, Project
from grader.errors import HarnessFault, UsageError
from grader.observations.files import UrlNames
from grader.observations.model import FindingKind, SubmissionFacts
from grader.observations.revisions import RevisionGraph
from grader.submission.alembic_settings import sets_url
from grader.submission.clutter import FOLDER_SIGNS, folder_verdict, is_clutter
from grader.submission.entries import EntryKind, SourceEntry, read_regular_file
from grader.submission.file_findings import file_findings
from grader.submission.git.files import open_repository
from grader.submission.git.ignored import ignored_files
from grader.submission.git.repository import is_repository
from grader.submission.landmarks import find_landmarks
from grader.submission.layout import find_layout
from grader.submission.model_calls import with_model_calls
from grader.submission.model_files import model_files
from grader.submission.nested_archive import open_innermost
from grader.submission.repository_history import read_history
from grader.submission.revision_graph import read_graph
from grader.submission.staged_files import FILE_MODE, FOLDER_MODE, MAX_DEPTH, StagedFiles
from grader.text.names import printable, safe_component

_USUAL = Project()
_ID_CHARACTERS = 60
"""How much of an id a folder's name keeps, so that it stays short enough for a file system."""
_MOST_PYTHON_FILES = 300
_ENVIRONMENT = "it holds installed packages; keep such folders out of the repository with .gitignore"


@dataclass(frozen=True)
class Submission:
    """A staged submission."""

    id: str
    root: Path
    """The staged files: regular files and folders only, none of them a link."""
    facts: SubmissionFacts
    graph: RevisionGraph | None
    """None when the submission has no Alembic set-up; the first of `facts.findings` then says why."""


def stage(
    source: Path,
    destination: Path,
    *,
    submission_id: str,
    limits: Limits,
    project: Project = _USUAL,
    without: Path | None = None,
    own: bool = False,
    history: bool = False,
    in_course: bool = False,
) -> Submission:
    """Copy a folder, an archive's files or the files of a repository's newest commit, and read them.

    Args:
        source: a folder, a bare git repository, or a zip or tar archive (also compressed with gzip, bzip2 or
            xz). Of an archive that holds nothing but another archive, the inner one counts.
        destination: the folder to copy to: new or empty. After an exception the caller removes it.
        submission_id: the submission's id in reports.
        limits: how much it may hold.
        project: how the assignment has submissions run.
        without: a folder in the source that is not part of the submission.
        own: it is the work of whoever grades it. A folder in no repository will then be in one.
        history: read what became of its revision files in the commits of its repository.
        in_course: it is a folder of a course's repository, whose commits hold its history.

    Raises:
        BrokenSubmission: it is damaged, too large, or would write outside of its folder.
        UsageError: there is no such path.
        HarnessFault: this machine cannot read or write the files.
    """
    if not source.exists():
        raise UsageError(f"{source} does not exist.", next_step="Name a submission's folder or archive.")
    _prepare(destination)
    files = StagedFiles(destination, limits, project)
    with ExitStack() as stack:
        if is_repository(source):
            listed = stack.enter_context(open_repository(source, destination.parent, limits))
            entries = _without_environments(listed, files)
        elif source.is_dir():
            entries = _folder_entries(source, {destination, without or destination}, files)
        else:
            listed = stack.enter_context(open_innermost(source, destination.parent, limits))
            entries = _without_environments(_without_single_top(listed), files)
        for entry in entries:
            files.add(entry)
    if source.is_dir() and not is_repository(source):
        secrets = [
            item.path for item in files.findings if item.kind is FindingKind.COMMITTED_ENV and item.path
        ]
        if secrets:
            files.set_aside(ignored_files(source, secrets, own=own))
    sha256 = files.digest()
    given = files.put_beside(project.files)
    layout, layout_findings = find_layout(destination, project)
    of_files = (
        item for item in file_findings(destination, layout, project.direct_url[0]) if item.path not in given
    )
    findings = (*layout_findings, *files.findings, *of_files)
    graph = read_graph(destination, layout.version_locations) if layout is not None else None
    if graph is not None and layout is not None:
        graph = with_model_calls(graph, destination, layout)
    past = None
    if history and graph is not None and layout is not None:
        past = read_history(source, destination, layout, graph, limits=limits, trusted=own or in_course)
        sha256 = hashlib.sha256(f"{sha256}\0{past}".encode()).hexdigest()
    empty_env = destination / ".env"
    empty_env.touch()
    empty_env.chmod(FILE_MODE)
    facts = SubmissionFacts(
        *(submission_id, source_name(source), sha256, layout, findings, _python_files(destination)),
        models=model_files(destination, layout),
        landmarks=find_landmarks(destination, layout),
        urls=UrlNames(project.direct_url, project.pooled_url),
        extensions=project.extensions,
        url_in_config=sets_url(destination / layout.config) if layout else None,
        history=past,
    )
    return Submission(submission_id, destination, facts, graph)


@dataclass(frozen=True)
class StagingArea:
    """A folder in which every submission of a run gets a folder of its own."""

    folder: Path
    without: Path | None = None
    """The folder of the reports. It may lie in a submission and is not part of it."""
    keep: bool = False
    """Keep the staged files after the run (`--keep`)."""
    own: bool = False
    """The submission is the work of whoever runs the grader, see `stage`."""
    in_course: bool = False
    """The submissions are folders of a course's repository (`--changed-since`), see `stage`."""

    @contextmanager
    def staged(
        self, source: Path, submission_id: str, assignment: Assignment, *, keep: bool | None = None
    ) -> Iterator[Submission]:
        """Stage a submission. Its files exist until the end of the block.

        Args:
            source: a folder, an archive or a bare git repository.
            submission_id: its id in reports.
            assignment: gives the limits and, if fixed, the folder of `alembic.ini`.
            keep: keep the files after the block; None for the area's own `keep`.

        Raises:
            BrokenSubmission: it cannot be staged because of what it holds.
            GraderError: it cannot be staged on this machine.
        """
        with ExitStack() as stack:
            if self.keep if keep is None else keep:
                # The files of an earlier run of the same submission stay beside the new ones.
                folder = tempfile.mkdtemp(dir=self.folder, prefix=f"{submission_id[:_ID_CHARACTERS]}-")
            else:
                temporary = TemporaryDirectory(dir=self.folder, prefix="staged-", ignore_cleanup_errors=True)
                folder = stack.enter_context(temporary)
            yield stage(
                source,
                Path(folder) / "submission",
                submission_id=submission_id,
                limits=assignment.limits,
                project=assignment.project,
                without=self.without,
                own=self.own,
                history=bool(assignment.of_kind("unedited")),
                in_course=self.in_course,
            )


def source_name(source: Path) -> str:
    """A submission's source as reports show it: `ada/`, `ada.zip` or `ada.git`, without the path to it."""
    name = printable(safe_component(source.resolve().name))
    return f"{name}/" if source.is_dir() and not is_repository(source) else name


def _python_files(top: Path) -> tuple[str, ...]:
    """The paths of the Python files, the topmost first."""
    found = sorted(path.relative_to(top) for path in top.rglob("*.py"))
    found.sort(key=lambda path: len(path.parts))
    return tuple(path.as_posix() for path in found[:_MOST_PYTHON_FILES])


def _prepare(destination: Path) -> None:
    try:
        destination.mkdir(parents=True, exist_ok=True)
        destination.chmod(FOLDER_MODE)
        not_empty = any(destination.iterdir())
    except OSError as error:
        raise HarnessFault(
            f"A folder for the submission's files cannot be made: {error.strerror}."
        ) from error
    if not_empty:
        raise HarnessFault("The folder for the submission's files is not empty.")


def _folder_entries(top: Path, without: Iterable[Path], files: StagedFiles) -> Iterator[SourceEntry]:
    """The entries of a folder in a fixed order, without environments and clutter. Links are not followed."""
    waiting: list[tuple[str, ...]] = [()]
    own = {path.resolve() for path in without}
    while waiting:
        parts = waiting.pop()
        folder = top.joinpath(*parts)
        try:
            with os.scandir(folder) as found:
                children = sorted(found, key=lambda child: child.name)
        except OSError as error:
            raise HarnessFault(f"{printable(folder.name)} cannot be read: {error.strerror}.") from error
        for child in children:
            inner = (*parts, child.name)
            kind = _kind(child)
            path = Path(child.path)
            if kind != "folder":
                files.count_entry(inner)
                yield SourceEntry(inner, kind, partial(_chunks, path))
                continue
            verdict = folder_verdict(child.name, partial(_holds, path))
            if verdict == "environment":
                files.leave_out(inner, _ENVIRONMENT)
            elif verdict == "keep" and path.resolve() not in own:
                files.count_entry(inner)
                waiting.append(inner)


def _holds(folder: Path, below: str) -> bool:
    return os.path.lexists(folder / below)


def _kind(entry: os.DirEntry[str]) -> EntryKind:
    if entry.is_symlink():
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else "special"


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        yield from read_regular_file(path)
    except OSError as error:
        raise HarnessFault(f"{printable(path.name)} cannot be read: {error.strerror}.") from error


def _without_single_top(entries: list[SourceEntry]) -> list[SourceEntry]:
    """Remove the single top folder of an archive, such as `repo-main/`, from the paths of its entries."""
    work = [entry for entry in entries if not is_clutter(entry.parts[0])]
    tops = {entry.parts[0] for entry in work}
    at_the_top = any(len(entry.parts) == 1 and entry.kind != "folder" for entry in work)
    script_folder = any(entry.parts[1:] == ("env.py",) for entry in work)
    if len(tops) != 1 or at_the_top or script_folder:
        return work
    return [replace(entry, parts=entry.parts[1:]) for entry in work if len(entry.parts) > 1]


def _without_environments(entries: list[SourceEntry], files: StagedFiles) -> Iterator[SourceEntry]:
    """The entries of an archive or a repository that lie in no environment and no clutter."""
    signs = _signs(entries)
    reported: set[tuple[str, ...]] = set()
    for entry in entries:
        folder = entry.parts if entry.kind == "folder" else entry.parts[:-1]
        for depth in range(1, min(len(folder), MAX_DEPTH) + 1):
            prefix = folder[:depth]
            verdict = folder_verdict(prefix[-1], signs.get(prefix, frozenset()).__contains__)
            if verdict == "environment" and prefix not in reported:
                reported.add(prefix)
                files.leave_out(prefix, _ENVIRONMENT)
            if verdict != "keep":
                break
        else:
            files.count_entry(entry.parts)
            yield entry


def _signs(entries: Iterable[SourceEntry]) -> Mapping[tuple[str, ...], AbstractSet[str]]:
    """Which of `FOLDER_SIGNS` each folder of an archive holds."""
    known = [(tuple(sign.split("/")), sign) for sign in FOLDER_SIGNS]
    found: dict[tuple[str, ...], set[str]] = {}
    for entry in entries:
        for depth in range(min(len(entry.parts), MAX_DEPTH + 1)):
            for parts, sign in known:
                if entry.parts[depth] == parts[0] and entry.parts[depth : depth + len(parts)] == parts:
                    found.setdefault(entry.parts[:depth], set()).add(sign)
    return found

"""Stages a submission: makes a folder, an archive or a repository a fresh folder of files, and reads those.

Nothing of the submission is run and no git command is given in it. Must not know of databases or sandboxes.

A `.env` of the submission is looked into but never staged, and an empty one is put at the top of the staged
files instead: `load_dotenv()` and `find_dotenv()` climb from the student's code towards the root of the file
system until they meet a `.env`, and must meet that one before they come upon somebody else's.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from grader.assignment.model import Limits
from grader.errors import HarnessFault, UsageError
from grader.observations.model import SubmissionFacts
from grader.observations.revisions import RevisionGraph
from grader.submission.archive import ARCHIVE_ENDINGS, CHUNK_BYTES, open_archive
from grader.submission.file_findings import file_findings
from grader.submission.git.files import open_repository
from grader.submission.git.repository import is_repository, without_ending
from grader.submission.layout import find_layout
from grader.submission.revision_graph import read_graph
from grader.submission.staging_rules import (
    FILE_MODE,
    FOLDER_MODE,
    FOLDER_SIGNS,
    MAX_DEPTH,
    EntryKind,
    Intake,
    SourceEntry,
    folder_verdict,
    is_clutter,
)
from grader.text.names import safe_component, shown

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
    submission_id: str | None = None,
    limits: Limits,
    alembic_root: str | None,
    without: Path | None = None,
) -> Submission:
    """Copy a folder, unpack an archive or take out a repository's newest commit, and read what the files say.

    Args:
        source: a folder, a bare git repository, or a zip or tar archive (also compressed with gzip, bzip2 or
            xz).
        destination: where to; made if it is not there, and otherwise empty. What is in it after an exception
            is for the caller to remove.
        submission_id: what to call it; None for the source's name without an archive's ending.
        limits: how much it may hold.
        alembic_root: the folder of `alembic.ini` where the assignment fixes it.
        without: a folder in the source that is no part of the submission.

    Raises:
        BrokenSubmission: it is damaged, too large, or would write outside of its folder.
        UsageError: there is no such path.
        HarnessFault: this machine cannot read or write the files.
    """
    if not source.exists():
        raise UsageError(f"{source} does not exist.", next_step="Name a submission's folder or archive.")
    _prepare(destination)
    intake = Intake(destination, limits)
    if is_repository(source):
        with open_repository(source, destination.parent, limits) as entries:
            for entry in _wanted(entries, intake):
                intake.take(entry)
    elif source.is_dir():
        for entry in _folder_entries(source, {destination, without or destination}, intake):
            intake.take(entry)
    else:
        with open_archive(source, limits) as entries:
            for entry in _wanted(_without_single_top(entries), intake):
                intake.take(entry)
    sha256 = intake.digest()
    layout, layout_findings = find_layout(destination, alembic_root)
    findings = (*layout_findings, *intake.findings, *file_findings(destination, layout))
    graph = read_graph(destination, layout.version_locations) if layout is not None else None
    _stop_dotenv(destination)
    identifier = submission_id if submission_id is not None else default_id(source)
    facts = SubmissionFacts(identifier, source_name(source), sha256, layout, findings)
    return Submission(identifier, destination, facts, graph)


def default_id(source: Path) -> str:
    """The id of a submission that was given none: its name, without an archive's or a repository's ending."""
    name = source.resolve().name
    if is_repository(source):
        name = without_ending(name)
    elif not source.is_dir():
        ending = next((ending for ending in ARCHIVE_ENDINGS if name.lower().endswith(ending)), "")
        name = name[: len(name) - len(ending)]
    return safe_component(name) or "submission"


def source_name(source: Path) -> str:
    """What the user named, as reports show it: `ada/`, `ada.zip` or `ada.git`, never where it is."""
    name = shown(safe_component(source.resolve().name))
    return f"{name}/" if source.is_dir() and not is_repository(source) else name


def _prepare(destination: Path) -> None:
    try:
        destination.mkdir(parents=True, exist_ok=True)
        destination.chmod(FOLDER_MODE)
        used = any(destination.iterdir())
    except OSError as error:
        raise HarnessFault(
            f"A folder for the submission's files cannot be made: {error.strerror}."
        ) from error
    if used:
        raise HarnessFault("The folder for the submission's files is not empty.")


def _stop_dotenv(destination: Path) -> None:
    path = destination / ".env"
    path.touch()
    path.chmod(FILE_MODE)


def _folder_entries(top: Path, without: Iterable[Path], intake: Intake) -> Iterator[SourceEntry]:
    """Everything in a folder that may be wanted, in a fixed order; links are not followed."""
    waiting: list[tuple[str, ...]] = [()]
    own = {path.resolve() for path in without}
    while waiting:
        parts = waiting.pop()
        folder = top.joinpath(*parts)
        try:
            with os.scandir(folder) as found:
                children = sorted(found, key=lambda child: child.name)
        except OSError as error:
            raise HarnessFault(f"{shown(folder.name)} cannot be read: {error.strerror}.") from error
        for child in children:
            inner = (*parts, child.name)
            kind = _kind(child)
            path = Path(child.path)
            if kind != "folder":
                intake.look(inner)
                yield SourceEntry(inner, kind, partial(_chunks, path))
                continue
            verdict = folder_verdict(child.name, partial(_holds, path))
            if verdict == "environment":
                intake.leave_out(inner, _ENVIRONMENT)
            elif verdict == "keep" and path.resolve() not in own:
                intake.look(inner)
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
    """Read a regular file; what has become a link or a FIFO since it was listed reads as empty."""
    try:
        # Without O_NONBLOCK the opening of a FIFO waits for somebody to write to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            while stat.S_ISREG(os.fstat(descriptor).st_mode) and (chunk := file.read(CHUNK_BYTES)):
                yield chunk
    except OSError as error:
        raise HarnessFault(f"{shown(path.name)} cannot be read: {error.strerror}.") from error


def _without_single_top(entries: list[SourceEntry]) -> list[SourceEntry]:
    """Take off the one folder that an archive packs everything into, such as `repo-main/`."""
    work = [entry for entry in entries if not is_clutter(entry.parts[0])]
    tops = {entry.parts[0] for entry in work}
    at_the_top = any(len(entry.parts) == 1 and entry.kind != "folder" for entry in work)
    script_folder = any(entry.parts[1:] == ("env.py",) for entry in work)
    if len(tops) != 1 or at_the_top or script_folder:
        return work
    return [replace(entry, parts=entry.parts[1:]) for entry in work if len(entry.parts) > 1]


def _wanted(entries: list[SourceEntry], intake: Intake) -> Iterator[SourceEntry]:
    """The entries of an archive that lie in no folder that is left out."""
    signs = _signs(entries)
    reported: set[tuple[str, ...]] = set()
    for entry in entries:
        folder = entry.parts if entry.kind == "folder" else entry.parts[:-1]
        for depth in range(1, min(len(folder), MAX_DEPTH) + 1):
            prefix = folder[:depth]
            verdict = folder_verdict(prefix[-1], signs.get(prefix, frozenset()).__contains__)
            if verdict == "environment" and prefix not in reported:
                reported.add(prefix)
                intake.leave_out(prefix, _ENVIRONMENT)
            if verdict != "keep":
                break
        else:
            intake.look(entry.parts)
            yield entry


def _signs(entries: Iterable[SourceEntry]) -> Mapping[tuple[str, ...], AbstractSet[str]]:
    """For each folder of an archive the signs that it holds of being an environment, or somebody's work."""
    known = [(tuple(sign.split("/")), sign) for sign in FOLDER_SIGNS]
    found: dict[tuple[str, ...], set[str]] = {}
    for entry in entries:
        for depth in range(min(len(entry.parts), MAX_DEPTH + 1)):
            for parts, sign in known:
                if entry.parts[depth] == parts[0] and entry.parts[depth : depth + len(parts)] == parts:
                    found.setdefault(entry.parts[:depth], set()).add(sign)
    return found

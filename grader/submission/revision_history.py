"""Compares the revision files that are handed in with what the commits of their repository first held.

A revision is known by its id, so a file that is moved or renamed is the same revision. A change that was
taken back is none. History that is not in the repository (a rebased or deleted branch) is not known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from grader.observations.files import Layout
from grader.observations.history import Commit, EditKind, RevisionEdit, RevisionHistory
from grader.observations.revisions import RevisionGraph
from grader.submission.executed_code import Version, read_version
from grader.submission.git.log import FileChange, FileLog, read_contents
from grader.text.names import printable

MOST_VERSIONS = 1000
"""How many contents are read of one repository."""
MOST_BYTES = 4 * 1024 * 1024
"""How many bytes of them. A revision file has 2,000 or so; parsing a megabyte takes up to a second."""
_ENVIRONMENTS = frozenset({"site-packages", "dist-packages", "venv", ".venv", ".tox", "node_modules"})
_USUAL_FOLDER = "versions"
_CHAIN = "down_revision"
_ID_HASHES = {40: "sha1", 64: "sha256"}


@dataclass(frozen=True)
class _State:
    """A revision after a commit."""

    change: FileChange
    version: Version | None
    """None if no file has it any more."""


@dataclass
class _Story:
    """All that the commits did to one revision, the oldest first."""

    states: list[_State] = field(default_factory=list)

    @property
    def first(self) -> _State:
        return self.states[0]

    @property
    def last_path(self) -> str:
        return self.states[-1].change.path


def compared_with(
    log: FileLog, git_dir: Path, root: Path, layout: Layout, graph: RevisionGraph
) -> RevisionHistory:
    """Compare the staged revision files with those in the log.

    Args:
        log: what the commits did, with paths relative to the submission's root.
        git_dir: the repository that holds the contents.
        root: the staged submission.
        layout: where its migrations are.
        graph: its revisions.

    Raises:
        UnavailableError: git is not installed.
    """
    changes = [item for item in log.changes if _may_be_revision(item.path, layout)]
    known = _git_ids(root, graph, next((item.content for item in changes if item.content), ""))
    unknown = {item.content: item.path for item in changes if item.content and item.content not in known}
    # Most histories hold nothing but the files that are handed in: then none has to be parsed.
    today = _Today.of(root, graph, parsed=bool(unknown))
    read = {identifier: today.contents.get(path) for identifier, path in known.items()}
    wanted = dict(list(unknown.items())[:MOST_VERSIONS])
    if wanted:
        for identifier, data in read_contents(git_dir, wanted, MOST_BYTES):
            read[identifier] = read_version(wanted[identifier], data)
    stories = _own(_stories(changes, read), today, layout)
    seen = {name: story.first.change.number for name, story in stories.items()}
    edits = (_edit(name, story, today, seen) for name, story in stories.items())
    return RevisionHistory(
        lacking="" if stories else "no commit holds a revision file yet",
        revisions=len(stories),
        whole=log.whole and all(identifier in read for identifier in unknown),
        edits=tuple(item for item in edits if item is not None),
    )


@dataclass(frozen=True)
class _Today:
    """The revision files that are handed in."""

    contents: Mapping[str, Version]
    """The version in each file that can be read, by path."""
    files: frozenset[str]
    """The paths of all Python files in the folders of the revisions, readable or not."""
    versions: Mapping[str, tuple[str, Version]]
    """Path and version of each revision, by its id."""

    @classmethod
    def of(cls, root: Path, graph: RevisionGraph, *, parsed: bool) -> _Today:
        """Read the files. If they are not parsed, their versions only tell one revision from another."""
        contents: dict[str, Version] = {}
        for item in graph.revisions:
            version = (
                read_version(item.path, (root / item.path).read_bytes())
                if parsed
                else Version(item.id, frozenset((*item.parents, *item.depends_on)), {})
            )
            if version is not None:
                contents[item.path] = version
        folders = {str(PurePosixPath(path).parent) for path in contents}
        files = {
            path.relative_to(root).as_posix() for folder in folders for path in (root / folder).glob("*.py")
        }
        versions = {version.revision: (path, version) for path, version in reversed(contents.items())}
        return cls(contents, frozenset(files), versions)


def _git_ids(root: Path, graph: RevisionGraph, example: str) -> dict[str, str]:
    """The paths of the files that are handed in, by the ids that git gives to their contents.

    Args:
        root: the staged submission.
        graph: its revisions.
        example: an id of the repository. Its length says how ids are made there.
    """
    kind = _ID_HASHES.get(len(example))
    if kind is None:
        return {}
    files = ((item.path, (root / item.path).read_bytes()) for item in graph.revisions)
    return {hashlib.new(kind, b"blob %d\0%b" % (len(data), data)).hexdigest(): path for path, data in files}


def _may_be_revision(path: str, layout: Layout) -> bool:
    """Whether a file lies in a folder of revisions, by the names of its folders."""
    folders = PurePosixPath(path).parent.parts
    names = {PurePosixPath(location).name for location in layout.version_locations} | {_USUAL_FOLDER}
    return not names.isdisjoint(folders) and _ENVIRONMENTS.isdisjoint(folders)


def _stories(changes: Sequence[FileChange], read: Mapping[str, Version | None]) -> dict[str, _Story]:
    """What became of each revision, by its id."""
    stories: dict[str, _Story] = {}
    holders: dict[str, str] = {}
    """The revision in each path."""
    for commit in _by_commit(changes):
        gone: dict[str, FileChange] = {}
        for change in commit:
            if before := holders.pop(change.path, None):
                gone[before] = change
        for change in commit:
            version = read.get(change.content) if change.content else None
            if version is not None:
                holders[change.path] = version.revision
                gone.pop(version.revision, None)
                stories.setdefault(version.revision, _Story()).states.append(_State(change, version))
        for name, change in gone.items():
            if name not in holders.values():
                stories[name].states.append(_State(change, None))
    return stories


def _by_commit(changes: Sequence[FileChange]) -> Iterator[list[FileChange]]:
    group: list[FileChange] = []
    for change in changes:
        if group and group[0].number != change.number:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _own(stories: Mapping[str, _Story], today: _Today, layout: Layout) -> dict[str, _Story]:
    """The revisions of the exercise, without those of another Alembic project in the repository.

    One that is still handed in is the exercise's. So is another one whose folder once held one that is, or,
    where somebody started over, whose folder at the usual place below the exercise's own is gone.
    """
    kept = [story for name, story in stories.items() if name in today.versions]
    folders = {PurePosixPath(state.change.path).parent for story in kept for state in story.states}
    folders |= {PurePosixPath(location) for location in layout.version_locations}
    still_used = {PurePosixPath(path).parent for path in today.files}
    here = PurePosixPath(layout.root)

    def is_own(name: str, story: _Story) -> bool:
        folder = PurePosixPath(story.last_path).parent
        gone = folder not in still_used and folder.parent.parent == here
        return name in today.versions or folder in folders or gone

    return {name: story for name, story in stories.items() if is_own(name, story)}


def _edit(name: str, story: _Story, today: _Today, seen: Mapping[str, int]) -> RevisionEdit | None:
    """How a revision differs from what was committed first; None if it does not."""
    first = story.first
    if first.version is None:
        return None
    if name not in today.versions:
        return _without_file(name, story, today)
    path, version = today.versions[name]
    since = _since(story, version)
    parts = version.differing(first.version)
    new = version.parents - first.version.parents
    limit = since.number if since else None
    if not all(item in seen and (limit is None or seen[item] < limit) for item in new):
        parts = (*parts, _CHAIN)
    if not parts:
        return None
    return _found(name, path, parts, first, since)


def _without_file(name: str, story: _Story, today: _Today) -> RevisionEdit | None:
    """A revision that no file has: it was deleted, or got another id, or its file cannot be read now."""
    last = story.states[-1]
    path = last.change.path
    if path in today.contents:
        since = last.change if last.version is None else None
        return _found(name, path, ("revision",), story.first, since)
    if path in today.files:
        return None
    since = last.change if last.version is None else None
    return _found(name, path, (), story.first, since)


def _since(story: _Story, version: Version) -> FileChange | None:
    """The commit since which a revision is not as it was first; None if no commit holds it as it is now."""
    held = [number for number, state in enumerate(story.states) if state.version == version]
    since: FileChange | None = None
    for state in reversed(story.states[: held[-1] + 1] if held else ()):
        if state.version == story.first.version:
            break
        since = state.change
    return since


def _found(
    name: str, path: str, parts: tuple[str, ...], first: _State, since: FileChange | None
) -> RevisionEdit:
    commit: Commit | None = since.commit if since else None
    return RevisionEdit(
        EditKind.CHANGED if parts else EditKind.DELETED,
        revision=printable(name),
        path=printable(path),
        parts=parts,
        first=first.change.commit,
        first_path=printable(first.change.path),
        commit=commit,
    )

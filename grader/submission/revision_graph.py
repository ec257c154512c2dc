"""Builds the revision graph of a submission from its revision files, without running them.

Heads, bases and order are those that Alembic finds among the connected revisions. The other revisions are
problems. Must not know of databases or of Alembic's settings.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from grader.errors import BrokenSubmission
from grader.observations.revisions import (
    FunctionFacts,
    GraphProblem,
    ProblemKind,
    Revision,
    RevisionGraph,
)
from grader.submission.python_source import MAX_SOURCE_BYTES
from grader.submission.revision_files import RevisionFile, read_revision
from grader.text.names import printable

# Alembic's own pattern for revision files. `.#name.py` is the lock file of an editor.
_REVISION_FILE = re.compile(r"(?!\.#|__init__).*\.py")
_SHORTEST_ABBREVIATION = 4
MOST_REVISIONS = 500
"""More revision files are not graded: each is run several times, and shown."""
_MOST_MENTIONS = 20_000
"""How many tables and columns that operations name are kept of all files together."""


def read_graph(root: Path, version_locations: Sequence[str]) -> RevisionGraph:
    """Read all revision files of a submission.

    Args:
        root: the staged submission.
        version_locations: the folders of the revision files, as posix paths relative to `root`. Their
            sub-folders are not read.

    Raises:
        BrokenSubmission: there are more than `MOST_REVISIONS`.
    """
    paths = list(_revision_paths(root, version_locations))
    if len(paths) > MOST_REVISIONS:
        raise BrokenSubmission(
            f"The submission has {len(paths):,} revision files; at most {MOST_REVISIONS} are graded.",
            next_step="Hand in the chain of your own work alone.",
        )
    left = _MOST_MENTIONS
    files = []
    for path in paths:
        with (root / path).open("rb") as opened:
            file = read_revision(path, opened.read(MAX_SOURCE_BYTES + 1))
        left -= sum(len(facts.mentions) for facts in _functions(file))
        files.append(file if left >= 0 else _without_mentions(file))
    return make_graph(files, version_locations)


def _functions(file: RevisionFile) -> Iterator[FunctionFacts]:
    if file.revision is not None:
        yield from (item for item in (file.revision.upgrade, file.revision.downgrade) if item is not None)


def _without_mentions(file: RevisionFile) -> RevisionFile:
    if file.revision is None:
        return file
    upgrade, downgrade = (
        None if facts is None else replace(facts, mentions=())
        for facts in (file.revision.upgrade, file.revision.downgrade)
    )
    return replace(file, revision=replace(file.revision, upgrade=upgrade, downgrade=downgrade))


def make_graph(files: Sequence[RevisionFile], version_locations: Sequence[str] = ()) -> RevisionGraph:
    """Build the graph from files that were read. `version_locations` only appears in a message."""
    problems = [problem for file in files for problem in file.problems]
    read = [file.revision for file in files if file.revision is not None]
    # Of two files with the same id, Alembic keeps the one that it loads last.
    revisions = {revision.id: revision for revision in read}
    doubled = [revision for revision in read if revisions[revision.id] is not revision]
    lines = {file.revision.path: file.lines for file in files if file.revision is not None}
    edges = _edges(revisions)
    ordered, rest = _order(revisions, edges)
    reachable = {revision.id for revision in ordered}
    parents = {parent for revision in ordered for parent in revision.parents}
    heads = tuple(revision.id for revision in ordered if revision.id not in parents)
    bases = tuple(revision.id for revision in ordered if not revision.parents)
    problems += _duplicates(doubled, revisions)
    # A parent whose file cannot be read is not missing: that file's own problem is what there is to mend.
    unreadable = frozenset(identifier for file in files for identifier in file.likely_ids)
    problems += _missing_parents(revisions, edges, lines, unreadable)
    problems += _cycles(revisions, edges, reachable, lines)
    problems += _shape(revisions, heads, bases)
    if not files:
        problems.append(_no_revisions(version_locations))
    return RevisionGraph(
        revisions=(*ordered, *rest, *doubled), heads=heads, bases=bases, problems=tuple(problems)
    )


def _revision_paths(root: Path, version_locations: Sequence[str]) -> Iterator[str]:
    for location in dict.fromkeys(version_locations):
        folder = root / location
        if not folder.is_dir() or not folder.resolve().is_relative_to(root.resolve()):
            continue
        for path in sorted(folder.iterdir()):
            if _REVISION_FILE.fullmatch(path.name) and path.is_file() and not path.is_symlink():
                yield path.relative_to(root).as_posix()


def _edges(revisions: Mapping[str, Revision]) -> dict[str, tuple[str, ...]]:
    """For each revision, the ids that must come before it. Branch labels in `depends_on` become ids."""
    known = {label: item.id for item in revisions.values() for label in item.branch_labels}
    known.update((identifier, identifier) for identifier in revisions)
    return {
        item.id: tuple(dict.fromkeys((*item.parents, *(known.get(name, name) for name in item.depends_on))))
        for item in revisions.values()
    }


def _order(
    revisions: Mapping[str, Revision], edges: Mapping[str, tuple[str, ...]]
) -> tuple[list[Revision], list[Revision]]:
    """The revisions with parents first, then by path; and those that cannot be reached from a base."""
    missing = {identifier: len(parents) for identifier, parents in edges.items()}
    children: dict[str, list[str]] = {}
    for identifier, parents in edges.items():
        for parent in parents:
            children.setdefault(parent, []).append(identifier)
    ready = [(revisions[identifier].path, identifier) for identifier, count in missing.items() if count == 0]
    heapq.heapify(ready)
    ordered: list[Revision] = []
    while ready:
        _, identifier = heapq.heappop(ready)
        ordered.append(revisions[identifier])
        for child in children.get(identifier, ()):
            missing[child] -= 1
            if missing[child] == 0:
                heapq.heappush(ready, (revisions[child].path, child))
    placed = {revision.id for revision in ordered}
    rest = sorted((item for item in revisions.values() if item.id not in placed), key=lambda item: item.path)
    return ordered, rest


def _duplicates(doubled: Iterable[Revision], revisions: Mapping[str, Revision]) -> Iterator[GraphProblem]:
    for revision in doubled:
        message = (
            f"{revision.path}: the revision id {printable(revision.id, limit=60)} is present more than once, "
            f"also in {revisions[revision.id].path}. Delete the copy, or give it an id and a parent of its "
            "own."
        )
        yield GraphProblem(ProblemKind.DUPLICATE_ID, message, revision.path, revision.line, revision.id)


def _missing_parents(
    revisions: Mapping[str, Revision],
    edges: Mapping[str, tuple[str, ...]],
    lines: Mapping[str, Mapping[str, int]],
    unreadable: frozenset[str],
) -> Iterator[GraphProblem]:
    """Parents that no file has.

    Args:
        revisions: the revisions by their ids.
        edges: for each, the ids that must come before it.
        lines: the lines of the assignments, by path and name.
        unreadable: the ids that the files that cannot be read may have.
    """
    for revision in revisions.values():
        named = [(parent, "down_revision") for parent in revision.parents]
        unresolved = set(edges[revision.id]).difference(revisions)
        named += [(name, "depends_on") for name in revision.depends_on if name in unresolved]
        for parent, variable in named:
            if parent not in revisions and parent not in unreadable:
                line = lines[revision.path].get(variable)
                message = (
                    f"{revision.path}: its `{variable}` names {printable(parent, limit=60)!r}, but no "
                    f"revision file has that id. {_remedy(parent, revisions)}"
                )
                yield GraphProblem(ProblemKind.MISSING_PARENT, message, revision.path, line, revision.id)


def _remedy(parent: str, revisions: Mapping[str, Revision]) -> str:
    # On the command line Alembic completes an abbreviated id; in a file it does not.
    meant = [identifier for identifier in revisions if identifier.startswith(parent)]
    if len(meant) == 1 and len(parent) >= _SHORTEST_ABBREVIATION:
        return f"Write the whole id: {printable(meant[0], limit=60)!r}."
    return "Commit the missing file, or name the revision that really comes before this one."


def _cycles(
    revisions: Mapping[str, Revision],
    edges: Mapping[str, tuple[str, ...]],
    reachable: set[str],
    lines: Mapping[str, Mapping[str, int]],
) -> Iterator[GraphProblem]:
    """One problem for each cycle, found by walking from parent to parent."""
    done: set[str] = set(reachable)
    for start in sorted(edges):
        path: dict[str, None] = {}
        current: str | None = start
        while current is not None and current not in done and current not in path:
            path[current] = None
            # A revision that is not reachable has a parent that is not reachable. Follow one that exists.
            current = next((p for p in edges[current] if p in edges and p not in done), None)
        if current is not None and current in path:
            walked = list(path)
            cycle = walked[walked.index(current) :]
            names = _places(tuple(cycle), revisions)
            message = (
                f"The revisions {names} name one another as parents, in a circle. Correct their "
                "`down_revision` lines, so that they form one chain: None in the first revision, and in each "
                "of the others the id of the one before it."
            )
            if len(cycle) == 1:
                message = (
                    f"The revision {names} names itself as its parent. Write the id of the revision before "
                    "it into its `down_revision`."
                )
            # Of several files it is unknown which one is wrong.
            place = revisions[cycle[0]].path if len(cycle) == 1 else None
            line = lines[place].get("down_revision") if place else None
            yield GraphProblem(ProblemKind.CYCLE, message, place, line, cycle[0])
        done.update(path)


def _shape(
    revisions: Mapping[str, Revision], heads: tuple[str, ...], bases: tuple[str, ...]
) -> Iterator[GraphProblem]:
    """The problems of several heads or several bases."""
    if len(heads) > 1:
        message = (
            f"There are {len(heads)} heads: {_places(heads, revisions)}. Set the `down_revision` of one to "
            "the id of the other, so that they stand in a row. (Or join them with `alembic merge heads -m "
            '"merge"`; but `downgrade -1` from a merge can mean either of them.)'
        )
        yield GraphProblem(ProblemKind.SEVERAL_HEADS, message)
    if len(bases) > 1:
        message = (
            f"There are {len(bases)} first revisions (`down_revision = None`): {_places(bases, revisions)}. "
            "Only one can be the first; let the others follow it."
        )
        yield GraphProblem(ProblemKind.SEVERAL_BASES, message)


def _places(identifiers: tuple[str, ...], revisions: Mapping[str, Revision]) -> str:
    places = [f"{printable(item, limit=60)} ({revisions[item].path})" for item in identifiers[:5]]
    return ", ".join(places) + (", ..." if len(identifiers) > len(places) else "")


def _no_revisions(version_locations: Sequence[str]) -> GraphProblem:
    folders = " or ".join(version_locations) or "the versions folder"
    message = (
        f"There are no revision files in {folders}. Make the first one with "
        '`alembic revision --autogenerate -m "initial schema"`, look it through, apply it and commit it.'
    )
    return GraphProblem(ProblemKind.NO_REVISIONS, message)

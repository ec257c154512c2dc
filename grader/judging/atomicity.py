"""What stayed of revisions that were broken off, and which revision it is of. Writes no verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grader.judging import evidence
from grader.observations.model import BrokenOff, Observations
from grader.observations.revisions import Revision, RevisionGraph
from grader.observations.schema import Difference, SchemaSnapshot


@dataclass(frozen=True)
class Left:
    """What stayed of an upgrade that was broken off, although no revision was finished that it belongs to."""

    attempt: BrokenOff
    revision: Revision
    """The revision that it is of, as far as the schemas and the files show."""
    differences: tuple[Difference, ...] = ()
    """What is in the schema beyond the finished revisions."""
    stayed_whole: bool = False
    """Whether the version table holds the revision that was broken off."""
    demanded: bool = False
    """Whether PostgreSQL demands it: an `autocommit_block()` around nothing else."""


def left_behind(observations: Observations) -> tuple[Left, ...]:
    """What stayed of all attempts; nothing where every revision is atomic."""
    run, graph = observations.atomic, observations.graph
    if run is None or graph is None:
        return ()
    return tuple(item for attempt in run.attempts for item in _left(observations, graph, attempt, run.before))


def _left(observations: Observations, graph: RevisionGraph, attempt: BrokenOff, empty: str) -> Iterator[Left]:
    target, after = graph.get(attempt.revision), observations.snapshot_after(attempt.step)
    reached = tuple(sorted(attempt.step.versions or ()))
    if target is None or after is None:
        return
    if target.id in reached:
        reached = evidence.versions_below(graph, target.id)
        found = _beyond(observations, _schema_at(observations, reached, empty), after)
        ending = (item for item in _up_to(graph, target) if _ends_transaction(item))
        yield Left(attempt, next(ending, target), found, stayed_whole=True)
        return
    found = _beyond(observations, _schema_at(observations, reached, empty), after)
    if not found:
        return
    named = dict.fromkeys(item.revision for item in found if item.revision is not None)
    unfinished = _up_to(graph, target, reached)
    makers = [item for item in unfinished if item.id in named] or list(unfinished[:1]) or [target]
    for maker in makers:
        of_maker = tuple(item for item in found if item.revision in (maker.id, None))
        yield Left(attempt, maker, of_maker, demanded=_is_demanded(maker))


def _beyond(
    observations: Observations, finished: SchemaSnapshot | None, after: SchemaSnapshot
) -> tuple[Difference, ...]:
    """What is in a schema beyond that of the finished revisions, each with the revision that makes it."""
    judged = evidence.judged_schema(observations)
    if finished is None or judged is None:
        return ()
    differences = evidence.not_undone(observations, finished, after)
    outside = {(item.kind, item.name) for item in judged.outside}
    own = [
        item
        for item in differences
        if item.kind not in evidence.SET_UP and (item.kind, item.name) not in outside
    ]
    return evidence.with_revisions(own, judged.trail)


def _schema_at(observations: Observations, versions: tuple[str, ...], empty: str) -> SchemaSnapshot | None:
    """The schema when the version table holds these revisions; None if no step has shown it."""
    if not versions:
        return observations.snapshots.get(empty)
    ups = (item.up for item in observations.stairway if tuple(sorted(item.up.versions or ())) == versions)
    return next((found for up in ups if (found := observations.snapshot_after(up)) is not None), None)


def _up_to(graph: RevisionGraph, target: Revision, reached: tuple[str, ...] = ()) -> tuple[Revision, ...]:
    """The revisions that an upgrade to a target runs, without those up to the reached ones."""
    there, done = _below(graph, (target.id,)), _below(graph, reached)
    return tuple(item for item in graph.revisions if item.id in there - done)


def _below(graph: RevisionGraph, ids: tuple[str, ...]) -> set[str]:
    """These revisions and all below them."""
    found: set[str] = set()
    waiting = list(ids)
    while waiting:
        revision = graph.get(waiting.pop())
        if revision is not None and revision.id not in found:
            found.add(revision.id)
            waiting += [*revision.parents, *revision.depends_on]
    return found


def _ends_transaction(revision: Revision) -> bool:
    facts = revision.upgrade
    return facts is not None and (facts.ends_at or facts.connects_at) is not None


def _is_demanded(revision: Revision) -> bool:
    facts = revision.upgrade
    return (
        facts is not None
        and facts.autocommit_at is not None
        and facts.needless_autocommit_at is None
        and not _ends_transaction(revision)
    )

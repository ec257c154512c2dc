"""Where the rows of an assignment are put in: just before which revision of a submission.

Told from the schemas that were seen. Must not run anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.assignment.aliases import Aliases
from grader.assignment.data_probe import HEAD, DataProbe
from grader.observations.model import OneShotPass, StairwayStep
from grader.observations.revisions import Revision, RevisionGraph
from grader.observations.schema import SchemaSnapshot
from grader.observations.steps import StepRecord
from grader.trial.data.lineage import State, changes_of, place_of
from grader.trial.data.names import NamesAt


class NoTarget(Exception):  # noqa: N818 - what a submission lacks, not an error of ours
    """There is no such revision. The text says why, as a part of a sentence."""


@dataclass(frozen=True)
class Target:
    """Where rows are put in."""

    revision: Revision
    """They are put in just before this one. It has a parent."""
    names: NamesAt
    """The names of tables and columns then."""


def schemas_seen(
    one_shot: OneShotPass,
    stairs: Sequence[StairwayStep],
    below: StepRecord | None,
    snapshots: dict[str, SchemaSnapshot],
) -> tuple[State, ...]:
    """The schema after each revision, the empty one first, and that of head last.

    Args:
        one_shot: has the schema of head.
        stairs: have the schemas of the revisions, as far as they go up one at a time.
        below: the upgrade to the parent of head, where the stairs do not go so far.
        snapshots: each schema by its digest.
    """
    seen = [State(None, SchemaSnapshot(()))]
    for stair in stairs:
        snapshot = snapshots.get(stair.up.snapshot or "")
        if not stair.up.succeeded or snapshot is None:
            break
        seen.append(State(stair.revision, snapshot))
    if below is not None and below.succeeded and (snapshot := snapshots.get(below.snapshot or "")):
        seen.append(State(None, snapshot))
    at_head = snapshots.get(one_shot.upgrade.snapshot or "")
    heads = one_shot.upgrade.versions or ()
    if at_head is not None and (seen[-1].revision is None or seen[-1].revision not in heads):
        by_itself = below is not None and len(heads) == 1
        seen.append(State(heads[0] if by_itself else None, at_head))
    return tuple(seen)


def target_of(graph: RevisionGraph, states: Sequence[State], probe: DataProbe, aliases: Aliases) -> Target:
    """Where the rows of a probe are put in.

    Raises:
        NoTarget: there is no such place.
    """
    found, place = _last(graph, states) if probe.before == HEAD else _maker(states, probe, aliases)
    revision = graph.get(found) if found else None
    if revision is None:
        raise NoTarget(
            f"it is not known which revision makes {probe.before}, because they do not run one at a time"
        )
    if not revision.parents:
        raise NoTarget(f"the first revision, {revision.id}, already makes {probe.before}")
    return Target(revision, NamesAt(states, place - 1, aliases))


def _last(graph: RevisionGraph, states: Sequence[State]) -> tuple[str | None, int]:
    """The head, and the place of its schema."""
    known = [place for place, state in enumerate(states) if state.revision == graph.head]
    return graph.head, known[-1] if known else len(states) - 1


def _maker(states: Sequence[State], probe: DataProbe, aliases: Aliases) -> tuple[str | None, int]:
    """The revision that makes what the probe names, and the place of its schema."""
    table, _, column = probe.before.partition(".")
    at_head = NamesAt(states, len(states) - 1, aliases)
    named = at_head.column(table, column) if column else None
    changes = changes_of(states, at_head.table(table), named)
    if not changes:
        raise NoTarget(f"no revision makes {probe.before}")

    def takes(at: int) -> bool:
        return NamesAt(states, at, aliases).has(probe.needs)

    place = place_of(states, changes, takes)
    if place is None and named is not None:  # there from the start, and of the same type ever since
        finer = [replace(state, nullability=True) for state in states]
        place = place_of(states, changes_of(finer, at_head.table(table), named), takes)
    if place is None:
        first = states[changes[-1]].revision
        raise NoTarget(f"the first revision{f', {first},' if first else ''} already makes {probe.before}")
    return states[place].revision, place

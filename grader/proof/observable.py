"""What can be seen of an answer when it is run, against the reference solution.

Decides which answers show something of a rubric: right ones that are right, wrong ones that differ. Knows no
criterion.
"""

from __future__ import annotations

from typing import Any

import msgspec

from grader.judging import evidence, wording
from grader.judging.comparison import compare
from grader.observations.model import Observations

_NOT_SEEN = frozenset(
    {
        *("seconds", "timings", "environment", "stdout", "stderr", "sha256", "id", "source"),
        *("line", "ends_at", "landmarks", "python_files"),
    }
)
"""Keys of observations that say nothing about what an answer does: times, texts that a command prints, names,
and where in a file something stands."""


def not_right(reference: Observations, answer: Observations) -> str | None:
    """Why an answer is no right one: its commands fail, or its schema is not that of the reference solution.

    None if it is right.
    """
    run, graph = answer.one_shot, answer.graph
    if run is None or graph is None or graph.head is None:
        return "its migrations were not run"
    if not evidence.same_versions(run.upgrade, (graph.head,)):
        return f"`{run.upgrade.command}`: {wording.ending(run.upgrade)}"
    if run.downgrade is None or not run.downgrade.succeeded:
        return f"its last revision cannot be undone: {wording.ending(run.downgrade)}"
    broken = [item for item in answer.stairway if item.down is None or not item.down.succeeded]
    if broken:
        return f"revision {broken[0].revision} cannot be undone: {wording.ending(broken[0].down)}"
    wanted, found = evidence.own_head(reference), evidence.own_head(answer)
    if wanted is None or found is None:
        return "its schema at head was not seen"
    other = compare.equivalent(wanted, found, defaults=False, extra=False, actions=False)
    return wording.in_brief(other, "") if other else None


def differs(reference: Observations, answer: Observations) -> bool:
    """Whether anything that an answer does, or that its files show, is not as in the reference solution."""
    return bool(_seen(reference) != _seen(answer))


def _seen(observations: Observations) -> Any:
    return _without(msgspec.to_builtins(observations))


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without(item) for key, item in value.items() if key not in _NOT_SEEN}
    if isinstance(value, list):
        return [_without(item) for item in value]
    return value

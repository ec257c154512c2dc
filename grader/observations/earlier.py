"""Reads observations that an earlier version of the harness saved: adds the keys that it did not write yet.

Steps had no `trial_pass`, `action`, `target` and `revision`. The place where a step stands says all four.
"""

from __future__ import annotations

from typing import Any

import msgspec

from grader.observations.revisions import RevisionGraph
from grader.observations.steps import Pass, StepAction

_ONE_SHOT = {
    "upgrade": (StepAction.UPGRADE, "head"),
    "current": (StepAction.CURRENT, None),
    "history": (StepAction.HISTORY, None),
    "downgrade": (StepAction.DOWNGRADE, "-1"),
    "reapply": (StepAction.REAPPLY, "head"),
}
_STAIRWAY = {"up": StepAction.UPGRADE, "down": StepAction.DOWNGRADE, "again": StepAction.REAPPLY}


def with_new_keys(saved: Any) -> Any:
    """The same observations with all keys of today.

    Args:
        saved: what JSON says, in plain lists and dictionaries; it is changed.

    Raises:
        LookupError, TypeError, AttributeError, msgspec.ValidationError: these are no observations.
    """
    graph = msgspec.convert(saved["graph"], RevisionGraph | None)
    for name, (action, target) in _ONE_SHOT.items():
        _name((saved.get("one_shot") or {}).get(name), Pass.ONE_SHOT, action, target)
    for stair in saved.get("stairway", ()):
        for name, action in _STAIRWAY.items():
            revision = stair["revision"]
            _name(stair.get(name), Pass.STAIRWAY, action, _target(graph, revision, action), revision)
    for rows in saved.get("rows", ()):
        action, revision = _STAIRWAY[rows["direction"]], rows["revision"]
        _name(rows["step"], Pass.ROWS, action, _target(graph, revision, action), revision)
    _name((saved.get("models") or {}).get("step"), Pass.MODELS, StepAction.CREATE_TABLES, None)
    replay = saved.get("replay") or {}
    _name(replay.get("one_shot"), Pass.REPLAY, StepAction.UPGRADE, "head")
    for revision, step in replay.get("steps", ()):
        _name(step, Pass.REPLAY, StepAction.UPGRADE, revision, revision)
    return saved


def _target(graph: RevisionGraph | None, revision: str, action: StepAction) -> str | None:
    if action is not StepAction.DOWNGRADE:
        return revision
    found = graph.get(revision) if graph else None
    return graph.target_below(found) if graph and found else None


def _name(
    step: dict[str, Any] | None,
    trial_pass: Pass,
    action: StepAction,
    target: str | None,
    revision: str | None = None,
) -> None:
    if step is not None:
        step |= {"trial_pass": trial_pass, "action": action, "target": target, "revision": revision}

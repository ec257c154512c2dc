"""Two passes in one: the stairway over tables that hold rows, for chains in which nothing goes wrong.

Such a chain needs half the steps that the stairway and the rows need separately. What a chain shows with a
mistake in it can depend on the rows, so this pass gives up at the first thing that is not as it should be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from grader.observations.model import RowsStep, StairwayStep
from grader.observations.revisions import RevisionGraph
from grader.observations.steps import Pass, StepRecord
from grader.runtime.postgres.sessions import Unseen
from grader.trial import rows
from grader.trial.step_runner import StepRunner


@dataclass
class _Progress:
    """What the revisions so far have shown."""

    stairs: list[StairwayStep] = field(default_factory=list)
    ups: list[RowsStep] = field(default_factory=list)
    downs: list[RowsStep] = field(default_factory=list)
    rows_before: rows.TableRows = field(default_factory=rows.TableRows)
    """The rows that the next upgrade meets."""
    migrated: list[rows.TableRows] = field(default_factory=list)
    """Rows that upgrades put in themselves."""
    full_tables: frozenset[str] = frozenset()
    """Tables that need no more rows at this revision."""
    filled: frozenset[str] = frozenset()
    """Tables that revisions have filled."""
    ours: set[str] = field(default_factory=set)
    """Tables that rows were put into."""


def stairway_over_rows(
    runner: StepRunner, graph: RevisionGraph, reapplied: Callable[[], StepRecord | None]
) -> tuple[tuple[StairwayStep, ...], tuple[RowsStep, ...]]:
    """Take every revision up, down and up again over rows.

    Args:
        runner: has an empty database.
        graph: the revisions.
        reapplied: waits for the one-shot pass, and gives its second upgrade to head after a downgrade.

    Returns:
        The stairway and the rows pass; no rows pass where anything went wrong. Then the stairway is of use
        only where `failed_as_one_shot` says so.
    """
    progress = _Progress()
    try:
        for number in range(len(graph.revisions)):
            if not _take(runner, graph, progress, number, reapplied):
                return tuple(progress.stairs), ()
            if number + 1 < len(graph.revisions):
                # The downgrade has dropped what this revision creates, with the rows in it.
                runner.seed_rows(2 * number + 1, progress.full_tables, filled=progress.filled)
                progress.rows_before = runner.read_rows()
    except Unseen:
        return (), ()
    return tuple(progress.stairs), (*progress.ups, *reversed(progress.downs))


def _take(
    runner: StepRunner,
    graph: RevisionGraph,
    progress: _Progress,
    number: int,
    reapplied: Callable[[], StepRecord | None],
) -> bool:
    """Take one revision up, down and up again. False as soon as anything is not as it should be."""
    revision = graph.revisions[number]
    schema_before, rows_before, migrated = runner.look(), progress.rows_before, progress.migrated
    up = runner.upgrade_to(revision.id, Pass.STAIRWAY)
    if not up.succeeded or revision.id not in (up.versions or ()):
        progress.stairs.append(StairwayStep(revision.id, schema_before, up))
        return False
    after_up = runner.read_rows()
    migrated.append(rows.rows_added(rows_before, after_up))
    rows.check_amount(migrated)
    losses = rows.compare_rows(rows_before, after_up, direction="up", migrated=migrated)
    progress.full_tables = rows.full_tables(rows_before, after_up)
    progress.ours = rows.own_tables(progress.ours, rows_before, after_up)
    progress.filled = after_up.filled_by_others(progress.ours)
    seeded = runner.seed_rows(2 * number, progress.full_tables, filled=progress.filled)
    progress.ours.update(name for name, count in seeded.seeded.items() if count)
    if losses or seeded.problems or after_up.problems():
        return False
    before_down = runner.read_rows()
    down = runner.undo(revision, graph, Pass.STAIRWAY)
    if not down.succeeded or down.snapshot != schema_before or revision.id in (down.versions or ()):
        return False
    if rows.compare_rows(before_down, runner.read_rows(), direction="down", migrated=migrated[-1:]):
        return False
    again = _of_one_shot(reapplied, graph, up) if number + 1 == len(graph.revisions) else None
    if again is None:
        again = runner.upgrade_to(revision.id, Pass.STAIRWAY, again=True)
    if not again.succeeded or (again.snapshot, again.versions) != (up.snapshot, up.versions):
        return False
    progress.stairs.append(StairwayStep(revision.id, schema_before, up, down, again))
    rows_up, rows_down = replace(up, trial_pass=Pass.ROWS), replace(down, trial_pass=Pass.ROWS)
    progress.ups.append(RowsStep(revision.id, "up", rows_up, rows_before.counts(), (), seeded.seeded))
    progress.downs.append(RowsStep(revision.id, "down", rows_down, before_down.counts()))
    return True


def _of_one_shot(
    reapplied: Callable[[], StepRecord | None], graph: RevisionGraph, up: StepRecord
) -> StepRecord | None:
    """The last revision's second upgrade, if the one-shot pass has run it too and it went as the first."""
    head = graph.get(graph.head) if graph.head else None
    if head is None or up.revision != head.id or len(head.parents) > 1:
        return None
    again = reapplied()
    if again is None or not again.succeeded or (again.snapshot, again.versions) != (up.snapshot, up.versions):
        return None
    return replace(again, trial_pass=Pass.STAIRWAY, revision=up.revision)


def failed_as_one_shot(stairs: Sequence[StairwayStep]) -> bool:
    """Whether a stairway over rows that broke off shows what a stairway without rows would show.

    True where the last upgrade failed and had met no rows at all, or had run into a limit. Only to be asked
    where `upgrade head` on an empty database failed too.
    """
    last = stairs[-1] if stairs else None
    if last is None or last.up.succeeded or last.down is not None:
        return False
    return len(stairs) == 1 or last.up.limit is not None

"""The rows pass: the chain up over tables that hold rows, more rows at every revision; then down again."""

from __future__ import annotations

from grader.observations.model import RowLoss, RowsStep
from grader.observations.revisions import RevisionGraph
from grader.observations.steps import Pass
from grader.trial import rows
from grader.trial.step_runner import StepRunner, StepRunners


def rows_pass(runners: StepRunners, graph: RevisionGraph) -> tuple[RowsStep, ...]:
    """The way up to the first upgrade that fails. Where none fails, also the way down."""
    with runners.new("rows") as runner:
        steps, migrated = _up(runner, graph)
        if steps and steps[-1].step.succeeded:
            steps += _down(runner, graph, migrated)
    return tuple(steps)


def _up(runner: StepRunner, graph: RevisionGraph) -> tuple[list[RowsStep], list[rows.TableRows]]:
    """Also returns the rows that upgrades put in themselves: their downgrades may remove those again."""
    steps: list[RowsStep] = []
    migrated: list[rows.TableRows] = []
    for number, revision in enumerate(graph.revisions):
        before = runner.read_rows()
        step = runner.upgrade_to(revision.id, Pass.ROWS)
        if not step.succeeded:
            steps.append(RowsStep(revision.id, "up", step, before.counts()))
            break
        after = runner.read_rows()
        migrated.append(rows.rows_added(before, after))
        losses = rows.compare_rows(before, after, direction="up", migrated=migrated)
        seeded = runner.seed_rows(number, rows.full_tables(before, after))
        steps.append(
            RowsStep(
                revision.id,
                "up",
                step,
                before.counts(),
                losses,
                seeded.seeded,
                {**after.problems(), **seeded.problems},
            )
        )
    return steps, migrated


def _down(runner: StepRunner, graph: RevisionGraph, migrated: list[rows.TableRows]) -> list[RowsStep]:
    steps: list[RowsStep] = []
    for revision in reversed(graph.revisions):
        before = runner.read_rows()
        step = runner.undo(revision, graph, Pass.ROWS)
        losses: tuple[RowLoss, ...] = ()
        if step.succeeded:
            losses = rows.compare_rows(before, runner.read_rows(), direction="down", migrated=migrated)
        steps.append(RowsStep(revision.id, "down", step, before.counts(), losses))
        if not step.succeeded:
            break
    return steps

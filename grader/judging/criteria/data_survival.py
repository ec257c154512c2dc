"""Criterion `data_survival`: the migrations keep the rows that are in the tables."""

from __future__ import annotations

import re

from grader.judging import hints, wording
from grader.judging.rubric import Case, Check, Judgement, Unjudged, Verdict, criterion
from grader.observations.model import Observations, RowLoss, RowsStep
from grader.observations.revisions import RevisionGraph
from grader.observations.schema import SchemaKind
from grader.report.model import Evidence

MAX_LOSSES = 20
LOSING = ("table_recreated", "column_recreated", "rows_lost")
"""Diagnoses of an upgrade that loses data."""
UNIQUE_VIOLATION = re.compile(r'duplicate key value violates unique constraint "(?P<constraint>[^"]+)"')


@criterion("data_survival", "Data survives", requires=("upgrade_head",), example="wrong_category_id_not_null")
def data_survival(case: Case) -> Judgement:
    """Rows in every table keep all their values through every later upgrade and every downgrade.

    Rows are put into every table at each revision. After a downgrade, the columns that exist on both sides
    of it are compared.
    """
    observations, graph = case.observations, case.observations.graph
    # The first upgrade finds no rows and proves nothing about them, unless it fails.
    steps = [
        s for s in observations.rows if any(s.rows_before.values()) or s.seed_problems or not s.step.succeeded
    ]
    if graph is None or not steps:
        return Unjudged("No migration was run over tables with rows.")
    flaws = [_survival_flaw(observations, graph, step) for step in steps]
    first = next(((step, flaw) for step, flaw in zip(steps, flaws, strict=True) if flaw is not None), None)
    if first is None and (unseen := _not_seen(observations, graph)) is not None:
        return Unjudged(unseen)
    return Verdict(
        tuple(_survival_check(step, flaw) for step, flaw in zip(steps, flaws, strict=True)),
        evidence=tuple(item for step in steps for item in _survival_evidence(step)),
        hint=_survival_hint(observations, *first) if first else None,
        seconds=sum(step.step.seconds for step in observations.rows),
    )


def _survival_check(rows: RowsStep, flaw: str | None) -> Check:
    count = sum(rows.rows_before.values())
    way = "Upgrade to" if rows.direction == "up" else "Downgrade of"
    return Check(
        f"{rows.direction}_{rows.revision}",
        f"{way} {rows.revision} over tables with rows",
        passed=flaw is None,
        expected="it succeeds and every value is still there",
        found=flaw or f"{wording.counted(count, 'row')} kept",
        revision=rows.revision,
    )


def _survival_flaw(observations: Observations, graph: RevisionGraph, rows: RowsStep) -> str | None:
    if not rows.step.succeeded:
        return wording.ending(rows.step)
    is_there = rows.revision in (rows.step.versions or ())
    if graph.get(rows.revision) is None or is_there != (rows.direction == "up"):
        return f"the command did nothing; the version table: {wording.versions(rows.step)}"
    if rows.losses:
        return wording.first_few([_loss(item) for item in rows.losses], 1)
    behind = _sequences_behind(observations, rows)
    return f"a new row cannot get an id: {behind[0]}" if behind else None


def _sequences_behind(observations: Observations, rows: RowsStep) -> list[str]:
    """Tables whose sequence gives out ids that are taken: a migration inserted rows with explicit ids."""
    snapshot = observations.snapshot_after(rows.step)
    behind = []
    for table, problem in sorted(rows.seed_problems.items()):
        match = UNIQUE_VIOLATION.search(problem)
        if match and snapshot:
            constraint = snapshot.find(SchemaKind.CONSTRAINT, f"{table}.{match['constraint']}")
            if constraint and constraint.properties.get("type") == "primary key":
                behind.append(f"{table}: {problem}")
    return behind


def _not_seen(observations: Observations, graph: RevisionGraph) -> str | None:
    """Why nothing can be said although no check failed: a table without rows, a revision not tried."""
    for step in observations.rows:
        for table, problem in sorted(step.seed_problems.items()):
            if not step.rows_before.get(table) and not step.seeded.get(table):
                return f"No row could be put into {table} at revision {step.revision}: {problem}"
    tried = {(step.revision, step.direction) for step in observations.rows}
    for revision in graph.revisions:
        for direction in ("up", "down"):
            if (revision.id, direction) not in tried:
                return f"Revision {revision.id} was not tried ({direction}) over tables with rows."
    return None


def _loss(item: RowLoss) -> str:
    """A lost value in words."""
    if item.column is None:
        return f"a row of {item.table} is gone ({item.expected})"
    now = "gone" if item.found is None else item.found
    return f"{item.table}.{item.column} was {item.expected} and is {now}"


def _survival_evidence(rows: RowsStep) -> tuple[Evidence, ...]:
    if not rows.step.succeeded:
        return wording.output(rows.step)
    if not rows.losses:
        return ()
    lines = wording.first_few([_loss(item) for item in rows.losses], MAX_LOSSES, "\n")
    way = "upgrade to" if rows.direction == "up" else "downgrade of"
    return (Evidence(f"Lost in the {way} {rows.revision}", lines),)


def _survival_hint(observations: Observations, rows: RowsStep, flaw: str) -> str:
    if _sequences_behind(observations, rows):
        return (
            f"Revision {rows.revision} inserts rows with explicit ids and leaves the sequence behind, so "
            "the next insert fails. Leave the ids out, or set the sequence with setval() afterwards."
        )
    diagnosed = hints.of_step(rows.step, observations)
    if diagnosed is None and rows.direction == "up":
        diagnosed = hints.of_runs(observations, LOSING, rows.revision)
    function = "upgrade()" if rows.direction == "up" else "downgrade()"
    return diagnosed or (
        f"{function} of revision {rows.revision} does not keep the rows: {flaw}. Alter tables and "
        "columns in place, and never drop and create again what holds data."
    )

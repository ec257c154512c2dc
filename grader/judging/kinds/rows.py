"""Kind `rows`: the migrations keep the rows that are in the tables."""

from __future__ import annotations

import re
from dataclasses import replace

from grader.assignment.model import Assignment
from grader.assignment.tables import KindSettings
from grader.judging import hints, not_shown, wording
from grader.judging.rubric import Case, Check, Judgement, Verdict, kind
from grader.observations.model import Observations, RowLoss, RowsStep
from grader.observations.revisions import RevisionGraph
from grader.observations.schema import SchemaKind
from grader.report.model import Evidence

MAX_LOSSES = 20
ROWS_TITLE = "The migrations can be run over tables with rows"
LOSING = ("table_recreated", "column_recreated", "rows_lost")
"""Diagnoses of an upgrade that loses data."""
UNIQUE_VIOLATION = re.compile(r'duplicate key value violates unique constraint "(?P<constraint>[^"]+)"')


class Settings(KindSettings, frozen=True, kw_only=True, tag="rows"):
    """No keys of its own."""


@kind("rows", Settings, title="Data survives", requires=("upgrade",), once=True)
def rows(case: Case[Settings]) -> Judgement:
    """Rows in every table keep all their values through every later upgrade and every downgrade.

    The grader puts rows into every table at each revision: rows as the app writes them, with the defaults of
    its models, and with values that the schema of head allows. Tables that a revision fills keep its rows and
    get no others. After a downgrade, the columns that exist on both sides of it are compared. A table that
    takes no rows is left out, and the evidence says so. Tables and columns that the assignment wants gone
    (`absent`) may go with their values: what has to become of those is for the kind `data`.
    """
    observations = _without_what_has_to_go(case.observations, case.assignment)
    graph = observations.graph
    if graph is None or not observations.rows:
        lacking = "No migration was run over tables with rows."
        return not_shown.judgement(observations, "rows", ROWS_TITLE, lacking)
    # An upgrade that finds no rows proves nothing about them, unless it fails, or no table takes any.
    over_rows = [step for step in observations.rows if any(step.rows_before.values())]
    steps = [step for step in observations.rows if step in over_rows or _speaks(step) or not over_rows]
    flaws = [_survival_flaw(observations, graph, step) for step in steps]
    first = next(((step, flaw) for step, flaw in zip(steps, flaws, strict=True) if flaw is not None), None)
    if first is None and (unseen := _not_tried(observations, graph)) is not None:
        return not_shown.judgement(observations, "rows", ROWS_TITLE, unseen)
    return Verdict(
        tuple(_survival_check(step, flaw) for step, flaw in zip(steps, flaws, strict=True)),
        evidence=(
            *_without_rows(observations),
            *(item for step in steps for item in _survival_evidence(step)),
        ),
        hint=_survival_hint(observations, *first) if first else None,
        seconds=sum(step.step.seconds for step in observations.rows),
    )


def _without_what_has_to_go(observations: Observations, assignment: Assignment) -> Observations:
    """The observations without the losses of upgrades that drop what the assignment wants gone."""
    parts = [part for item in assignment.criteria for _, part in item.settings.parts()]
    gone: set[tuple[str, str | None]] = set()
    for asked in (item for part in parts for item in part.absent):
        tables = (asked.table, *assignment.aliases.get(asked.table, ()))
        others = assignment.aliases.get(f"{asked.table}.{asked.column}", ())
        gone |= {(table, column) for table in tables for column in (asked.column, *others)}

    def has_to_go(item: RowLoss) -> bool:
        return item.found is None and ((item.table, item.column) in gone or (item.table, None) in gone)

    steps = (
        replace(step, losses=tuple(item for item in step.losses if not has_to_go(item)))
        if step.direction == "up"
        else step
        for step in observations.rows
    )
    return replace(observations, rows=tuple(steps)) if gone else observations


def _speaks(rows: RowsStep) -> bool:
    """Whether a step shows something although it met no rows."""
    return bool(rows.seed_problems) or not rows.step.succeeded or rows.step.unseen is not None


def _survival_check(rows: RowsStep, flaw: str | None) -> Check:
    count = sum(rows.rows_before.values())
    way = "Upgrade to" if rows.direction == "up" else "Downgrade of"
    kept = f"{wording.counted(count, 'row')} kept" if count else "there were no rows to keep"
    return Check(
        f"{rows.direction}_{rows.revision}",
        f"{way} {rows.revision} over tables with rows",
        passed=flaw is None,
        expected="it succeeds and every value is still there",
        found=flaw or kept,
        revision=rows.revision,
    )


def _survival_flaw(observations: Observations, graph: RevisionGraph, rows: RowsStep) -> str | None:
    if not rows.step.succeeded:
        return wording.ending(rows.step)
    if rows.step.unseen is not None:
        return wording.unseen(rows.step)
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


def _not_tried(observations: Observations, graph: RevisionGraph) -> str | None:
    """Why nothing can be said although no check failed: a revision that was not tried."""
    tried = {(step.revision, step.direction) for step in observations.rows}
    for revision in graph.revisions:
        for direction in ("up", "down"):
            if (revision.id, direction) not in tried:
                return f"Revision {revision.id} was not tried ({direction}) over tables with rows."
    return None


def _without_rows(observations: Observations) -> tuple[Evidence, ...]:
    """The tables that took no rows, and why."""
    problems: dict[str, str] = {}
    for step in observations.rows:
        for table, problem in sorted(step.seed_problems.items()):
            if not step.rows_before.get(table) and not step.seeded.get(table):
                problems.setdefault(table, f"{table}, at revision {step.revision}: {problem}")
    taken = any(count for step in observations.rows for count in step.rows_before.values())
    if not problems and taken:
        return ()
    lines = wording.first_few(list(problems.values()), MAX_LOSSES, "\n")
    if not taken:
        lines = f"No table took a row, so only the commands were judged.\n{lines}".strip()
    return (Evidence("Tables into which the grader could put no rows; they are left out", lines),)


def _loss(item: RowLoss) -> str:
    """A lost value in words."""
    if item.column is None:
        return f"a row of {item.table} is gone ({item.expected})"
    now = "gone" if item.found is None else item.found
    return f"{item.table}.{item.column} was {item.expected} and is {now}"


def _survival_evidence(rows: RowsStep) -> tuple[Evidence, ...]:
    if not rows.step.succeeded or rows.step.unseen is not None:
        return wording.output(rows.step)
    if not rows.losses:
        return ()
    lines = wording.first_few([_loss(item) for item in rows.losses], MAX_LOSSES, "\n")
    way = "upgrade to" if rows.direction == "up" else "downgrade of"
    return (Evidence(f"Lost in the {way} {rows.revision}", lines),)


def _survival_hint(observations: Observations, rows: RowsStep, flaw: str) -> str:
    if _sequences_behind(observations, rows):
        return (
            f"Revision {rows.revision}{_place(observations, rows)} inserts rows with explicit ids and leaves "
            "the sequence behind, so the next insert fails. Leave the ids out, or set the sequence with "
            "setval() afterwards."
        )
    return (
        not_shown.unseen_hint(rows.step)
        or f"{_what_to_do(observations, rows, flaw)} {_whose_rows(observations, rows)}".rstrip()
    )


def _what_to_do(observations: Observations, rows: RowsStep, flaw: str) -> str:
    diagnosed = hints.of_step(rows.step, observations)
    if diagnosed is None and rows.direction == "up":
        diagnosed = hints.of_runs(observations, LOSING, rows.revision)
    function = "upgrade()" if rows.direction == "up" else "downgrade()"
    return diagnosed or (
        f"{function} of revision {rows.revision}{_place(observations, rows)} does not keep the rows: {flaw}. "
        "Alter tables and columns in place, and never drop and create again what holds data."
    )


def _place(observations: Observations, rows: RowsStep) -> str:
    """The file and line of the function that ran, in brackets; nothing if they are not known."""
    revision = observations.graph.get(rows.revision) if observations.graph else None
    if revision is None:
        return ""
    function = revision.upgrade if rows.direction == "up" else revision.downgrade
    return f" ({revision.path}, line {function.line})" if function else f" ({revision.path})"


def _whose_rows(observations: Observations, rows: RowsStep) -> str:
    """Where the rows come from: not from the student's own database."""
    ours = {table for step in observations.rows for table, count in step.seeded.items() if count}
    if any(item.migrated or item.table not in ours for item in rows.losses[:1]):
        return "A revision had put these rows in."
    counts = {table: count for table, count in rows.rows_before.items() if count}
    if rows.losses:
        table = rows.losses[0].table
        concerned = [item for item in rows.losses if item.table == table]
        example = next((f", for example {_loss(item)}" for item in concerned if item.column), "")
        concern = f"; {len(concerned)} lost{example}"
    else:
        named = [name for name in rows.examples if re.search(rf"\b{re.escape(name)}\b", rows.step.output)]
        table = next(iter([*named, *rows.examples]), "")
        concern = f", for example {rows.examples[table]}" if rows.examples.get(table) else ""
    if table not in counts:
        return ""
    return (
        f"The grader put these rows in ({table} had {wording.counted(counts[table], 'row')}{concern}); your "
        "own database may hold others."
    )

"""Criteria of good practice: `configuration`, `reapply` and `data_survival`.

Advice, unless the assignment gives them points.
"""

from __future__ import annotations

import re

from grader.judging import evidence, hints, wording
from grader.judging.comparison import compare
from grader.judging.rubric import Case, Check, Judgement, Skip, Unjudged, Verdict, criterion
from grader.observations.model import Finding, Observations, RowLoss, RowsStep, StepRecord
from grader.observations.revisions import RevisionGraph
from grader.observations.schema import SchemaSnapshot
from grader.report.model import Evidence

MAX_LOSSES = 20
LOSING = ("table_recreated", "column_recreated", "rows_lost")
"""Diagnoses of an upgrade that loses data."""
UNIQUE_VIOLATION = re.compile(r'duplicate key value violates unique constraint "(?P<constraint>[^"]+)"')


@criterion("configuration", title="Configuration")
def configuration(case: Case) -> Judgement:
    """The migrations ran over `DIRECT_URL`; no database password is in a file, and no `.env` is committed."""
    observations = case.observations
    owners = observations.one_shot.owners if observations.one_shot else {}
    if not owners or not evidence.demonstrably_ran(observations):
        return Skip("upgrade_head", "This can be judged once the upgrade has made tables.")
    findings = observations.submission.findings
    checks = (
        _connection_check(owners),
        _findings_check(
            "hard_coded_url",
            "No database URL with a password stands in a file",
            "the URL from the environment only",
            findings,
        ),
        _findings_check("committed_env", "No .env is committed", "no .env with secrets", findings),
    )
    return Verdict(checks, hint=_configuration_hint(observations, checks))


def _connection_check(owners: dict[str, str]) -> Check:
    pooled = sorted(name for name, owner in owners.items() if owner != "direct")
    return Check(
        "connection",
        "The migrations run over DIRECT_URL",
        passed=not pooled,
        expected="all tables made over DIRECT_URL",
        found=f"made over DATABASE_URL: {wording.listed(pooled)}"
        if pooled
        else "all tables made over DIRECT_URL",
    )


def _findings_check(kind: str, title: str, expected: str, findings: tuple[Finding, ...]) -> Check:
    found = [place(finding) for finding in findings if finding.kind == kind]
    return Check(kind, title, passed=not found, expected=expected, found="; ".join(found) or "none found")


def place(finding: Finding) -> str:
    """A finding's message with its file and line, unless the message names the file itself."""
    if finding.path is None or finding.path in finding.message:
        return finding.message
    line = f", line {finding.line}" if finding.line else ""
    return f"{finding.message} ({finding.path}{line})"


def _configuration_hint(observations: Observations, checks: tuple[Check, ...]) -> str | None:
    diagnoses = {
        "connection": "pooled_connection",
        "hard_coded_url": "hard_coded_url",
        "committed_env": "committed_env",
    }
    wrong = [diagnoses[check.id] for check in checks if not check.passed]
    return hints.of_runs(observations, wrong[:1])


@criterion("reapply", title="Apply again", requires=("upgrade_head",))
def reapply(case: Case) -> Judgement:
    """After `downgrade -1`, `alembic upgrade head` succeeds and gives the head schema again."""
    observations, graph, one_shot = case.observations, case.observations.graph, case.observations.one_shot
    if one_shot is None or one_shot.downgrade is None or graph is None or graph.head is None:
        return Unjudged("The downgrade was not run although the upgrade succeeded.")
    down, step = one_shot.downgrade, one_shot.reapply
    if not down.succeeded or not evidence.same_versions(down, evidence.versions_below(graph, graph.head)):
        return Skip("downgrade", "This can be judged once `downgrade -1` gets to the parent of the head.")
    before, after = observations.snapshot_after(one_shot.upgrade), observations.snapshot_after(step)
    if step is None or before is None or after is None:
        return Unjudged("The second upgrade was not run, or the schema after it not looked at.")
    other = compare.strict(before, after)
    arrived = evidence.same_versions(step, (graph.head,))
    checks = (
        Check(
            "command",
            "The second `upgrade head` succeeds",
            passed=step.succeeded and arrived,
            expected=graph.head,
            found=wording.versions(step) if step.succeeded else wording.ending(step),
        ),
        Check(
            "schema",
            "It gives the head schema again",
            passed=arrived and not other,
            expected="exactly the same schema",
            found=wording.in_brief(other, "the same schema") if arrived else "it did not get to head",
        ),
    )
    otherwise = (
        f"Revision {graph.head} does not give the same schema when it is applied a second time: let "
        "downgrade() take back everything that upgrade() made, and nothing else."
    )
    return Verdict(
        checks,
        evidence=(*wording.differences("Not as it was at head before", other), *_output_of_failure(step)),
        hint=hints.of_step(step, observations) or otherwise,
        seconds=step.seconds,
    )


def _output_of_failure(step: StepRecord) -> tuple[Evidence, ...]:
    return () if step.succeeded else wording.output(step)


@criterion("data_survival", title="Data survives", requires=("upgrade_head",))
def data_survival(case: Case) -> Judgement:
    """Rows put into every table at each revision are still there, value by value, after each up and down."""
    observations, graph = case.observations, case.observations.graph
    # The first upgrade finds no rows and proves nothing about them, unless it fails.
    steps = [
        s for s in observations.rows if any(s.rows_before.values()) or s.seed_problems or not s.step.succeeded
    ]
    if graph is None or not steps:
        return Unjudged("No migration was run over tables with rows.")
    checks = tuple(_survival_check(observations, graph, step) for step in steps)
    if all(check.passed for check in checks):
        unseen = _not_seen(observations, graph)
        if unseen is not None:
            return Unjudged(unseen)
    return Verdict(
        checks,
        evidence=tuple(item for step in steps for item in _survival_evidence(step)),
        hint=_survival_hint(observations, graph, steps),
        seconds=sum(step.step.seconds for step in observations.rows),
    )


def _survival_check(observations: Observations, graph: RevisionGraph, rows: RowsStep) -> Check:
    flaw = _survival_flaw(observations, graph, rows)
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
    if not _took_place(graph, rows):
        return f"the command did nothing; the version table: {wording.versions(rows.step)}"
    if rows.losses:
        more = f"; and {len(rows.losses) - 1} more" if len(rows.losses) > 1 else ""
        return f"{loss(rows.losses[0])}{more}"
    behind = _sequences_behind(observations, rows)
    return f"a new row cannot get an id: {behind[0]}" if behind else None


def _took_place(graph: RevisionGraph, rows: RowsStep) -> bool:
    there = rows.revision in (rows.step.versions or ())
    known = graph.get(rows.revision) is not None
    return known and there == (rows.direction == "up")


def _sequences_behind(observations: Observations, rows: RowsStep) -> list[str]:
    """Tables whose sequence hands out ids that are taken: rows were put in with explicit ids before."""
    snapshot = observations.snapshot_after(rows.step)
    return [
        f"{table}: {problem}"
        for table, problem in sorted(rows.seed_problems.items())
        if _violates_primary_key(snapshot, table, problem)
    ]


def _violates_primary_key(snapshot: SchemaSnapshot | None, table: str, problem: str) -> bool:
    match = UNIQUE_VIOLATION.search(problem)
    if match is None or snapshot is None:
        return False
    constraint = snapshot.find("constraint", f"{table}.{match['constraint']}")
    return constraint is not None and constraint.properties.get("type") == "primary key"


def _not_seen(observations: Observations, graph: RevisionGraph) -> str | None:
    """What keeps a verdict `passed` from being one: a table without a row, a revision that was not tried."""
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


def loss(item: RowLoss) -> str:
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
    lines = [loss(item) for item in rows.losses[:MAX_LOSSES]]
    if len(rows.losses) > MAX_LOSSES:
        lines.append(f"and {len(rows.losses) - MAX_LOSSES} more")
    way = "upgrade to" if rows.direction == "up" else "downgrade of"
    return (Evidence(f"Lost in the {way} {rows.revision}", "\n".join(lines)),)


def _survival_hint(observations: Observations, graph: RevisionGraph, steps: list[RowsStep]) -> str | None:
    for rows in steps:
        flaw = _survival_flaw(observations, graph, rows)
        if flaw is None:
            continue
        if _sequences_behind(observations, rows):
            return (
                f"Revision {rows.revision} puts rows in with explicit ids and leaves the sequence behind, so "
                "the next insert fails. Leave the ids out, or set the sequence with setval() afterwards."
            )
        diagnosed = hints.of_step(rows.step, observations)
        if diagnosed is None and rows.direction == "up":
            diagnosed = hints.of_runs(observations, LOSING, rows.revision)
        function = "upgrade()" if rows.direction == "up" else "downgrade()"
        return diagnosed or (
            f"{function} of revision {rows.revision} does not keep the rows: {flaw}. Alter tables and "
            "columns in place, and never drop and make again what holds data."
        )
    return None

"""Kind `offline`: the migrations can be written as SQL, without a database."""

from __future__ import annotations

from collections.abc import Iterator

from grader.assignment.tables import KindSettings
from grader.judging import evidence, hints, not_shown, offline_run, wording
from grader.judging.diagnosis.families.offline import KINDS
from grader.judging.rubric import Case, Check, Judgement, Verdict, kind
from grader.observations.model import Observations, OfflinePass
from grader.observations.revisions import Revision
from grader.observations.steps import StepRecord
from grader.report.model import Evidence

_NOT_RUN = "not tried, because the step before it failed"


class Settings(KindSettings, frozen=True, kw_only=True, tag="offline"):
    """No keys of its own."""


@kind("offline", Settings, title="SQL without a database", requires=("upgrade",), once=True)
def offline(case: Case[Settings]) -> Judgement:
    """`upgrade head --sql` ends well without a database, and its SQL gives an empty one the schema of head.

    The version is that of head then, and nothing but SQL is printed. The SQL of `downgrade head:base --sql`
    leads back to an empty database; that is only asked if the downgrades work with a database. A revision
    that reads from the database cannot be written as SQL beforehand: it is named, and costs nothing.
    """
    observations, run = case.observations, case.observations.offline
    if run is None:
        lacking = "The commands with `--sql` were not run although the upgrade to head succeeded."
        return not_shown.judgement(observations, "upgrade", "The SQL can be written", lacking)
    reading = offline_run.reading_revision(run.upgrade, observations)
    checks = (_reads(run.upgrade, reading),) if reading else tuple(_checks(observations, run))
    failed = [*offline_run.failed(observations)]
    return Verdict(
        checks,
        evidence=tuple(_evidence(observations, failed)),
        hint=next((hint for step in failed if (hint := hints.of_step(step, observations))), None)
        or hints.of_runs(observations, KINDS),
        seconds=evidence.seconds(run.upgrade, run.upgrade_run, run.downgrade, run.downgrade_run),
    )


def _checks(observations: Observations, run: OfflinePass) -> Iterator[Check]:
    yield _written("upgrade", run.upgrade)
    yield _run(
        "schema",
        "Its SQL makes the schema of head",
        run.upgrade_run,
        versions=(observations.graph.head,) if observations.graph and observations.graph.head else (),
        left=wording.in_brief(offline_run.differences_at_head(observations), ""),
    )
    line = offline_run.printed(run.upgrade)
    yield Check(
        "alone",
        "Nothing but SQL is printed",
        passed=not line,
        expected="SQL and comments",
        found=f"`{line}`" if line else "nothing else",
    )
    if run.downgrade is None or not offline_run.way_back_works(observations):
        return
    reading = offline_run.reading_revision(run.downgrade, observations)
    if reading is not None:
        yield _reads(run.downgrade, reading)
        return
    yield _written("downgrade", run.downgrade)
    yield _run(
        "base",
        "Its SQL leads back to an empty database",
        run.downgrade_run,
        versions=(),
        left=wording.in_brief(offline_run.differences_at_base(observations), ""),
    )


def _written(check_id: str, step: StepRecord) -> Check:
    return Check(
        check_id,
        f"`{step.command}` writes the SQL without a database",
        passed=step.succeeded,
        expected="it ends without an error",
        found=wording.ending(step),
    )


def _reads(step: StepRecord, revision: Revision) -> Check:
    way = "downgrade" if ":" in (step.target or "") else "upgrade"
    return Check(
        way,
        f"`{step.command}` writes the SQL without a database",
        passed=True,
        expected="it ends without an error, unless a revision needs answers of the database",
        found=f"revision {revision.id} reads from the database in its {way}(), which no SQL written "
        "beforehand can do; the rest cannot be tried, and nothing is counted against it",
        revision=revision.id,
    )


def _run(
    check_id: str, title: str, step: StepRecord | None, *, versions: tuple[str, ...], left: str
) -> Check:
    expected = f"the same schema as with a database, and the version {wording.version_table(versions)}"
    if step is None:
        found, passed = _NOT_RUN, False
    elif not step.succeeded:
        found, passed = _refused(step), False
    elif step.unseen is not None:
        found, passed = wording.unseen(step), False
    elif not evidence.same_versions(step, versions):
        found, passed = f"the version table: {wording.versions(step)}", False
    else:
        found, passed = left or "the same", not left
    return Check(check_id, title, passed=passed, expected=expected, found=found)


def _refused(step: StepRecord) -> str:
    """What PostgreSQL said to the first statement that it refused."""
    if step.limit is not None or not step.stderr:
        return wording.ending(step)
    said = step.stderr.partition("\n")[0].partition(": ")[2]
    return f"PostgreSQL refuses a statement of it: {said}"


def _evidence(observations: Observations, failed: list[StepRecord]) -> Iterator[Evidence]:
    for step in failed:
        yield from wording.output(step)
    yield from wording.differences(
        "Not as after the upgrade with a database", offline_run.differences_at_head(observations)
    )

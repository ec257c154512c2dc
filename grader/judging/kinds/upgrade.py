"""Kind `upgrade`: the chain runs from an empty database to its head."""

from __future__ import annotations

from grader.assignment.tables import KindSettings
from grader.judging import evidence, hints, not_shown, wording
from grader.judging.comparison import compare
from grader.judging.rubric import Case, Check, Judgement, Unjudged, Verdict, kind
from grader.observations.files import FindingKind
from grader.observations.model import Observations, StepRecord
from grader.observations.revisions import ProblemKind, RevisionGraph
from grader.report.model import Evidence

UNSOUND = frozenset(ProblemKind) - {
    *(ProblemKind.SEVERAL_BASES, ProblemKind.LONG_ID, ProblemKind.NO_MESSAGE),
    *(ProblemKind.NO_UPGRADE, ProblemKind.NO_DOWNGRADE),
}
"""Problems of the revision files that leave no single way up to one head."""
NO_SET_UP = (
    "There is no Alembic set-up yet. In the folder of app.py run `alembic init alembic`, set "
    "alembic/env.py up as the exercise describes, make a first revision and commit the new files."
)
MAX_NAMED = 5
WITHOUT_SCHEMA = (
    "stopped_before_head",
    "transaction_in_revision",
    "version_table_wrong",
    "schema_outside_migrations",
    "stamped_version",
    "empty_revision",
)
"""Diagnoses of an upgrade that ended without an error but not with the right schema."""


class Settings(KindSettings, frozen=True, kw_only=True, tag="upgrade"):
    """No keys of its own."""


@kind("upgrade", Settings, title="Upgrade to head", once=True, all_or_nothing=True)
def upgrade(case: Case[Settings]) -> Judgement:
    """`alembic upgrade head` succeeds on an empty database and leaves it at the one head.

    The version table holds exactly that head, and the database shows the tables that the revisions make. All
    or nothing: a command that says it succeeded proves nothing until the database shows it.
    """
    observations = case.observations
    graph = observations.graph
    if graph is None:
        return _no_set_up(observations)
    step = evidence.upgrade_step(observations)
    sound = _graph_check(graph)
    if step is None and sound.passed:
        return Unjudged("`alembic upgrade head` was not run.")
    arrived = step is not None and graph.head is not None and evidence.same_versions(step, (graph.head,))
    checks = (
        sound,
        Check(
            "command",
            "`alembic upgrade head` ends without an error",
            passed=step is not None and step.succeeded,
            expected="it ends without an error",
            found=wording.ending(step),
        ),
        Check(
            "version",
            "The version table holds the head and nothing else",
            passed=arrived,
            expected=graph.head or "the one head",
            found=wording.versions(step),
        ),
        _schema_check(observations, step),
    )
    clean = all(check.passed for check in checks)
    return Verdict(
        checks,
        evidence=_notes(observations) if clean else wording.output(step),
        hint=None if clean else _upgrade_hint(observations, step, sound),
        seconds=evidence.seconds(step),
    )


def _no_set_up(observations: Observations) -> Verdict:
    findings = observations.submission.findings
    unreadable = [item.message for item in findings if item.kind is FindingKind.UNREADABLE_SUBMISSION]
    # The rest of the message says what to do. The hint says that.
    absent = [item.message.partition(". ")[0] for item in findings if item.kind is FindingKind.NO_ALEMBIC]
    check = Check(
        "graph",
        "The submission has migrations",
        passed=False,
        expected="an Alembic set-up",
        found=" ".join(unreadable or absent) or "no Alembic set-up",
    )
    hint = hints.of_what_blocks(observations) or NO_SET_UP
    if unreadable:
        hint = f"The submission could not be read ({unreadable[0]}). Pack it again, and hand it in again."
    return Verdict((check,), hint=hint)


def _graph_check(graph: RevisionGraph) -> Check:
    problems = [problem.message for problem in graph.problems if problem.kind in UNSOUND]
    if not problems and graph.head is None:
        problems = ["several heads: " + ", ".join(graph.heads) if graph.heads else "no head"]
    return Check(
        "graph",
        "The revision files make one chain with one head",
        passed=not problems,
        expected="one head and no gaps",
        found="; ".join(problems) or f"one head, {graph.head}",
    )


def _schema_check(observations: Observations, step: StepRecord | None) -> Check:
    snapshot = observations.snapshot_after(step)
    there = [table.name for table in evidence.tables(snapshot)]
    judged = evidence.judged_schema(observations)
    made = judged is not None and bool(evidence.tables(judged.snapshot))
    missing = evidence.missing_from_own_run(observations)
    ran = bool(step and step.versions) or evidence.replayed_to_head(observations)
    unseen = step if step is not None and step.unseen is not None else evidence.origin_unseen(observations)
    if unseen is not None:
        found = f"after `{unseen.command}` {wording.unseen(unseen)}"
    elif not there:
        found = "no table in the database"
    elif not ran:
        found = f"tables ({', '.join(there)}), but the version table names no revision that ran"
    elif missing:
        found = f"the revisions make these, but the database lacks them: {', '.join(missing)}"
    elif not made:
        found = f"tables ({', '.join(there)}) that no revision makes"
    else:
        found = f"{wording.counted(len(there), 'table')}: {', '.join(there)}"
    return Check(
        "schema",
        "The database shows that the revisions ran",
        passed=unseen is None and bool(there) and not missing and made and ran,
        expected="the tables that the revisions make",
        found=found,
    )


def _upgrade_hint(observations: Observations, step: StepRecord | None, sound: Check) -> str | None:
    if not sound.passed:
        return hints.of_environment(observations) or hints.of_what_blocks(observations)
    unseen = step if step is not None and step.unseen is not None else evidence.origin_unseen(observations)
    if unseen is not None:
        return hints.of_step(step, observations) or not_shown.unseen_hint(unseen)
    return hints.of_step(step, observations) or hints.of_runs(observations, WITHOUT_SCHEMA)


def _notes(observations: Observations) -> tuple[Evidence, ...]:
    """What an instructor may want to look at although all is as it should be. It costs no points."""
    return (*_stepwise_note(observations), *_alone_note(observations))


def _alone_note(observations: Observations) -> tuple[Evidence, ...]:
    """A note when the revisions make less without the student's env.py, and nothing else makes the rest."""
    more = evidence.not_explained(observations)
    if not more or observations.replay is None:
        return ()
    named = wording.first_few([wording.thing(item) for item in more], MAX_NAMED)
    return (
        Evidence(
            "Note: the revisions need what your env.py sets up. That costs no points",
            f"Without your env.py they do not make: {named}. Your env.py makes none of it without them. "
            f"How the revisions alone ended: {wording.ending(observations.replay.one_shot)}.",
        ),
    )


def _stepwise_note(observations: Observations) -> tuple[Evidence, ...]:
    """A note when one revision at a time gives another result than all at once. It costs no points."""
    graph, one_shot = observations.graph, observations.one_shot
    if graph is None or one_shot is None:
        return ()
    failed = next((s for s in observations.stairway if not s.up.succeeded), None)
    if failed is not None:
        title = f"Note: one revision at a time, {failed.revision} does not go up although all at once they do"
        return (Evidence(title, wording.ending(failed.up)),)
    last = next((s for s in observations.stairway if s.revision == graph.head), None)
    stepwise = observations.snapshot_after(last.up if last else None)
    at_once = observations.snapshot_after(one_shot.upgrade)
    if stepwise is None or at_once is None:
        return ()
    title = "Note: one revision at a time gives another schema than all at once"
    return wording.differences(title, compare.strict(at_once, stepwise))

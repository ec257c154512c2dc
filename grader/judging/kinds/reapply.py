"""Kind `reapply`: the head revision can be applied a second time."""

from __future__ import annotations

from grader.assignment.tables import KindSettings
from grader.judging import evidence, hints, not_shown, wording
from grader.judging.comparison import compare
from grader.judging.rubric import Case, Check, Judgement, Skip, Verdict, kind

COMMAND_TITLE = "The second `upgrade head` succeeds"
SCHEMA_TITLE = "It gives the head schema again"


class Settings(KindSettings, frozen=True, kw_only=True, tag="reapply"):
    """No keys of its own."""


@kind("reapply", Settings, title="Apply again", requires=("upgrade",), once=True)
def reapply(case: Case[Settings]) -> Judgement:
    """After `alembic downgrade -1`, `alembic upgrade head` succeeds and gives the head schema again."""
    observations, graph, one_shot = case.observations, case.observations.graph, case.observations.one_shot
    if one_shot is None or one_shot.downgrade is None or graph is None or graph.head is None:
        lacking = "The downgrade was not run although the upgrade succeeded."
        return not_shown.judgement(observations, "command", COMMAND_TITLE, lacking)
    down, step = one_shot.downgrade, one_shot.reapply
    if not down.succeeded or not evidence.same_versions(down, evidence.versions_below(graph, graph.head)):
        return Skip(
            case.id_of("downgrade"), "This can be judged once `downgrade -1` gets to the parent of the head."
        )
    before, after = observations.snapshot_after(one_shot.upgrade), observations.snapshot_after(step)
    if step is None or before is None or after is None:
        lacking = "The second upgrade was not run, or the schema after it not looked at."
        return not_shown.judgement(observations, "schema", SCHEMA_TITLE, lacking, step)
    other = compare.strict(before, after)
    arrived = evidence.same_versions(step, (graph.head,))
    checks = (
        Check(
            "command",
            COMMAND_TITLE,
            passed=step.succeeded and arrived,
            expected=graph.head,
            found=wording.versions(step) if step.succeeded else wording.ending(step),
        ),
        Check(
            "schema",
            SCHEMA_TITLE,
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
        evidence=(
            *wording.differences("Not as it was at head before", other),
            *(() if step.succeeded else wording.output(step)),
        ),
        hint=hints.of_step(step, observations) or otherwise,
        seconds=step.seconds,
    )

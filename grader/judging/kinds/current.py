"""Kind `current`: Alembic knows where the database is."""

from __future__ import annotations

import re

from grader.assignment.tables import KindSettings
from grader.judging import evidence, hints, not_shown, wording
from grader.judging.rubric import Case, Check, Judgement, Verdict, kind
from grader.observations.revisions import RevisionGraph

# `abc123`, `abc123 (head)`, `abc123 (label) (head)`: a line of `alembic current`, nothing after it.
CURRENT_LINE = re.compile(r"^(?P<revision>\S+)(?: \([^()]*\))*\s*$")


class Settings(KindSettings, frozen=True, kw_only=True, tag="current"):
    """No keys of its own."""


@kind("current", Settings, title="Current revision", requires=("upgrade",), once=True, all_or_nothing=True)
def current(case: Case[Settings]) -> Judgement:
    """After the upgrade, `alembic current` names the head revision, and the version table agrees.

    All or nothing: the upgrade itself shows what is in the version table, and printed text alone is no proof.
    """
    observations = case.observations
    graph = observations.graph
    step = observations.one_shot.current if observations.one_shot else None
    if step is None or graph is None or graph.head is None:
        lacking = "`alembic current` was not run although the upgrade succeeded."
        return not_shown.judgement(observations, "named", "`alembic current` names the head", lacking)
    named = named_revisions(step.stdout, graph)
    found = ", ".join(named) or "no revision in its output"
    checks = (
        Check(
            "named",
            "`alembic current` names the head",
            passed=step.succeeded and named == (graph.head,),
            expected=f"{graph.head} (head)",
            found=found if step.succeeded else wording.ending(step),
        ),
        Check(
            "version",
            "The version table agrees",
            passed=evidence.same_versions(step, (graph.head,)),
            expected=graph.head,
            found=wording.versions(step),
        ),
    )
    passed = all(check.passed for check in checks)
    otherwise = (
        "`alembic current` should print the head revision on standard output: see that env.py "
        "connects to the same database for every command and runs context.run_migrations() inside "
        "context.begin_transaction()."
    )
    return Verdict(
        checks,
        evidence=() if passed else wording.output(step),
        hint=hints.of_step(step, observations) or otherwise,
        seconds=step.seconds,
    )


def named_revisions(stdout: str, graph: RevisionGraph) -> tuple[str, ...]:
    """The revisions that the output of `alembic current` names, sorted; other lines do not count."""
    matches = (CURRENT_LINE.match(line) for line in stdout.splitlines())
    named = {match["revision"] for match in matches if match is not None}
    return tuple(sorted(name for name in named if graph.get(name) is not None))

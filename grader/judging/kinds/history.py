"""Kind `history`: the revisions are a record of the work, step by step."""

from __future__ import annotations

import re

from grader.assignment.tables import Count, KindSettings
from grader.judging import evidence, hints, not_shown, wording
from grader.judging.evidence import JudgedSchema
from grader.judging.reference import reference_of
from grader.judging.rubric import Case, Check, Judgement, Skip, Verdict, kind
from grader.observations.model import Observations, StepRecord
from grader.observations.revisions import ProblemKind, RevisionGraph
from grader.report.model import Evidence

# `<base> -> abc123 (label) (head), add users`: between arrow and comma stand the revision and its marks.
HISTORY_LINE = re.compile(r"^.*? -> (?P<revision>[^\s,()]+)(?: \([^()]*\))*(?:,.*)?$")
CHANGES_WEIGHT = 2
"""A history exists for the revisions that change something: this check counts twice."""
PLAIN_FAILS = Evidence(
    "Note: without `--indicate-current` the command fails. That costs no points",
    "Alembic then does not run env.py, and the revision files need what env.py sets up to be read.",
)
NO_MESSAGE = ("", "empty message")
"""Alembic writes the second into a revision that is made without `-m`."""


class Settings(KindSettings, frozen=True, kw_only=True, tag="history"):
    """How many revisions there have to be."""

    minimum_revisions: Count
    """How many revisions have to change the schema."""


@kind("history", Settings, title="History", once=True)
def history(case: Case[Settings]) -> Judgement:
    """The revisions form one line, `alembic history` lists them all, and enough of them change the schema.

    One base, one head, no id twice, and a message in every revision. The assignment says how many revisions
    must each change the schema. Comments, owners, privileges and storage settings are no change of it.
    Neither are tables that a revision has the models make (`create_all()`): they change with the models, so
    the revision is edited without being touched. Judged as soon as the database has shown that a revision
    ran, even where the upgrade did not get to head.
    """
    observations = case.observations
    graph = observations.graph
    if graph is None or not evidence.a_revision_ran(observations):
        return Skip(
            case.id_of("upgrade"), "This can be judged once a revision has run and changed the database."
        )
    judged = evidence.judged_schema(observations)
    if graph.revisions and not observations.stairway and not (judged and judged.outside):
        lacking = "The revisions were not run one by one."
        return not_shown.judgement(observations, "changes", "The revisions can be run one by one", lacking)
    changing = evidence.changing_revisions(observations, judged)
    not_reached = evidence.not_reached(observations, judged)
    step = observations.one_shot.history if observations.one_shot else None
    checks = (
        *((_listed_check(step, graph),) if step else ()),  # it is not run after a failed upgrade
        _line_check(graph),
        _changes_check(case, judged, changing, not_reached),
        _messages_check(graph),
    )
    failed = {check.id for check in checks if not check.passed}
    needs_env = step is not None and "--indicate-current" in step.command
    changes = Evidence("Revisions that changed the schema", "\n".join(changing))
    return Verdict(
        checks,
        evidence=(
            *((PLAIN_FAILS,) if needs_env else ()),
            *((changes,) if "changes" in failed and changing else ()),
            *(wording.output(step) if "listed" in failed else ()),
        ),
        hint=_hint(checks, step, case, not_reached),
        seconds=evidence.seconds(step),
    )


def listed_revisions(stdout: str) -> tuple[str, ...]:
    """The revisions that the output of `alembic history` lists, newest first; other lines are ignored."""
    matches = (HISTORY_LINE.match(line.rstrip()) for line in stdout.splitlines())
    return tuple(match["revision"] for match in matches if match is not None)


def _listed_check(step: StepRecord, graph: RevisionGraph) -> Check:
    listed = set(listed_revisions(step.stdout))
    files = {revision.id for revision in graph.revisions}
    missing = sorted(files - listed)
    if not step.succeeded:
        found = wording.ending(step)
    elif missing:
        found = f"not listed: {', '.join(missing)}"
    else:
        found = f"all {len(files)} listed"
    return Check(
        "listed",
        f"`{step.command}` lists every revision",
        passed=step.succeeded and not missing,
        expected=wording.counted(len(files), "revision"),
        found=found,
    )


def _line_check(graph: RevisionGraph) -> Check:
    wrong = [
        f"{wording.counted(len(ids), end)} ({', '.join(ids) or 'none'})"
        for end, ids in (("base", graph.bases), ("head", graph.heads))
        if len(ids) != 1
    ]
    wrong += [problem.message for problem in graph.problems if problem.kind is ProblemKind.DUPLICATE_ID]
    return Check(
        "line",
        "One line of revisions",
        passed=not wrong,
        expected="one base, one head, no id twice",
        found="; ".join(wrong) or f"from {graph.bases[0]} to {graph.heads[0]}",
    )


def _why_not(
    observations: Observations,
    judged: JudgedSchema | None,
    changing: tuple[str, ...],
    not_reached: tuple[str, ...],
) -> list[str]:
    """The revisions that do not count, by the reason."""
    models = tuple(evidence.models_in_revisions(observations))
    touching = tuple(name for name in evidence.touching_revisions(observations, judged) if name not in models)
    told = {*changing, *models, *touching, *not_reached}
    graph = observations.graph
    idle = tuple(item.id for item in graph.revisions if item.id not in told) if graph else ()
    reasons = {
        "no change seen from": idle,
        "only comments, owners, privileges or storage settings changed by": touching,
        "tables made from the models by": models,
        "never run:": not_reached,
    }
    return [f"{reason} {', '.join(names)}" for reason, names in reasons.items() if names]


def _changes_check(
    case: Case[Settings], judged: JudgedSchema | None, changing: tuple[str, ...], not_reached: tuple[str, ...]
) -> Check:
    minimum = case.settings.minimum_revisions
    too_few = len(changing) < minimum
    others = _why_not(case.observations, judged, changing, not_reached) if too_few else []
    also = "".join(f"; {reason}" for reason in others)
    return Check(
        "changes",
        "Enough revisions that each change the schema",
        passed=len(changing) >= minimum,
        expected=f"at least {minimum}",
        found=f"{len(changing)}{also}",
        weight=CHANGES_WEIGHT,
    )


def _messages_check(graph: RevisionGraph) -> Check:
    silent = [revision.path for revision in graph.revisions if revision.message.strip() in NO_MESSAGE]
    return Check(
        "messages",
        "Every revision has a message",
        passed=not silent,
        expected="a message in every revision file",
        found=f"no message in {', '.join(silent)}" if silent else "a message in each",
    )


def _to_come(case: Case[Settings]) -> str | None:
    """That more revisions come with the work that is left; None if nothing is left for them."""
    judged = evidence.judged_schema(case.observations)
    reference = reference_of(case.observations, case.assignment)
    if judged is None or reference is None:
        return None
    there, asked = judged.snapshot.table_and_column_names, reference.table_and_column_names
    if asked <= there:
        return None
    changing = len(evidence.changing_revisions(case.observations, judged))
    minimum = case.settings.minimum_revisions
    left, there_are = (
        wording.counted(count, noun)
        for count, noun in ((minimum - changing, "more revision"), (changing, "revision"))
    )
    change = "changes" if changing == 1 else "change"
    return (
        f"{left} to come: {there_are} of at least {minimum} {change} the schema. Make one for each piece of "
        "work that is left."
    )


def _hint(
    checks: tuple[Check, ...], step: StepRecord | None, case: Case[Settings], not_reached: tuple[str, ...]
) -> str | None:
    wrong = next((check for check in checks if not check.passed), None)
    if wrong is None:
        return None
    minimum = case.settings.minimum_revisions
    if wrong.id == "changes" and not_reached:
        return (
            f"The revisions from {not_reached[0]} on never ran to their end, so it is not known what they "
            f"change. Mend first what the criterion `{case.id_of('upgrade')}` says; then they count."
        )
    graph = case.observations.graph
    forked = graph is not None and len(graph.heads) > 1 and len(graph.bases) == 1
    join = ', or join two heads with `alembic merge heads -m "..."`' if forked else ""
    advice = {
        "listed": "Check that all revision files are in the versions folder and that each down_revision "
        "names one of them.",
        "line": f"The revisions should form one line: {wrong.found.rstrip('.')}. Set each down_revision to "
        f"the revision before it{join}; only the first one has None.",
        "changes": f"There should be at least {minimum} revisions that each change the schema, one for each "
        f"piece of work, and there are {wrong.found}. Do not put all of it into one revision.",
        "messages": f"{wrong.found[:1].upper()}{wrong.found[1:]}: write one as the first line of the file's "
        'docstring, or make revisions with `alembic revision -m "what it does"`.',
    }
    diagnosed = None
    if wrong.id == "listed":
        diagnosed = hints.of_step(step, case.observations)
    elif wrong.id == "line":
        diagnosed = hints.of_runs(case.observations, ("branches_repeat",))
    elif wrong.id == "changes" and evidence.models_in_revisions(case.observations):
        by_models = hints.of_runs(case.observations, ("create_all_in_revision",))
        diagnosed = f"{advice['changes']} {by_models}" if by_models else None
    elif wrong.id == "changes":
        diagnosed = _to_come(case)
    return diagnosed or advice[wrong.id]

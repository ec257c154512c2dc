"""Criterion `models_match`: the models and the migrated database are the same."""

from __future__ import annotations

from grader.judging import evidence, hints, wording
from grader.judging.comparison import compare
from grader.judging.expected_objects import outside_note
from grader.judging.rubric import Case, Check, Judgement, Unjudged, Verdict, criterion
from grader.observations.model import ModelsPass, Observations
from grader.observations.schema import ChangeKind, Difference, SchemaSnapshot


@criterion(
    "models_match", "Models and database match", requires=("upgrade_head",), example="wrong_avatar_length"
)
def models_match(case: Case) -> Judgement:
    """The database is exactly what the student's models describe, and has all that the reference has.

    Half of the points: the student's own models describe exactly the migrated database. The other half: the
    database holds everything that the reference models define.
    """
    observations = case.observations
    judged = evidence.judged_schema(observations)
    models = observations.models
    if judged is None or models is None:
        return Unjudged("The schema at head, or that of the models, was not looked at.")
    described = observations.snapshot_after(models.step)
    if models.step.succeeded and models.tables and described is None:
        return Unjudged("The schema of the models was not looked at.")
    own: tuple[Difference, ...] = ()
    if _usable(models) and described is not None:
        own = compare.equivalent(
            described, judged.snapshot, defaults=True, extra=True, same_defaults=models.same_defaults
        )
        own = evidence.with_revisions(own, judged.trail)
    asked = compare.equivalent(
        observations.reference, judged.snapshot, defaults=False, extra=False, actions=False
    )
    asked = compare.accepting(asked, case.assignment.accepted_types)
    asked = evidence.with_revisions(asked, judged.trail)
    reference = Check(
        "reference",
        "The migrated database has all that the exercise asks for",
        passed=not asked,
        expected="nothing missing, nothing different",
        found=wording.in_brief(asked, "all of it"),
    )
    return Verdict(
        (_own_check(models, described, own), reference),
        evidence=(
            *(() if models.step.succeeded else wording.output(models.step)),
            *wording.differences("The database, against what your models describe", own),
            *wording.differences("The database, against what the exercise asks for", asked),
            *outside_note(judged),
        ),
        hint=_hint(observations, models, own, asked),
        seconds=models.step.seconds,
    )


def _usable(models: ModelsPass) -> bool:
    return models.step.succeeded and bool(models.tables)


def _own_check(models: ModelsPass, described: SchemaSnapshot | None, own: tuple[Difference, ...]) -> Check:
    if not models.step.succeeded:
        found = f"the tables of the models could not be made: {wording.ending(models.step)}"
    elif models.tables is None:
        found = "env.py has no target_metadata"
    elif models.tables == 0:
        found = "the target_metadata of env.py is empty"
    else:
        none = f"no difference over {wording.counted(models.tables, 'table')}"
        found = wording.in_brief(own, none, told=_on_which_side)
    return Check(
        "own_models",
        "The models (target_metadata of env.py) describe the migrated database",
        passed=_usable(models) and described is not None and not own,
        expected="no difference",
        found=found,
    )


def _on_which_side(item: Difference) -> str:
    """A difference between models and database in words that say which side has what."""
    thing = f"{item.kind} {item.name}"
    if item.change is ChangeKind.MISSING:
        return f"{thing} is in the models and not in the database"
    if item.change is ChangeKind.EXTRA:
        since = f" (since revision {item.revision})" if item.revision else ""
        return f"{thing} is in the database and not in the models{since}"
    return wording.difference(item)


def _hint(
    observations: Observations, models: ModelsPass, own: tuple[Difference, ...], asked: tuple[Difference, ...]
) -> str | None:
    if not models.step.succeeded:
        return hints.of_step(models.step, observations)
    if not models.tables:
        return hints.of_runs(observations, ("metadata_none", "metadata_empty"))
    if own:
        return (
            f"The models and the database differ: {wording.in_brief(own, '', told=_on_which_side)}. Run "
            "`alembic check`, and write what the revisions lack into a revision (or what the models lack "
            "into the models)."
        )
    if asked:
        brief = wording.in_brief(asked, "")
        return (
            f"The database is not what the exercise asks for: {brief}. Correct the models and add a revision."
        )
    return None

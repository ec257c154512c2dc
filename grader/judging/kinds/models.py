"""Kind `models`: the models and the migrated database are the same."""

from __future__ import annotations

from grader.assignment.tables import KindSettings
from grader.judging import evidence, hints, missing_hints, not_shown, places, wording
from grader.judging.comparison import compare
from grader.judging.expected_objects import outside_note
from grader.judging.missing_hints import Missing
from grader.judging.reference import accepted_types, reference_of
from grader.judging.rubric import Case, Check, Judgement, Place, Unjudged, Verdict, kind
from grader.judging.sides import (
    Sides,
    Wrong,
    advice,
    place,
    place_in_revision,
    subject,
    told,
    without_consequences,
)
from grader.observations.model import ModelsPass, Observations
from grader.observations.schema import ChangeKind, Difference, SchemaKind, SchemaSnapshot

OWN_TITLE = "The models (target_metadata of env.py) describe the migrated database"


class Settings(KindSettings, frozen=True, kw_only=True, tag="models"):
    """No keys of its own."""


@kind("models", Settings, title="Models and database match", requires=("upgrade",), once=True)
def models(case: Case[Settings]) -> Judgement:
    """The database is exactly what the student's models describe, and has all that the reference has.

    Half of the points: the student's own models describe exactly the migrated database. The other half: the
    database holds everything that the reference models define. In an exercise without reference models, the
    first half is the whole.
    """
    observations = case.observations
    judged = evidence.judged_schema(observations)
    models = observations.models
    if judged is None or models is None:
        lacking = "The schema at head, or that of the models, was not looked at."
        return not_shown.judgement(observations, "own_models", OWN_TITLE, lacking)
    described = observations.snapshot_after(models.step)
    if models.step.succeeded and models.tables and described is None and models.step.unseen is None:
        return Unjudged("The schema of the models was not looked at.")
    own: tuple[Difference, ...] = ()
    models_asked: tuple[Difference, ...] = ()
    if _usable(models) and described is not None:
        own = compare.equivalent(
            described, judged.snapshot, defaults=True, extra=True, same_defaults=models.same_defaults
        )
        own = without_consequences(evidence.with_revisions(own, judged.trail))
        models_asked = _asked(case, described)
    asked = evidence.with_revisions(_asked(case, judged.snapshot), judged.trail)
    sides, asked = Sides(models_asked, asked), without_consequences(asked)
    own = sides.decided_first(own)
    reference = Check(
        "reference",
        "The migrated database has all that the exercise asks for",
        passed=not asked,
        expected="nothing missing, nothing different",
        found=wording.in_brief(asked, "all of it"),
        place=_place_of_reference(observations, asked),
    )
    own_check = _own_check(observations, models, described, own, sides)
    return Verdict(
        (own_check,) if reference_of(observations, case.assignment) is None else (own_check, reference),
        evidence=(
            *(() if models.step.succeeded else wording.output(models.step)),
            *wording.differences("The database, against what your models describe", own, told=told),
            *wording.differences("The database, against what the exercise asks for", asked),
            *outside_note(judged),
        ),
        hint=_hint(observations, models, own, asked, sides, head=judged.snapshot),
        seconds=models.step.seconds,
    )


def _asked(case: Case[Settings], schema: SchemaSnapshot) -> tuple[Difference, ...]:
    """How a schema differs from what the exercise asks for."""
    reference = reference_of(case.observations, case.assignment)
    if reference is None:
        return ()
    found = compare.equivalent(reference, schema, defaults=False, extra=False, actions=False)
    return compare.accepting(found, accepted_types(case.observations, case.assignment))


def _missing(found: tuple[Difference, ...]) -> list[Missing]:
    """The tables and columns that are missing; none where anything else is wrong, too."""
    kinds = (SchemaKind.TABLE, SchemaKind.COLUMN)
    if not all(item.change is ChangeKind.MISSING and item.kind in kinds for item in found):
        return []
    return sorted(
        (
            Missing(item.name) if item.kind is SchemaKind.TABLE else Missing(*_column(item.name))
            for item in found
        ),
        key=lambda item: item.column is not None,
    )


def _column(name: str) -> tuple[str, str]:
    table, _, column = name.rpartition(".")
    return table, column


def _place_of_reference(observations: Observations, asked: tuple[Difference, ...]) -> Place | None:
    """Where the first thing that the exercise misses is mended."""
    if not asked:
        return None
    return place_in_revision(observations, asked[0]) or places.of_models(observations, *subject(asked[0]))


def _usable(models: ModelsPass) -> bool:
    return models.step.succeeded and bool(models.tables)


def _own_check(
    observations: Observations,
    models: ModelsPass,
    described: SchemaSnapshot | None,
    own: tuple[Difference, ...],
    sides: Sides,
) -> Check:
    if not models.step.succeeded:
        found = f"the tables of the models could not be made: {wording.ending(models.step)}"
    elif models.step.unseen is not None:
        found = f"after the tables of the models were made, {wording.unseen(models.step)}"
    elif models.tables is None:
        found = "env.py has no target_metadata"
    elif models.tables == 0:
        found = "the target_metadata of env.py is empty"
    else:
        none = f"no difference over {wording.counted(models.tables, 'table')}"
        found = wording.in_brief(own, none, told=told)
    return Check(
        "own_models",
        OWN_TITLE,
        passed=_usable(models) and described is not None and not own,
        expected="no difference",
        found=found,
        place=place(observations, own[0], sides.wrong(own[0])) if own else None,
    )


def _hint(
    observations: Observations,
    models: ModelsPass,
    own: tuple[Difference, ...],
    asked: tuple[Difference, ...],
    sides: Sides,
    *,
    head: SchemaSnapshot,
) -> str | None:
    if not models.step.succeeded or models.step.unseen is not None:
        return hints.of_step(models.step, observations) or not_shown.unseen_hint(models.step)
    if not models.tables:
        return hints.of_runs(observations, ("metadata_none", "metadata_empty"))
    if own:
        behind = all(sides.wrong(item) is Wrong.DATABASE for item in own)
        missing = _missing(own) if behind else []
        return (missing_hints.advice(missing, observations, head) if missing else None) or advice(
            observations, own, sides
        )
    if asked:
        missing = _missing(asked)
        told = missing_hints.advice(missing, observations, head) if missing else None
        if told is not None:
            return told
        models_place = places.of_models(observations, *subject(asked[0]))
        made = place_in_revision(observations, asked[0])
        return (
            f"The database is not what the exercise asks for: {wording.in_brief(asked, '')}. Correct the "
            f"models{f' ({models_place})' if models_place else ''}, and add a revision that changes the "
            f"database{f' ({made})' if made else ''}."
        )
    return None

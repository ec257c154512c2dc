"""Ticks the checklist of an exercise from what was observed, and from the criteria that were judged.

A tick gives no points. What cannot be seen is for a person to look at, and so is what could not be judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from grader.assignment.checklist import ChecklistItem, CriterionPart, Fact, ModelPart
from grader.assignment.model import Assignment
from grader.judging import evidence
from grader.judging.terms import Terms, terms_of
from grader.observations.model import Observations
from grader.observations.schema import SchemaKind
from grader.report.model import ChecklistEntry, CriterionReport, Status, Tick


def ticked(
    assignment: Assignment, observations: Observations, criteria: Sequence[CriterionReport]
) -> tuple[ChecklistEntry, ...]:
    """The checklist of a submission, in the order of the assignment.

    Args:
        assignment: whose checklist it is.
        observations: what was seen of the submission.
        criteria: the judged criteria.
    """
    judged = {item.id: item for item in criteria}
    terms = terms_of(observations, assignment)
    return tuple(
        ChecklistEntry(
            item.text,
            _together(_ticks(item, terms, observations, judged)),
            item.optional,
            tuple(dict.fromkeys(part.criterion for part in item.criteria)),
            item.part,
        )
        for item in assignment.checklist
    )


def _ticks(
    item: ChecklistItem,
    terms: Terms,
    observations: Observations,
    judged: Mapping[str, CriterionReport],
) -> Iterator[Tick]:
    yield from (_of_criterion(part, judged) for part in item.criteria)
    yield from (_FACTS[fact](observations) for fact in item.facts)
    yield from (_of_model(part, terms, observations) for part in item.models)


def _together(ticks: Iterable[Tick]) -> Tick:
    """An item is open if any part of it is, and done if all are."""
    found = set(ticks)
    if Tick.OPEN in found:
        return Tick.OPEN
    return Tick.DONE if found == {Tick.DONE} else Tick.LOOK


def _of_criterion(part: CriterionPart, judged: Mapping[str, CriterionReport]) -> Tick:
    criterion = judged.get(part.criterion)
    if criterion is None or criterion.status is Status.ERROR:
        return Tick.LOOK
    if part.check is not None and criterion.status is Status.SKIPPED:
        return Tick.LOOK  # the check was not judged
    checks = [check for check in criterion.checks if check.id == part.check]
    statuses = [check.status for check in checks] or [criterion.status]
    return Tick.DONE if all(status is Status.PASSED for status in statuses) else Tick.OPEN


def _seen(there: bool) -> Tick:
    return Tick.DONE if there else Tick.OPEN


def _installed(observations: Observations) -> Tick:
    return Tick.LOOK if observations.submission.layout is None else Tick.DONE


def _no_url(observations: Observations) -> Tick:
    facts = observations.submission
    if facts.layout is None:
        return Tick.OPEN
    return Tick.LOOK if facts.url_in_config is None else _seen(not facts.url_in_config)


def _models_loaded(observations: Observations) -> Tick:
    models = observations.models
    if models is not None:
        return _seen(bool(models.tables))
    # The models are only looked at when the chain gets to head. An env.py that runs a revision may be right,
    # and so may one that ends well where there is no revision yet.
    step, graph = evidence.upgrade_step(observations), observations.graph
    no_revision_yet = graph is not None and not graph.revisions and step is not None and step.succeeded
    return Tick.LOOK if no_revision_yet or evidence.a_revision_ran(observations) else Tick.OPEN


_FACTS: Mapping[Fact, Callable[[Observations], Tick]] = MappingProxyType(
    {
        Fact.ALEMBIC_INSTALLED: _installed,
        Fact.ALEMBIC_SET_UP: lambda observations: _seen(observations.submission.layout is not None),
        Fact.NO_URL_IN_CONFIG: _no_url,
        Fact.MODELS_LOADED: _models_loaded,
        Fact.REVISION_MADE: lambda observations: _seen(
            bool(observations.graph and observations.graph.revisions)
        ),
        Fact.REVISION_APPLIED: lambda observations: _seen(evidence.a_revision_ran(observations)),
    }
)


def _of_model(part: ModelPart, terms: Terms, observations: Observations) -> Tick:
    table = terms.names.table(part.table)
    column = terms.names.column(part.table, part.column) if part.column else None
    models = observations.models
    made = observations.snapshot_after(models.step) if models and models.step.succeeded else None
    if made is not None:
        kind = SchemaKind.COLUMN if column else SchemaKind.TABLE
        found = made.find(kind, f"{table}.{column}" if column else table)
        fits = part.type is None or (found and found.properties.get("type") == terms.type(part.type))
        return _seen(bool(found and fits))
    # The tables were not made, so the files have to say it. They do not tell a type for certain.
    mentions = (mention for file in observations.submission.models for mention in file.mentions)
    declared = any(
        mention.table == table and (column is None or column in mention.columns) for mention in mentions
    )
    return Tick.LOOK if declared and part.type else _seen(declared)

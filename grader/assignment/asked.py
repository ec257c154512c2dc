"""What the criteria of an assignment want to have tried: rows, defaults, types and queries.

Must not know the kinds of criteria: each says by itself what it wants.
"""

from __future__ import annotations

from collections.abc import Iterator

from grader.assignment.model import Assignment, CriterionSettings
from grader.assignment.objects import ExpectedDefault
from grader.assignment.row_rules import RowRule
from grader.assignment.tables import KindSettings


def settings_of(assignment: Assignment) -> Iterator[tuple[CriterionSettings, KindSettings]]:
    """Each criterion with its settings."""
    for item in assignment.criteria:
        if isinstance(item.settings, KindSettings):
            yield item, item.settings


def row_rules(assignment: Assignment) -> tuple[RowRule, ...]:
    """The rows that are to be tried at head, each rule once."""
    found: list[RowRule] = []
    for _, settings in settings_of(assignment):
        for _, part in settings.parts():
            found += (rule for rule in part.rows if rule not in found)
    return tuple(found)


def defaults(assignment: Assignment) -> tuple[ExpectedDefault, ...]:
    """The server defaults that are to be compared with those of a schema."""
    found: dict[ExpectedDefault, None] = {}
    for _, settings in settings_of(assignment):
        found.update(dict.fromkeys(settings.defaults_asked()))
    return tuple(found)


def queries(assignment: Assignment) -> tuple[str, ...]:
    """The queries of the assignment, each once."""
    found = (query for _, settings in settings_of(assignment) for _, query, _ in settings.queries_asked())
    return tuple(dict.fromkeys(found))


def types(assignment: Assignment) -> tuple[str, ...]:
    """The types that the assignment writes, each once."""
    found = dict.fromkeys(sorted(written for _, written in assignment.accepted_types))
    for _, settings in settings_of(assignment):
        found.update(dict.fromkeys(written for _, written in settings.types_asked()))
    in_models = (part.type for item in assignment.checklist for part in item.models)
    found.update(dict.fromkeys(written for written in in_models if written))
    return tuple(found)

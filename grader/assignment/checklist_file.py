"""Reads the checklist of an assignment file into values. Must not know how an item is looked up."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from grader.assignment.checklist import ChecklistItem, CriterionPart, ModelPart
from grader.assignment.tables import ChecklistTable
from grader.assignment.toml_file import Key, TomlFile, suggestion

_MODEL = re.compile(r"(?P<table>[^\s.]+)(?:\.(?P<column>[^\s.]+)(?:\s+(?P<type>\S.*))?)?")


def checklist(
    file: TomlFile, tables: tuple[ChecklistTable, ...], criteria: Collection[str]
) -> tuple[ChecklistItem, ...]:
    """The items, in the order of the file.

    Args:
        file: the file, for messages.
        tables: its tables `[[checklist]]`.
        criteria: the ids of its criteria.

    Raises:
        ConfigurationError: an item says nothing of how it is ticked, or names a criterion that there is not.
    """
    return tuple(_item(file, number, table, criteria) for number, table in enumerate(tables))


def _item(file: TomlFile, number: int, table: ChecklistTable, criteria: Collection[str]) -> ChecklistItem:
    key: Key = ("checklist", number)
    shown = bool(table.criteria or table.facts or table.models)
    if not shown and not table.look:
        raise file.problem(
            key,
            "does not say what shows that the item is done: give it `criteria`, `facts` or `models`, or "
            "`look = true` if a person has to look.",
        )
    if shown and table.look:
        raise file.problem(
            (*key, "look"), "is for items that nothing shows; leave it out, or leave the other keys out."
        )
    return ChecklistItem(
        table.text,
        table.optional,
        tuple(_criteria(file, key, table, criteria)),
        table.facts,
        tuple(map(_model, table.models)),
    )


def _criteria(
    file: TomlFile, key: Key, table: ChecklistTable, known: Collection[str]
) -> Iterator[CriterionPart]:
    for number, written in enumerate(table.criteria):
        name, _, check = written.partition(".")
        if name not in known:
            message = f'names "{name}", which is no criterion. {suggestion(name, known)}'
            raise file.problem((*key, "criteria", number), message)
        yield CriterionPart(name, check or None)


def _model(written: str) -> ModelPart:
    match = _MODEL.fullmatch(written)
    if match is None:
        raise ValueError(written)  # the pattern of the table allows nothing else
    return ModelPart(match["table"], match["column"], match["type"])

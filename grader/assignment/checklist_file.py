"""Reads the checklist of an assignment file into values. Must not know how an item is looked up."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from grader.assignment.checklist import ChecklistItem, CriterionPart, ModelPart
from grader.assignment.parts_file import part_named
from grader.assignment.tables import ChecklistTable
from grader.assignment.toml_file import Key, TomlFile, suggestion

_MODEL = re.compile(r"(?P<table>[^\s.]+)(?:\.(?P<column>[^\s.]+)(?:\s+(?P<type>\S.*))?)?")


def checklist(
    file: TomlFile, tables: tuple[ChecklistTable, ...], criteria: Collection[str], parts: Collection[str]
) -> tuple[ChecklistItem, ...]:
    """The items, in the order of the file.

    Args:
        file: the file, for messages.
        tables: its tables `[[checklist]]`.
        criteria: the ids of its criteria.
        parts: the ids of the parts of the exercise.

    Raises:
        ConfigurationError: an item says nothing of how it is ticked, or names a criterion or a part that
            there is not.
    """
    return tuple(
        _item(file, ("checklist", number), table, criteria, parts) for number, table in enumerate(tables)
    )


def _item(
    file: TomlFile, key: Key, table: ChecklistTable, criteria: Collection[str], parts: Collection[str]
) -> ChecklistItem:
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
        part_named(file, (*key, "part"), table.part, parts),
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

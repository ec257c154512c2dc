"""Reads the parts of an exercise from an assignment file, and which part something of the file belongs to.

Must not know what a part is used for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import UnsetType

from grader.assignment.model import Part
from grader.assignment.toml_file import Key, TomlFile, suggestion


def parts_of(table: Mapping[str, str]) -> tuple[Part, ...]:
    """The parts, in the order of the file."""
    return tuple(Part(name, " ".join(title.split())) for name, title in table.items())


def part_named(file: TomlFile, key: Key, written: str | UnsetType, parts: Collection[str]) -> str | None:
    """The id of the part that a value of the file names; None if it names none.

    Args:
        file: the file, for messages.
        key: where the value stands.
        written: the value.
        parts: the ids of the parts of the exercise.

    Raises:
        ConfigurationError: there is no such part.
    """
    if isinstance(written, UnsetType):
        return None
    if written not in parts:
        known = suggestion(written, parts) if parts else "Name the parts in a table [parts]."
        raise file.problem(key, f'names "{written}", which is no part of the exercise. {known}')
    return written

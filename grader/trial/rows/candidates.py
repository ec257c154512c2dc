"""Values that a CHECK, a unique key or a domain might accept, the likeliest first.

They are guessed from the constraint's definition as PostgreSQL prints it: its literals, its numbers and their
neighbours, texts of the lengths that it names. Nothing is evaluated here. PostgreSQL decides which guess is
right.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import TypeVar

from grader.trial.rows.layout import UserType
from grader.trial.rows.values import (
    ColumnTarget,
    array_of,
    is_text,
    letters,
    parse_type,
    shifted,
    text,
    value,
)

_Item = TypeVar("_Item")

MOST = 24
"""The most values that are proposed for one column."""

_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"(?<![\w.'])-?\d+(?:\.\d+)?(?![\w.])")
_MEMBER = re.compile(r" = (?:ANY|'|\(?-?\d)|[^<>!]= ANY")
_LENGTH = re.compile(r"\b(?:length|char_length|character_length|octet_length|bit_length)\(")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_LONGEST = 10_000
_WHOLE = {"smallint", "integer", "bigint"}
_NUMERIC = {*_WHOLE, "numeric", "real", "double precision", "money"}
# A prime, so that all values of small cycles (an enum's labels, single letters) are reached.
_FURTHER_ROWS = tuple(97 * step for step in range(1, 7))


def candidates(
    type_name: str,
    place: ColumnTarget,
    types: Mapping[str, UserType],
    definitions: Sequence[str],
    *,
    nullable: bool = False,
    distinct: bool = False,
) -> tuple[str | None, ...]:
    """Propose values for a column, without repetition, at most `MOST`.

    Args:
        type_name: The column's type.
        place: The column and row.
        types: The types that are not PostgreSQL's own, by name.
        definitions: The CHECK constraints that name the column (a domain's own are found here).
        nullable: Whether NULL may be proposed too: early if a CHECK is about NULL, late otherwise.
        distinct: Whether values may be in use already (a unique key). Then values of later rows are proposed
            too.
    """
    found: list[str | None] = list(_proposed(type_name, place, types, definitions))
    if distinct:
        del found[MOST - len(_FURTHER_ROWS) - 1 :]
        found += [value(type_name, shifted(place, step), types) for step in _FURTHER_ROWS]
    if nullable and definitions:
        about_null = any("NULL" in item or "num_n" in item for item in definitions)
        found.insert(1 if about_null else min(len(found), MOST - 1), None)
    return tuple(dict.fromkeys(found))[:MOST]


def _proposed(
    type_name: str, place: ColumnTarget, types: Mapping[str, UserType], definitions: Sequence[str]
) -> Iterable[str]:
    name = parse_type(type_name)
    user_type = types.get(type_name) or types.get(name.base)
    if name.array:
        element = type_name.removesuffix("[]")
        yield value(type_name, place, types)
        yield from (array_of([item]) for item in _proposed(element, place, types, definitions))
        yield "{}"
        return
    if user_type is not None and user_type.kind == "d" and user_type.base is not None:
        yield from _proposed(user_type.base, place, types, [*definitions, *user_type.checks])
        return
    guesses = list(_guesses(type_name, place, types, definitions)) if definitions else []
    usual = [value(type_name, place, types)]
    # `status IN ('draft', 'sent')` accepts no other value; `length(code) > 2` accepts most values.
    yield from [*guesses, *usual] if any(_MEMBER.search(item) for item in definitions) else [*usual, *guesses]


def _guesses(
    type_name: str, place: ColumnTarget, types: Mapping[str, UserType], definitions: Sequence[str]
) -> Iterable[str]:
    base = parse_type(type_name).base
    if is_text(type_name, types):
        limit = next(iter(parse_type(type_name).modifiers), None)
        yield from (item for item in _texts(place, definitions) if limit is None or len(item) <= limit)
    elif base in _NUMERIC:
        yield from _numbers(base, place, definitions)
    elif base == "date" or base.startswith("timestamp"):
        yield from _dates(definitions)
    elif base == "boolean":
        yield from ("t", "f")
    elif base in {"json", "jsonb"}:
        yield from ("{}", f'["{letters(place.number)}"]', f'"{letters(place.number)}"', str(place.number))
    else:
        yield from _rotated([item for _, item in _literals(definitions)], place.number)


def _literals(definitions: Sequence[str]) -> list[tuple[str, str]]:
    """All text literals, each with the operator before it."""
    return [
        (item[max(0, match.start() - 5) : match.start()].strip(), match[1].replace("''", "'"))
        for item in definitions
        for match in _LITERAL.finditer(item)
    ]


def _texts(place: ColumnTarget, definitions: Sequence[str]) -> Iterable[str]:
    word = text(place, 6).replace(" ", "")
    found, patterns = [], []
    for operator, literal in _literals(definitions):
        if operator.endswith(("~~", "~~*")):
            patterns.append(literal.replace("%", word).replace("_", "a"))
        elif "~" not in operator:
            found.append(literal)
    yield from (*_rotated(found, place.number), *patterns)
    if any(_LENGTH.search(item) for item in definitions):
        sizes = [int(n) for n in _plain_numbers(definitions) if n == int(n) and 0 <= n < _LONGEST]
        near = sorted({size + step for size in sizes for step in (0, 1, -1)} - {-1})
        yield from (letters(place.number, size)[-size:].ljust(size, "x") if size else "" for size in near)
    # The forms that patterns require most often: codes, digits, addresses, numbers.
    tag, digits = letters(place.number, 4), str(place.number % 10_000).zfill(4)
    plain = letters(place.number, 8)
    yield from (plain, plain.upper(), plain.capitalize(), tag[-2:].upper(), tag[-3:].upper(), digits)
    yield from (f"{tag[-3:].upper()}-{digits}", f"{tag}_{digits}", f"{digits}5", f"+4930{digits}567")
    yield from (f"{tag}@example.org", f"https://example.org/{tag}", f"#{digits}af")


def _plain_numbers(definitions: Sequence[str]) -> list[float]:
    """The numbers in the definitions, also those in quotes (`'-5'::integer`), but not in text literals."""
    found: list[float] = []
    for item in definitions:
        quoted = [literal for literal in _LITERAL.findall(item) if _NUMBER.fullmatch(literal)]
        found.extend(float(number) for number in [*quoted, *_NUMBER.findall(_LITERAL.sub("", item))])
    return [number for number in dict.fromkeys(found) if math.isfinite(number)]


def _numbers(base: str, place: ColumnTarget, definitions: Sequence[str]) -> Iterable[str]:
    named = _plain_numbers(definitions)
    if any(_MEMBER.search(item) for item in definitions):
        yield from (_written(n, base) for n in _rotated(named, place.number))
    if len(named) > 1:
        low, high = min(named), max(named)
        yield _written(low + (high - low) * ((place.number % 7 + 1) / 8), base)
    for number in named:
        yield from (_written(number + step, base) for step in (1, 0, -1))
    yield from ("1", "0", "-1")


def _written(number: float, base: str) -> str:
    rounded = round(number) if base in _WHOLE or number == int(number) else round(number, 2)
    return str(rounded)


def _dates(definitions: Sequence[str]) -> Iterable[str]:
    for _, literal in _literals(definitions):
        if match := _DATE.match(literal):
            for step in (1, 0, -1):
                # No day of the calendar, or the day beyond the last one.
                with suppress(ValueError, OverflowError):
                    yield str(date.fromisoformat(match[0]) + timedelta(days=step))
    yield from ("1990-05-17", "2999-12-31")


def _rotated(items: Sequence[_Item], number: int) -> list[_Item]:
    """The same items, with a different one first for each row."""
    start = number % len(items) if items else 0
    return [*items[start:], *items[:start]]

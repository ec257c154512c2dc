"""What rows should look like beyond what their own table demands: like rows that the schema of head accepts.

Pure. It must not know revisions. Where the values of a wish do not fit, `seeding` goes on without them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from grader.trial.rows.layout import Table, TableLayout
from grader.trial.rows.reading import TableContent
from grader.trial.rows.values import is_text, parse_type

SHORTEST_TEXT = 8
"""Texts are not made shorter than this to fit into a shorter type of head. An app writes longer ones: that a
type is shrunk below what a text of a single word takes, is a finding about the migration."""

_ELEMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,{}"]+)')
_STEM = 3
_OTHER: Mapping[tuple[str, ...], tuple[str, ...]] = {("true",): ("false",), ("false",): ("true",)}
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_WHOLE = frozenset({"smallint", "integer", "bigint"})
_MOMENTS = frozenset({"date", "timestamp without time zone", "timestamp with time zone"})

Defaults = Mapping[str, Mapping[str, tuple[str, ...]]]
"""By table and column: the texts that the app's own default may be written as."""


@dataclass(frozen=True)
class Wish:
    """A value that a column has in a row of head."""

    text: str | None
    """None where a row can refer to no other one yet."""
    type: str
    """The column's type at head."""


WishedRow = Mapping[str, Wish]
"""By column."""


@dataclass(frozen=True)
class Wishes:
    """What the rows of one round should look like."""

    rows: Mapping[str, Sequence[WishedRow]] = field(default_factory=dict)
    """By table, one for each row of the round. A table without any is filled as usual."""
    defaults: Defaults = field(default_factory=dict)
    only_defaults: bool = False
    """True if every row has the defaults. Otherwise the first row of each round has them."""
    like_earlier: bool = False
    """True if new rows repeat the values of earlier ones where nothing forbids it."""
    plain: bool = False
    """True for short texts."""

    def of(self, table: str, place: int) -> WishedRow:
        """The wish for a row, counted from 0 within the round."""
        rows = self.rows.get(table, ())
        return rows[place] if place < len(rows) else {}

    def default(self, table: str, column: str, place: int, type_name: str) -> tuple[str, ...]:
        """The texts of the app's default if the row is to have it; else, for a boolean, the other value."""
        texts = self.defaults.get(table, {}).get(column, ())
        if place == 0 or self.only_defaults:
            return texts
        return _OTHER.get(texts, ()) if type_name == "boolean" else ()


def wished_rows(
    layout: TableLayout, table: Table, content: TableContent, defaults: Mapping[str, Collection[str]]
) -> list[WishedRow]:
    """The rows of a table of head as wishes for the same table at earlier revisions.

    Left out: columns with a sequence, NULL, empty texts, and texts that only head's limit makes so short.
    """
    types = {item.name: item for item in layout.types}
    checked = {name for check in table.of_type("c") for name in check.columns}
    left_out = {column.name for column in table.columns if column.sequence is not None or column.identity}
    for column in table.columns:
        limit = next(iter(parse_type(column.type).modifiers), SHORTEST_TEXT)
        if is_text(column.type, types) and limit < SHORTEST_TEXT and column.name not in checked:
            left_out.add(column.name)
    return [
        {
            name: Wish(text, type_name)
            for (name, type_name), text in zip(content.columns.items(), row, strict=True)
            if text and (name not in left_out or text in defaults.get(name, ()))
        }
        for row in content.rows
    ]


def lookup_values(filled: Mapping[str, TableContent]) -> dict[str, tuple[str, ...]]:
    """For each table that migrations fill: the values of its first column of texts."""
    found: dict[str, tuple[str, ...]] = {}
    for name, content in filled.items():
        column = next((name for name, kind in content.columns.items() if is_text(kind, {})), None)
        if column is not None:
            found[name] = tuple(text for (text,) in content.project([column]) if text is not None)
    return found


def named_values(column: str, lookups: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What the lookup table holds that is named after a column: `categories` for `category`."""
    stem = column.lower()[:-1]
    fitting = (values for name, values in lookups.items() if len(stem) >= _STEM and stem in name.lower())
    return next((values for values in fitting if values), ())


def values_to_show(layout: TableLayout) -> int:
    """The most values that an enum or a list in a CHECK gives to a column. Each is to be in a row."""
    labels = {item.name: len(item.labels) for item in layout.types}
    listed = (
        len(_LITERAL.findall(check.definition))
        for table in layout.tables
        for check in table.of_type("c")
        if "ANY" in check.definition
    )
    used = (labels.get(column.type, 0) for table in layout.tables for column in table.columns)
    return max((*listed, *used), default=0)


def as_type(wish: Wish, type_name: str) -> str | None:
    """A value of head as the text of another type, as an app would have written it there."""
    if wish.text is None:
        return None
    source, target = parse_type(wish.type), parse_type(type_name)
    if source.array and not target.array:
        return ",".join(quoted or bare for quoted, bare in _ELEMENT.findall(wish.text))
    if source.base == "boolean" and target.base != "boolean":
        words = ("1", "0") if target.base in _WHOLE else ("true", "false")
        return words[wish.text != "t"]
    if source.base in _MOMENTS and target.base in _WHOLE:
        with suppress(ValueError):  # `infinity`, and years before the first
            moment = datetime.fromisoformat(wish.text)
            return str(int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()))
    return wish.text

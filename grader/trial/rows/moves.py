"""Finds columns that a step took away and whose values it kept elsewhere, in another form.

Pure. Three forms: a text split into several columns (a full name into two), several columns joined into one,
and a column that became a lookup table. A column that has only a new name is found in `comparison`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from grader.trial.rows.reading import TableContent
from grader.trial.rows.values import is_text

_COMMON = frozenset({"boolean", "smallint", "integer", "bigint"})
"""Types whose values are found in any other column by chance."""
_WORD = re.compile(r"\w+")


def moved_columns(
    before: TableContent,
    after: TableContent,
    vanished: Sequence[str],
    fresh: Iterable[TableContent],
    renamed: Collection[str] = (),
) -> set[str]:
    """The columns of `vanished` whose values are all kept.

    Args:
        before: The table before the step.
        after: The same table after it.
        vanished: Its columns that are gone.
        fresh: The tables that the step made.
        renamed: The new columns that hold another column's values.
    """
    new = [column for column in after.columns if column not in {*before.columns, *renamed}]
    tables = list(fresh)
    return {
        column
        for column in vanished
        if (is_text(before.columns[column], {}) and _in_words(before, after, column, new))
        or (before.columns[column] not in _COMMON and any(_in_column(before, column, i) for i in tables))
    }


def _in_words(before: TableContent, after: TableContent, column: str, new: Sequence[str]) -> bool:
    """True if all words of each value are in the new columns of the same row; only full columns count."""
    new = [name for name in new if all(value is not None for (value,) in after.project([name]))]
    if not new or not before.key or before.key != after.key:
        return False
    rows = zip(after.project(after.key), after.project(new), strict=True)
    words = {identity: set(_words(values)) for identity, values in rows}
    pairs = zip(before.project(before.key), before.project([column]), strict=True)
    found = [set(_words(values)) <= words.get(identity, set()) for identity, values in pairs]
    return bool(found) and all(found)


def _words(values: Iterable[str | None]) -> Iterator[str]:
    for value in values:
        yield from _WORD.findall(value or "")


def _in_column(before: TableContent, column: str, table: TableContent) -> bool:
    """True if one column of a table holds every value."""
    wanted = {value for (value,) in before.project([column]) if value is not None}
    if table.problem is not None or not wanted:
        return False
    return any(wanted <= {value for (value,) in table.project([name])} for name in table.columns)

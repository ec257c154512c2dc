"""Compares the rows that a query gave with those that an assignment expects, and says how they differ.

PostgreSQL's text of a value is read by the type of its column: `1.50` is 1.5, and `t` is true. Must not know
where rows come from.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation

from grader.observations.data import DataAnswer
from grader.text.untrusted import clean, shorten

Key = tuple[str, object]
"""A value as it is compared: what it is, and its value."""
ExpectedRow = Sequence[object] | Mapping[str, object]
"""The values in the order of the columns, or by their names: a column that is left out is NULL."""

NULL: Key = ("null", None)
MOST_ROWS = 5
MOST_CHARACTERS = 80
_WHOLE = ("smallint", "integer", "bigint", "numeric", "oid")
_DIGITS = {"real": 6, "double precision": 12}
"""How many digits of a binary fraction are compared: the last ones depend on how it was computed."""
_MOMENTS = ("date", "timestamp without time zone", "timestamp with time zone")


@dataclass(frozen=True)
class Comparison:
    """What was expected, what was found, and how the two differ."""

    same: bool
    expected: str
    found: str
    reason: str = ""
    """How they differ, as a sentence without a full stop; empty if they do not."""


def compare(answer: DataAnswer, expected: Sequence[ExpectedRow], *, ordered: bool) -> Comparison:
    """Compare an answer with rows.

    Args:
        answer: what PostgreSQL gave; not a refusal.
        expected: rows that fit the columns of the answer, see `misfit`.
        ordered: whether the order of the rows counts.
    """
    wanted = [_expected_keys(row, answer) for row in expected]
    got = [tuple(map(_found_key, row, answer.types)) for row in answer.rows]
    missing, extra = Counter(wanted) - Counter(got), Counter(got) - Counter(wanted)
    if not ordered:  # what is right comes first, in the order of the assignment
        got = [*(Counter(wanted) & Counter(got)).elements(), *extra.elements()]
    if not missing and not extra:
        same = wanted == got or not ordered
        reason = "" if same else "the rows are right, and their order is not"
        return Comparison(same, _listed(wanted), _listed(got), reason)
    reason = _reason(missing, extra, answer.columns)
    if max(len(wanted), len(got)) <= MOST_ROWS:
        return Comparison(False, _listed(wanted), _listed(got), reason)
    # Of many rows, only those that differ are shown.
    asked = f", among them {_listed([*missing.elements()])}" if missing else ""
    odd = f", among them {_listed([*extra.elements()])}" if extra else ""
    return Comparison(False, f"{len(wanted)} rows{asked}", f"{len(got)} rows{odd}", reason)


def shown_rows(expected: Sequence[ExpectedRow]) -> str:
    """Rows of an assignment in words, where there is no answer to compare them with."""
    rows = [row.values() if isinstance(row, Mapping) else row for row in expected]
    return _listed([tuple(_expected_key(value, _type_of(value)) for value in row) for row in rows])


def _type_of(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "numeric" if isinstance(value, int | float) else ""


def misfit(answer: DataAnswer, expected: Sequence[ExpectedRow]) -> str | None:
    """Why the expected rows cannot be those of this query, whatever is in the database; None if they can."""
    for row in expected:
        if isinstance(row, Mapping):
            unknown = [name for name in row if name not in answer.columns]
            if unknown:
                return f"it gives no column {unknown[0]}, only {', '.join(answer.columns)}"
        elif len(row) != len(answer.columns):
            return f"it gives {len(answer.columns)} columns, and a row that is expected has {len(row)} values"
    return None


def _expected_keys(row: ExpectedRow, answer: DataAnswer) -> tuple[Key, ...]:
    values = [row.get(name) for name in answer.columns] if isinstance(row, Mapping) else row
    return tuple(map(_expected_key, values, answer.types))


def _found_key(text: str | None, type_: str) -> Key:
    """A value of PostgreSQL."""
    return NULL if text is None else _key(text, type_) or ("text", _plain(text, type_))


def _expected_key(value: object, type_: str) -> Key:
    """A value of the assignment, read by the type of the column that it is compared with."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, datetime | date | time):
        text = value.isoformat()
    else:
        text = clean(str(value))
    return _key(text, type_) or ("text", _plain(text, type_))


def _key(text: str, type_: str) -> Key | None:
    """A text read by a type; None if the type is not one of these, or if the text is not of that type."""
    reader = _READERS.get(type_)
    try:
        return reader(text) if reader is not None else None
    except (ValueError, InvalidOperation, OverflowError):
        return None


def _plain(text: str, type_: str) -> str:
    if type_ == "character":  # padded
        return text.rstrip(" ")
    return text.lower() if type_ == "uuid" else text


def _number(text: str) -> Key:
    number = Decimal(text)
    return ("number", number if number.is_finite() else str(number))


def _fraction(digits: int) -> Callable[[str], Key]:
    def read(text: str) -> Key:
        number = float(text)
        return ("number", Decimal(f"{number:.{digits}g}") if math.isfinite(number) else str(number))

    return read


def _boolean(text: str) -> Key:
    words = {"t": True, "true": True, "f": False, "false": False}
    if text.lower() not in words:
        raise ValueError(text)
    return ("boolean", words[text.lower()])


def _moment(text: str) -> Key:
    moment = datetime.fromisoformat(text)
    return ("moment", moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment)


def _time(text: str) -> Key:
    return ("time", time.fromisoformat(text))


def _json(text: str) -> Key:
    return ("json", json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False))


_READERS: Mapping[str, Callable[[str], Key]] = {
    **dict.fromkeys(_WHOLE, _number),
    **{type_: _fraction(digits) for type_, digits in _DIGITS.items()},
    **dict.fromkeys(_MOMENTS, _moment),
    "boolean": _boolean,
    "time without time zone": _time,
    "time with time zone": _time,
    "json": _json,
    "jsonb": _json,
}


def _listed(rows: Sequence[tuple[Key, ...]]) -> str:
    if not rows:
        return "no rows"
    more = f" and {len(rows) - MOST_ROWS} more" if len(rows) > MOST_ROWS else ""
    return "; ".join(map(_shown_row, rows[:MOST_ROWS])) + more


def _shown_row(row: tuple[Key, ...]) -> str:
    return f"({', '.join(map(_shown, row))})"


def _shown(key: Key) -> str:
    """A value as SQL writes it."""
    kind, value = key
    if kind == "null":
        return "NULL"
    if kind == "boolean":
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return f"'{shorten(str(value), MOST_CHARACTERS)}'"


def _reason(
    missing: Counter[tuple[Key, ...]], extra: Counter[tuple[Key, ...]], columns: Sequence[str]
) -> str:
    """How rows differ, where it can be told in a few words."""
    if not missing:
        number = sum(extra.values())
        return "there is 1 row too many" if number == 1 else f"there are {number} rows too many"
    if not extra:
        return f"{_counted(missing)} missing"
    lost, odd = list(missing.elements()), list(extra.elements())
    if len(lost) != len(odd):
        return f"{_counted(missing)} missing, and {_counted(extra)} not expected"
    return _mixed_up([(row, _nearest(row, odd)) for row in lost], columns)


def _mixed_up(pairs: Sequence[tuple[tuple[Key, ...], tuple[Key, ...]]], columns: Sequence[str]) -> str:
    """How the values of rows differ from those of the rows that are expected."""
    places = sorted({at for row, other in pairs for at in range(len(row)) if row[at] != other[at]})
    names = " and ".join(dict.fromkeys(columns[at] for at in places[:3]))
    found = [other[at] for row, other in pairs for at in places if row[at] != other[at]]
    if all(value == NULL for value in found):
        return f"NULL where a value is expected, in {names}"
    if all(Counter(row) == Counter(other) for row, other in pairs):
        return f"values in each other's place, in {names}"
    if len(set(found)) == 1 and len(found) > 1:
        return f"the same value in all of these rows, in {names}"
    return f"other values than expected, in {names}"


def _counted(rows: Counter[tuple[Key, ...]]) -> str:
    number = sum(rows.values())
    return "1 row is" if number == 1 else f"{number} rows are"


def _nearest(row: tuple[Key, ...], others: Sequence[tuple[Key, ...]]) -> tuple[Key, ...]:
    """The row that has most values in common, in their place; the first columns decide between equals."""

    def alike(other: tuple[Key, ...]) -> tuple[int, list[bool]]:
        same = [own == its for own, its in zip(row, other, strict=True)]
        return sum(same), same

    return max(others, key=alike)

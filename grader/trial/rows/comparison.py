"""Finds the values that were in rows before a step and are gone after it.

Pure: works on what `reading` has read. It must not judge whether a loss was intended. Some changes lose
nothing: a renamed column or table, a type changed without loss, a NULL that was filled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

from grader.observations.model import RowLoss
from grader.text.untrusted import shorten, single_line
from grader.trial.rows.equality import Normaliser, normaliser
from grader.trial.rows.moves import moved_columns
from grader.trial.rows.reading import Row, TableContent, TableRows, rows_without

MOST_LOSSES = 20
"""How many losses are listed. One more entry says how many others there are."""
_MOST_CHARACTERS = 120
_MOST_EXAMPLES = 20

_Identity = tuple[Hashable, ...]
_Pairs = tuple[tuple[str, str], ...]
"""Columns before and after a step that hold the same values."""


def compare_rows(
    before: TableRows,
    after: TableRows,
    *,
    direction: Literal["up", "down"],
    migrated: Iterable[TableRows] = (),
    refused: Collection[tuple[str, str, str]] = (),
) -> tuple[RowLoss, ...]:
    """Find the values that a step lost.

    On the way up every value must still be there. A column or table that is gone is a loss, unless one new
    column or table has all its values, as after a rename. On the way down only tables and columns count that
    exist on both sides. NULL is no value and cannot be lost. A table that could not be read on one of the
    sides is left out; `TableRows.problems` names it.

    Rows that the revisions themselves put in are data as well: an upgrade may write other values into them,
    and must not remove a row or a value.

    Args:
        before: The rows before the step.
        after: The rows after it.
        direction: `up` for an upgrade, `down` for a downgrade.
        migrated: Rows that the revisions themselves put in (see `rows_added`). For a downgrade: those that it
            may remove, because the revision or a later one put them in.
        refused: Values that have to change, because the schema of head does not allow them (for a downgrade:
            the schema below), as table, column and text.

    Returns:
        At most `MOST_LOSSES` losses, ordered by table, and one more that sums up the rest. All texts are
        clean and short.
    """
    everything, before = before, rows_without(before, migrated)
    losses: list[RowLoss] = []
    fresh = {name: table for name, table in after.tables.items() if name not in before.tables}
    for name, content in sorted(before.tables.items()):
        found = after.tables.get(name)
        if content.problem is not None or (found is not None and found.problem is not None):
            continue
        if found is not None:
            losses.extend(_table_losses(name, content, found, direction, fresh))
            if direction == "up":
                losses.extend(_removed(name, everything.tables[name], content, found))
        elif direction == "up" and content.rows:
            losses.extend(_vanished(name, content, fresh))
    excused = {(table, column, _shown(text)) for table, column, text in refused}
    losses = [loss for loss in losses if (loss.table, loss.column, loss.expected) not in excused]
    if len(losses) > MOST_LOSSES:
        rest = losses[MOST_LOSSES:]
        tables = ", ".join(sorted({loss.table for loss in rest})[:5])
        losses[MOST_LOSSES:] = [RowLoss(tables, None, f"and {len(rest)} more losses", None)]
    return tuple(losses)


def _removed(name: str, everything: TableContent, ours: TableContent, after: TableContent) -> list[RowLoss]:
    """Rows that a revision put in and that are gone or lost a value, known by their primary key."""
    partners = {column: column for column in everything.columns if column in after.columns}
    key = _shared_key(everything, after, partners)
    if not key:
        return []
    known = set(_identities(ours, key, side=0, other=after))
    identities = _identities(everything, key, side=0, other=after)
    rows = (row for row, identity in zip(everything.rows, identities, strict=True) if identity not in known)
    losses = _by_key(name, replace(everything, rows=tuple(rows)), after, partners, key)
    return [
        replace(loss, migrated=True) for loss in losses if loss.column is None or loss.found == _shown(None)
    ]


def _vanished(name: str, content: TableContent, fresh: dict[str, TableContent]) -> list[RowLoss]:
    """The loss of a table that is gone; none if a new table has all its rows."""
    for candidate, found in fresh.items():
        if found.problem is None and found.rows and not _table_losses(name, content, found, "up"):
            del fresh[candidate]
            return []
    size = f"{len(content.rows)} row" + ("s" if len(content.rows) != 1 else "")
    return [RowLoss(name, None, f"the whole table, {size}", None)]


def _table_losses(
    name: str,
    before: TableContent,
    after: TableContent,
    direction: Literal["up", "down"],
    fresh: Mapping[str, TableContent] = MappingProxyType({}),
) -> list[RowLoss]:
    partners = {column: column for column in before.columns if column in after.columns}
    vanished = [c for c in before.columns if c not in after.columns and c not in after.derived]
    renamed = _renamed(before, after, partners, vanished)
    losses: list[RowLoss] = []
    if direction == "up":
        moved = moved_columns(before, after, vanished, fresh.values(), renamed.values())
        gone = [column for column in vanished if column not in renamed and column not in moved]
        losses = [_gone(name, column, text) for column in gone for text in _values(before, column)]
        partners |= renamed
    key = _shared_key(before, after, partners | renamed)
    if key:
        losses.extend(_by_key(name, before, after, partners, key))
    elif partners:
        losses.extend(_as_multisets(name, before, after, partners))
    elif direction == "up" and len(before.rows) > len(after.rows):
        lost = f"{len(before.rows) - len(after.rows)} of {len(before.rows)} rows"
        losses.append(RowLoss(table=name, column=None, expected=lost, found=None))
    return losses


def _renamed(
    before: TableContent, after: TableContent, partners: Mapping[str, str], vanished: Iterable[str]
) -> dict[str, str]:
    """Columns that are gone and whose values are all in a new column, in the same rows if they have a key."""
    new = [column for column in after.columns if column not in before.columns]
    found: dict[str, str] = {}
    key = _shared_key(before, after, partners)
    for column in vanished:
        for candidate in new:
            if candidate in found.values() or not _values(before, column):
                continue
            pair = {column: candidate}
            lost = _by_key("", before, after, pair, key) if key else _as_multisets("", before, after, pair)
            if not lost:
                found[column] = candidate
                break
    return found


def _values(content: TableContent, column: str) -> list[str]:
    return [text for (text,) in content.project([column]) if text is not None]


def _shared_key(before: TableContent, after: TableContent, partners: Mapping[str, str]) -> _Pairs:
    """Pairs of columns that identify a row on both sides; empty if there are none."""
    if not before.key or any(column not in partners for column in before.key):
        return ()
    pairs = tuple((column, partners[column]) for column in before.key)
    # Columns that are no longer the key still identify rows if their values are unique.
    known = after.project([column for _, column in pairs])
    return pairs if len(set(known)) == len(known) else ()


def _identities(
    content: TableContent, pairs: _Pairs, *, side: Literal[0, 1], other: TableContent
) -> list[_Identity]:
    """The values of every row in the paired columns, written so that the two sides can be compared."""
    rules = [_rule(content, pair[side], other, pair[1 - side]) for pair in pairs]
    return [
        tuple(None if value is None else rule(value) for rule, value in zip(rules, row, strict=True))
        for row in content.project([pair[side] for pair in pairs])
    ]


def _rule(content: TableContent, column: str, other: TableContent, partner: str) -> Normaliser:
    """How to write the values of a column, so that those of its partner can be compared with them."""
    labels, others = content.labels.get(column, ()), other.labels.get(partner, ())
    if labels == others or len(labels) != len(others) or content.columns[column] != other.columns[partner]:
        return normaliser(content.columns[column], other.columns[partner])
    # A label with a new name is at the place of the old one.
    places = {text: place for place, text in enumerate(labels) if text not in others}
    return lambda text: places.get(text, text)


def _same_label(
    before: TableContent, after: TableContent, pair: tuple[str, str], old: str | None, new: str | None
) -> bool:
    """True if a text became the label of an enum, or a label a text, and only upper and lower case differ."""
    labels, others = before.labels.get(pair[0], ()), after.labels.get(pair[1], ())
    if old is None or new is None or bool(labels) == bool(others) or old in others:
        return False
    return old.lower() == new.lower()


def _by_key(
    name: str, before: TableContent, after: TableContent, partners: Mapping[str, str], key: _Pairs
) -> list[RowLoss]:
    pairs = tuple(partners.items())
    places = {identity: place for place, identity in enumerate(_identities(after, key, side=1, other=before))}
    old = _identities(before, pairs, side=0, other=after)
    new = _identities(after, pairs, side=1, other=before)
    shown, current = before.project(partners), after.project(partners.values())
    losses = []
    for place, identity in enumerate(_identities(before, key, side=0, other=after)):
        match = places.get(identity)
        if match is None:
            losses.append(_gone(name, None, _row_text(before, before.rows[place])))
            continue
        for index, (column, _) in enumerate(pairs):
            text = shown[place][index]
            same = old[place][index] == new[match][index] or (
                _same_label(before, after, pairs[index], text, current[match][index])
            )
            if text is not None and not same:
                losses.append(RowLoss(name, column, _shown(text), _shown(current[match][index])))
    return losses


def _as_multisets(
    name: str, before: TableContent, after: TableContent, partners: Mapping[str, str]
) -> list[RowLoss]:
    """Without a key: compare whole rows; if no rows are missing in number, name the columns that changed."""
    pairs = tuple(partners.items())
    lost = _missing(before, after, pairs)
    if not lost:
        return []
    if len(after.rows) >= len(before.rows):
        losses = [
            _gone(name, pair[0], before.rows[place][list(before.columns).index(pair[0])])
            for pair in pairs
            for place in _missing(before, after, (pair,))
        ]
        if losses:
            return losses
    return [_gone(name, None, _row_text(before, before.rows[place])) for place in lost]


def _missing(before: TableContent, after: TableContent, pairs: _Pairs) -> list[int]:
    """The positions of the rows that are not in `after`. NULL matches any value."""
    known = Counter(_identities(after, pairs, side=1, other=before))
    unmatched = []
    for place, identity in enumerate(_identities(before, pairs, side=0, other=after)):
        if known[identity]:
            known[identity] -= 1
        else:
            unmatched.append((place, identity))
    missing = []
    for place, identity in unmatched:
        filled = next((k for k, n in known.items() if n and None in identity and _fills(k, identity)), None)
        if filled is None:
            missing.append(place)
        else:
            known[filled] -= 1
    return missing


def _fills(found: _Identity, wanted: _Identity) -> bool:
    return all(want is None or want == have for have, want in zip(found, wanted, strict=True))


def _gone(table: str, column: str | None, text: str | None) -> RowLoss:
    return RowLoss(table=table, column=column, expected=_shown(text), found=None)


def example_rows(rows: TableRows) -> dict[str, str]:
    """One row of each table that has any, as a reader recognises it: its first columns beside the key."""
    found: dict[str, str] = {}
    for name, content in list(rows.tables.items())[:_MOST_EXAMPLES]:
        if content.rows:
            values = dict(zip(content.columns, content.rows[0], strict=True))
            shown = [c for c in values if c not in content.key and values[c] is not None][:3]
            found[name] = ", ".join(f"{column} = {_shown(values[column])}" for column in shown)
    return found


def _row_text(content: TableContent, row: Row) -> str:
    """A row in a form that a reader recognises: its key, or its first columns."""
    names = content.key or tuple(content.columns)[:4]
    values = dict(zip(content.columns, row, strict=True))
    return ", ".join(f"{name} = {'NULL' if values.get(name) is None else values[name]}" for name in names)


def _shown(text: str | None) -> str:
    return "NULL" if text is None else shorten(single_line(text), _MOST_CHARACTERS)

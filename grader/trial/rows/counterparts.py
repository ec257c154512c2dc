"""Finds a table or column of an earlier revision in the schema of head, where it may have a new name.

Pure: goes by columns and their order, which a new name does not change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from grader.trial.rows.values import is_text

Columns = Mapping[str, str]
"""The columns of a table in its order, each with its type."""


def table_at_head(
    name: str, earlier: Columns, head: Mapping[str, Columns], known: Collection[str]
) -> str | None:
    """The table of head that this one is or becomes.

    Args:
        name: The table's name at the earlier revision.
        earlier: Its columns there.
        head: The tables of head with their columns.
        known: All tables of the earlier revision.
    """
    if name in head:
        return name
    shared = {
        other: len(earlier.keys() & columns.keys()) for other, columns in head.items() if other not in known
    }
    best = max(shared, key=lambda other: shared[other], default=None)
    return best if best is not None and 2 * shared[best] > len(earlier) else None


def columns_at_head(earlier: Columns, head: Columns) -> dict[str, str]:
    """The columns of head that these ones are or become: a new name is at the place of the old one."""
    found: dict[str, str] = {}
    names = list(head)
    following = names[0] if names else None
    for column, kind in earlier.items():
        same_place = following is not None and following not in earlier
        if column in head:
            found[column] = column
        elif same_place and following is not None and _alike(kind, head[following]):
            found[column] = following
        else:
            continue
        place = names.index(found[column]) + 1
        following = names[place] if place < len(names) else None
    return found


def _alike(first: str, second: str) -> bool:
    return first == second or (is_text(first, {}) and is_text(second, {}))

"""Which differences between models and database `alembic check` and `--autogenerate` look at.

Found by trying: `tests/integration/test_autogenerate.py` compares this with what Alembic says. It is about an
`env.py` that sets no `compare_...` of its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from grader.observations.schema import ChangeKind, Difference, SchemaKind

_OF_COLUMNS = frozenset({"nullable"})
_OF_FOREIGN_KEYS = frozenset({"on_delete", "on_update", "deferrable", "initially_deferred"})
_OTHER_KINDS = {
    SchemaKind.TYPE: "types",
    SchemaKind.SEQUENCE: "sequences",
    SchemaKind.VIEW: "views",
    SchemaKind.FUNCTION: "functions",
    SchemaKind.TRIGGER: "triggers",
}


def not_looked_at(item: Difference, among: Iterable[Difference] = ()) -> str | None:
    """What Alembic does not look at, if it does not see this difference; None if it sees it.

    Args:
        item: a difference between models and database, as `equivalent` finds it.
        among: all differences that were found with it. Alembic takes two indexes of one name for the same.
    """
    if item.kind is SchemaKind.TABLE:
        return None if item.property is None else "how a table is stored"
    if item.kind is SchemaKind.COLUMN:
        return _of_column(item)
    if item.kind is SchemaKind.CONSTRAINT:
        return _of_constraint(item)
    if item.kind is SchemaKind.INDEX:
        table = item.name.rpartition(" on ")[2]
        beside = [item, *(other for other in among if other.name.rpartition(" on ")[2] == table)]
        is_special = any(other.kind is SchemaKind.INDEX and _is_special(other.name) for other in beside)
        return "all properties of an index" if is_special or item.property else None
    return _OTHER_KINDS.get(item.kind, f"a {item.kind}")


def _of_column(item: Difference) -> str | None:
    if item.change is not ChangeKind.CHANGED or item.property in _OF_COLUMNS:
        return None
    if item.property == "default":
        return "server defaults, unless env.py sets compare_server_default=True"
    if item.property == "type":
        return _of_type(item.expected, item.found)
    return {
        "autoincrement": "whether a column takes its values from a sequence",
        "collation": "collations",
        "generated": "generated columns",
        "expression": "generated columns",
    }.get(item.property or "", f"the {item.property} of a column")


def _of_type(ours: object, theirs: object) -> str | None:
    if isinstance(ours, tuple) or isinstance(theirs, tuple):
        return "the labels of an enum"
    one, other = str(ours), str(theirs)
    if one.endswith("[]") != other.endswith("[]") and one.rstrip("[]") == other.rstrip("[]"):
        return "whether a type is an array"
    # Such as VARCHAR and VARCHAR with a length.
    if one.partition("(")[0] == other.partition("(")[0] and ("(" in one) != ("(" in other):
        return "a length or a precision that only one side has"
    return None


def _of_constraint(item: Difference) -> str | None:
    kind = item.name.partition("(")[0].strip()
    if kind == "foreign key":
        if item.property is None or item.property in _OF_FOREIGN_KEYS:
            return None
        return "MATCH of a foreign key" if item.property == "match" else "whether a foreign key is checked"
    if kind.startswith("unique") and item.property is None:
        return None
    kinds = {"check": "CHECK constraints", "primary key": "primary keys", "unique": "deferrable constraints"}
    return kinds.get(kind, "such constraints")


def _is_special(index: str) -> bool:
    """Whether an index has a method, a condition or an expression, which Alembic does not compare."""
    return " using " in index or " where " in index or "((" in index

"""What a schema is once it has left the database: a flat set of named objects with properties.

This module knows nothing of PostgreSQL connections; `snapshot` fills these values, `compare` compares them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import msgspec

PropertyValue = str | int | bool | None | tuple[str, ...]
"""What a property can hold: everything is rendered by PostgreSQL, so text goes a long way."""


@dataclass(frozen=True)
class SchemaObject:
    """One thing PostgreSQL knows about: a table, a column, a constraint, a type, ..."""

    kind: str
    """`schema`, `table`, `column`, `constraint`, `index`, `sequence`, `type`, `function`, `trigger`, ...

    Only what holds rows of its own is a `table` (its property `relation` is `table` or `partitioned table`)
    and has a `column`. A view, also a materialised one, is a `view`, a foreign table a `foreign table`; their
    parts, and those of a composite type, are an `attribute`.
    """
    name: str
    """Qualified below the schema `public` (`users`, `users.bio`, `users.users_pkey`); objects in other
    schemas carry the schema's name in front (`other.users.bio`). A part with a dot in it is quoted."""
    properties: dict[str, PropertyValue]
    """Property name to value; a property that does not apply is absent. So is one with its usual value where
    not every version of PostgreSQL knows it: `enforced` is False or absent, `nulls_not_distinct` True or not
    there. What PostgreSQL prints (types, expressions, definitions) is qualified also below `public`."""


@dataclass(frozen=True)
class SchemaSnapshot:
    """Everything that makes up a schema at one moment, ordered by kind and name."""

    objects: tuple[SchemaObject, ...]

    @cached_property
    def digest(self) -> str:
        """A short content hash: equal digests mean strictly equal schemas."""
        return hashlib.sha256(msgspec.json.encode(self.objects, order="deterministic")).hexdigest()[:16]

    @cached_property
    def by_name(self) -> dict[tuple[str, str], SchemaObject]:
        """Every object by its kind and name."""
        return {(item.kind, item.name): item for item in self.objects}

    @cached_property
    def _by_kind(self) -> dict[str, tuple[SchemaObject, ...]]:
        kinds = dict.fromkeys(item.kind for item in self.objects)
        return {kind: tuple(item for item in self.objects if item.kind == kind) for kind in kinds}

    def of_kind(self, kind: str) -> tuple[SchemaObject, ...]:
        """All objects of one kind."""
        return self._by_kind.get(kind, ())

    def find(self, kind: str, name: str) -> SchemaObject | None:
        """The object of that kind and name, or None."""
        return self.by_name.get((kind, name))

    def within(self, kind: str, table: str) -> tuple[SchemaObject, ...]:
        """The objects of a kind that belong to a table (their property `table` names it)."""
        return tuple(item for item in self.of_kind(kind) if item.properties.get("table") == table)


@dataclass(frozen=True)
class Difference:
    """One way in which two snapshots differ."""

    change: str
    """`missing` (expected, not found), `extra` (found, not expected) or `changed`."""
    kind: str
    name: str
    property: str | None = None
    """The property that changed; None when the whole object is missing or extra."""
    expected: PropertyValue = None
    found: PropertyValue = None
    revision: str | None = None
    """The revision at which the difference first appears, where known."""

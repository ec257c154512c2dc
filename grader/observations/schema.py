"""A database schema as a value: a flat set of named objects with properties.

Must not know PostgreSQL connections. `trial.schema` fills these values, `judging.comparison` compares them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import msgspec

PropertyValue = str | int | bool | None | tuple[str, ...]
"""What a property can hold. PostgreSQL prints most values as text."""


class SchemaKind(StrEnum):
    """What an object of a schema is."""

    SCHEMA = "schema"
    """A schema of the database."""
    TABLE = "table"
    """What holds rows of its own; its property `relation` is `table` or `partitioned table`."""
    COLUMN = "column"
    """A column of a table."""
    CONSTRAINT = "constraint"
    """A constraint of a table."""
    INDEX = "index"
    """An index."""
    SEQUENCE = "sequence"
    """A sequence, also one behind a serial or identity column."""
    VIEW = "view"
    """A view, also a materialised one."""
    FOREIGN_TABLE = "foreign table"
    """A table of another server."""
    ATTRIBUTE = "attribute"
    """A column of a view, of a foreign table or of a composite type."""
    TYPE = "type"
    """An enum, a domain, a composite, a range or a base type."""
    DOMAIN_CONSTRAINT = "domain constraint"
    """A constraint of a domain."""
    FUNCTION = "function"
    """A function, a procedure, an aggregate or a window function."""
    TRIGGER = "trigger"
    """A trigger of a table."""
    RULE = "rule"
    """A rewrite rule."""
    POLICY = "policy"
    """A policy of row level security."""
    EVENT_TRIGGER = "event trigger"
    """A trigger on statements that change the schema."""
    STATISTICS = "statistics"
    """Extended statistics of a table."""
    EXTENSION = "extension"
    """An extension."""
    DEFAULT_PRIVILEGES = "default privileges"
    """What `ALTER DEFAULT PRIVILEGES` gives to objects that are made later."""
    PUBLICATION = "publication"
    """A publication of logical replication."""
    SUBSCRIPTION = "subscription"
    """A subscription of logical replication."""
    OPERATOR = "operator"
    """An operator."""
    OPERATOR_FAMILY = "operator family"
    """A family of operators for an index method."""
    OPERATOR_CLASS = "operator class"
    """The operators that an index uses for a type."""
    CAST = "cast"
    """A cast between two types."""
    CONVERSION = "conversion"
    """A conversion between encodings."""
    COLLATION = "collation"
    """A collation."""
    TEXT_SEARCH_CONFIGURATION = "text search configuration"
    """A configuration of text search."""
    TEXT_SEARCH_DICTIONARY = "text search dictionary"
    """A dictionary of text search."""
    FOREIGN_DATA_WRAPPER = "foreign data wrapper"
    """A driver for foreign servers."""
    FOREIGN_SERVER = "foreign server"
    """A server that foreign tables are on."""
    LANGUAGE = "language"
    """A language of functions."""
    ACCESS_METHOD = "access method"
    """A method for tables or indexes."""


class ChangeKind(StrEnum):
    """How an object differs between two schemas."""

    MISSING = "missing"
    """It is expected and not there."""
    EXTRA = "extra"
    """It is there and not expected."""
    CHANGED = "changed"
    """It is in both, and a property of it is another."""


@dataclass(frozen=True)
class SchemaObject:
    """One thing PostgreSQL knows about: a table, a column, a constraint, a type, ..."""

    kind: SchemaKind
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

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def _digest_and_size(self) -> tuple[str, int]:
        encoded = msgspec.json.encode(self.objects, order="deterministic")
        return hashlib.sha256(encoded).hexdigest()[:16], len(encoded)

    @property
    def digest(self) -> str:
        """A short content hash: equal digests mean strictly equal schemas."""
        return self._digest_and_size[0]

    @property
    def size(self) -> int:
        """Bytes that it takes as JSON."""
        return self._digest_and_size[1]

    @cached_property
    def table_and_column_names(self) -> frozenset[str]:
        """The names of all tables (`courses`) and of all columns (`courses.title`)."""
        kinds = (SchemaKind.TABLE, SchemaKind.COLUMN)
        return frozenset(item.name for item in self.objects if item.kind in kinds)

    @cached_property
    def by_name(self) -> dict[tuple[SchemaKind, str], SchemaObject]:
        """Every object by its kind and name."""
        return {(item.kind, item.name): item for item in self.objects}

    @cached_property
    def _by_kind(self) -> dict[SchemaKind, tuple[SchemaObject, ...]]:
        kinds = dict.fromkeys(item.kind for item in self.objects)
        return {kind: tuple(item for item in self.objects if item.kind == kind) for kind in kinds}

    def of_kind(self, kind: SchemaKind) -> tuple[SchemaObject, ...]:
        """All objects of one kind."""
        return self._by_kind.get(kind, ())

    def find(self, kind: SchemaKind, name: str) -> SchemaObject | None:
        """The object of that kind and name, or None."""
        return self.by_name.get((kind, name))

    def within(self, kind: SchemaKind, table: str) -> tuple[SchemaObject, ...]:
        """The objects of a kind that belong to a table (their property `table` names it)."""
        return tuple(item for item in self.of_kind(kind) if item.properties.get("table") == table)


@dataclass(frozen=True)
class Difference:
    """One way in which two snapshots differ."""

    change: ChangeKind
    kind: SchemaKind
    name: str
    property: str | None = None
    """The property that changed; None when the whole object is missing or extra."""
    expected: PropertyValue = None
    found: PropertyValue = None
    revision: str | None = None
    """The revision at which the difference first appears, where known."""

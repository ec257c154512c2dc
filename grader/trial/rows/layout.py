"""The tables of schema `public` as seeding and reading rows need them, from one query on `pg_catalog`.

A snapshot says what a schema is. This module says how to get rows into it and out of it. It reads only
PostgreSQL's own catalogue and must not touch a student's table, so that nothing that a student defined runs.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

import msgspec
from psycopg2.extensions import connection

from grader.trial.schema.snapshot import SchemaTooLargeError

MOST_BYTES = 4 * 1024 * 1024
"""How much is read of all tables and types together. The exercise has about 10 kB."""
_STATEMENT = "grader_rows_layout"


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    type: str
    """As `format_type` writes it over our session: `character varying(80)`, `public.mood[]`."""
    nullable: bool
    generated: bool
    """True for GENERATED ALWAYS AS (...): PostgreSQL computes the value from other columns."""
    identity: str
    """`a` for GENERATED ALWAYS AS IDENTITY, `d` for BY DEFAULT, empty otherwise."""
    sequence: str | None
    """The sequence that its default takes values from, quoted and qualified."""


@dataclass(frozen=True)
class Constraint:
    """A constraint, or a unique index that belongs to no constraint (its `type` is `u` as well)."""

    name: str
    type: str
    """As in `pg_constraint.contype`: `p`, `u`, `f`, `c` or `x`."""
    columns: tuple[str, ...]
    definition: str
    target: str | None = None
    """For a foreign key: the table that it refers to; None if that is not in schema `public`."""
    target_columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table that can hold rows of its own (`r`) or whose partitions hold them (`p`)."""

    name: str
    """The name in the catalogue; `label` is the name in a snapshot."""
    kind: str
    root: str | None
    """For a partition: the partitioned table at the top, to which its rows count."""
    heap_bytes: int
    """Size on disk, without values that are stored out of line."""
    toast_bytes: int
    """Size on disk of the values stored out of line (compressed, most of the time)."""
    columns: tuple[Column, ...]
    constraints: tuple[Constraint, ...]

    @property
    def label(self) -> str:
        """The table's name in a snapshot: quoted if it would be ambiguous otherwise."""
        return '"' + self.name.replace('"', '""') + '"' if re.search(r'[."]', self.name) else self.name

    @property
    def key(self) -> tuple[str, ...]:
        """The primary key's columns; empty when there is none."""
        return next((item.columns for item in self.constraints if item.type == "p"), ())

    def of_type(self, kind: str) -> tuple[Constraint, ...]:
        """The constraints of one type."""
        return tuple(item for item in self.constraints if item.type == kind)


@dataclass(frozen=True)
class UserType:
    """A type that is not PostgreSQL's own."""

    name: str
    """Qualified and quoted as `format_type` writes it."""
    kind: str
    """As in `pg_type.typtype`: `e` enum, `d` domain, `c` composite, `r` range, `m` multirange, `b` base."""
    category: str
    labels: tuple[str, ...] = ()
    base: str | None = None
    """A domain's base type, a range's subtype, a multirange's range."""
    checks: tuple[str, ...] = ()
    """Definitions of a domain's CHECK constraints."""
    attributes: tuple[str, ...] = ()
    """The types of a composite's attributes, in order."""


@dataclass(frozen=True)
class TableLayout:
    """All tables and types of the student that matter for rows."""

    tables: tuple[Table, ...]
    types: tuple[UserType, ...]

    def parts(self, table: Table) -> tuple[Table, ...]:
        """The tables that hold a table's rows: itself, or the partitions of a partitioned one."""
        if table.kind == "r":
            return (table,)
        return tuple(item for item in self.tables if item.kind == "r" and item.root == table.name)


# Created while only one thread runs: msgspec crashes if two threads are the first to decode a type.
_LAYOUT = msgspec.json.Decoder(TableLayout)
# The search path comes first, so that all operators and functions are those of pg_catalog. The other settings
# are fixed, so that equal rows give equal text whatever settings the session had before.
SETTINGS = """
SET search_path = pg_catalog, pg_temp;
SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET TimeZone = 'UTC';
SET bytea_output = 'hex'; SET extra_float_digits = 1; SET quote_all_identifiers = off;
SET row_security = off; SET jit = off;
"""

_TABLES = """
WITH relations AS (
    SELECT c.oid, c.relname, c.relkind, c.reltoastrelid, c.relispartition
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
), sequences AS (
    SELECT d.refobjid AS relation, d.refobjsubid AS attnum, d.objid AS sequence
    FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
      AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
    UNION ALL
    SELECT a.adrelid, a.adnum, d.refobjid
    FROM pg_attrdef a JOIN pg_depend d
      ON d.classid = 'pg_attrdef'::regclass AND d.objid = a.oid AND d.refclassid = 'pg_class'::regclass
)
SELECT coalesce(json_agg(json_build_object(
    'name', r.relname, 'kind', r.relkind,
    'root', CASE WHEN r.relispartition THEN
        (SELECT p.relname FROM pg_class p WHERE p.oid = pg_partition_root(r.oid)) END,
    'heap_bytes', coalesce(pg_relation_size(r.oid), 0),
    'toast_bytes', CASE WHEN r.reltoastrelid <> 0 THEN coalesce(pg_relation_size(r.reltoastrelid), 0)
                   ELSE 0 END,
    'columns', (
        SELECT coalesce(json_agg(json_build_object(
            'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'nullable', NOT a.attnotnull,
            'generated', a.attgenerated <> '',
            'identity', a.attidentity, 'sequence', (
                SELECT format('%I.%I', sn.nspname, s.relname)
                FROM sequences q JOIN pg_class s ON s.oid = q.sequence AND s.relkind = 'S'
                JOIN pg_namespace sn ON sn.oid = s.relnamespace
                WHERE q.relation = a.attrelid AND q.attnum = a.attnum
                  AND (a.attidentity <> '' OR ad.oid IS NOT NULL) LIMIT 1)
            ) ORDER BY a.attnum), '[]'::json)
        FROM pg_attribute a
        LEFT JOIN pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
        WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped),
    'constraints', (
        SELECT coalesce(json_agg(json_build_object(
            'name', x.name, 'type', x.type, 'columns', x.columns, 'definition', x.definition,
            'target', x.target, 'target_columns', x.target_columns) ORDER BY x.name), '[]'::json)
        FROM (
            SELECT k.conname AS name, k.contype AS type,
                left(pg_get_constraintdef(k.oid), 10000) AS definition,
                array(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY u(num, place)
                      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num
                      ORDER BY u.place) AS columns,
                (SELECT t.relname FROM relations t WHERE t.oid = k.confrelid) AS target,
                array(SELECT a.attname FROM unnest(k.confkey) WITH ORDINALITY u(num, place)
                      JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num
                      ORDER BY u.place) AS target_columns
            FROM pg_constraint k WHERE k.conrelid = r.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')
            UNION ALL
            SELECT ic.relname, 'u', left(pg_get_indexdef(i.indexrelid), 10000),
                array(SELECT DISTINCT a.attname FROM pg_depend d
                      JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                      WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                        AND d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid), NULL, '{}'
            FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
            WHERE i.indrelid = r.oid AND i.indisunique
              AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = r.oid
                                AND k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
        ) x)
    ) ORDER BY r.relname), '[]'::json)
FROM relations r
"""

_TYPES = """
SELECT coalesce(json_agg(json_build_object(
    'name', format_type(t.oid, NULL), 'kind', t.typtype, 'category', t.typcategory,
    'labels', array(SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder),
    'base', CASE t.typtype
        WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod)
        WHEN 'r' THEN (SELECT format_type(g.rngsubtype, NULL) FROM pg_range g WHERE g.rngtypid = t.oid)
        WHEN 'm' THEN (SELECT format_type(g.rngtypid, NULL) FROM pg_range g WHERE g.rngmultitypid = t.oid)
        END,
    'checks', array(SELECT left(pg_get_constraintdef(k.oid), 10000) FROM pg_constraint k
                    WHERE k.contypid = t.oid AND k.contype = 'c'),
    'attributes', array(SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
                        WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
                        ORDER BY a.attnum))), '[]'::json)
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND t.typcategory <> 'A'
"""


def read_layout(inspector: connection, tables: Collection[str]) -> TableLayout:
    """Read tables and types from the catalogue, and prepare the session for reading rows.

    Args:
        inspector: The harness's own connection to the student's database. Its `search_path` becomes
            `pg_catalog`, and the settings that decide how values are written are fixed.
        tables: The names of the tables in a snapshot. Their partitions are read too.

    Raises:
        SchemaTooLargeError: what is asked for is more than is read.
        psycopg2.Error: the connection is lost, or a timeout of the session was hit.
    """
    with inspector.cursor() as cursor:
        cursor.execute(f"{SETTINGS} SELECT count(*) FROM pg_prepared_statements WHERE name = '{_STATEMENT}'")  # noqa: S608 - a constant
        if cursor.fetchone() == (0,):
            # Planning takes longer than running, and the same session asks again after every revision.
            cursor.execute(
                f"PREPARE {_STATEMENT} AS "  # noqa: S608 - constants
                f"SELECT CASE WHEN octet_length(listed.text) <= {MOST_BYTES} THEN listed.text END FROM ("
                f"SELECT json_build_object('tables', ({_TABLES}), 'types', ({_TYPES}))::text AS text OFFSET 0"
                ") AS listed"
            )
        cursor.execute(f"EXECUTE {_STATEMENT}")
        (text,) = cursor.fetchone() or ("",)
    if text is None:
        raise SchemaTooLargeError(f"its tables and types take more than {MOST_BYTES // 1024**2} MB")
    layout = _LAYOUT.decode(text)
    roots = {table.name for table in layout.tables if table.root is None and table.label in tables}
    wanted = tuple(table for table in layout.tables if (table.root or table.name) in roots)
    return TableLayout(wanted, layout.types)

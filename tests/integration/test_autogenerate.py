"""What Alembic's autogenerate sees of a difference, against what the hints say of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects import postgresql

from grader.judging.comparison.autogenerate import not_looked_at
from grader.judging.comparison.compare import equivalent
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.interface import PostgresServer
from grader.trial.schema.snapshot import take_snapshot

pytestmark = pytest.mark.postgres

ID = "id serial PRIMARY KEY"


@dataclass(frozen=True)
class Pair:
    """A table `t` in the models (beside its `id`) and in SQL."""

    name: str
    items: tuple[sa.schema.SchemaItem, ...]
    sql: str
    seen: bool


def column(*arguments: object, **options: object) -> sa.Column[Any]:
    return sa.Column("a", *arguments, **options)  # type: ignore[arg-type]


def typed(name: str, type_: sa.types.TypeEngine[Any], sql: str, *, seen: bool) -> Pair:
    return Pair(name, (column(type_),), f"CREATE TABLE t ({ID}, a {sql})", seen)


PAIRS = (
    typed("another length", sa.String(80), "varchar(50)", seen=True),
    typed("a length in the database only", sa.String(), "varchar(50)", seen=False),
    typed("a length in the models only", sa.String(50), "varchar", seen=False),
    typed("text for varchar", sa.String(50), "text", seen=True),
    typed("varchar for text", sa.Text(), "varchar(50)", seen=True),
    typed("a precision in the database only", sa.Numeric(), "numeric(10,2)", seen=False),
    typed("a wider integer", sa.Integer(), "bigint", seen=True),
    typed("a time zone", sa.DateTime(), "timestamptz", seen=True),
    typed("jsonb for json", sa.JSON(), "jsonb", seen=True),
    typed("an array of another type", postgresql.ARRAY(sa.Text()), "varchar[]", seen=True),
    typed("an array for one value", postgresql.ARRAY(sa.Text()), "text", seen=False),
    typed("text for an enum", sa.Enum("x", name="m"), "text", seen=True),
    Pair(
        "other labels",
        (column(sa.Enum("x", "y", name="m")),),
        f"CREATE TYPE m AS ENUM ('x'); CREATE TABLE t ({ID}, a m)",
        seen=False,
    ),
    Pair("not null", (column(sa.Text()),), f"CREATE TABLE t ({ID}, a text NOT NULL)", seen=True),
    Pair("a column less", (column(sa.Text()),), f"CREATE TABLE t ({ID})", seen=True),
    Pair("a column more", (), f"CREATE TABLE t ({ID}, a text)", seen=True),
    Pair(
        "a default in the models",
        (column(sa.Text(), server_default="x"),),
        f"CREATE TABLE t ({ID}, a text)",
        seen=False,
    ),
    Pair(
        "a default in the database",
        (column(sa.Text()),),
        f"CREATE TABLE t ({ID}, a text DEFAULT 'x')",
        seen=False,
    ),
    Pair("no autoincrement", (), "CREATE TABLE t (id integer PRIMARY KEY)", seen=False),
    Pair("no primary key", (), "CREATE TABLE t (id serial NOT NULL)", seen=False),
    Pair("a collation", (column(sa.Text(collation="C")),), f"CREATE TABLE t ({ID}, a text)", seen=False),
    Pair(
        "a generated column",
        (column(sa.Integer(), sa.Computed("id * 2", persisted=True)),),
        f"CREATE TABLE t ({ID}, a integer)",
        seen=False,
    ),
    Pair("no unique", (column(sa.Text(), unique=True),), f"CREATE TABLE t ({ID}, a text)", seen=True),
    Pair("unique", (column(sa.Text()),), f"CREATE TABLE t ({ID}, a text UNIQUE)", seen=True),
    Pair(
        "a deferrable unique",
        (column(sa.Text()), sa.UniqueConstraint("a", name="u", deferrable=True)),
        f"CREATE TABLE t ({ID}, a text CONSTRAINT u UNIQUE)",
        seen=False,
    ),
    Pair("no index", (column(sa.Text(), index=True),), f"CREATE TABLE t ({ID}, a text)", seen=True),
    Pair(
        "an index",
        (column(sa.Text()),),
        f"CREATE TABLE t ({ID}, a text); CREATE INDEX i ON t (a)",
        seen=True,
    ),
    Pair(
        "an index of another method",
        (column(sa.Text(), index=True),),
        f"CREATE TABLE t ({ID}, a text); CREATE INDEX ix_t_a ON t USING hash (a)",
        seen=False,
    ),
    Pair(
        "no foreign key",
        (column(sa.Integer(), sa.ForeignKey("o.id")),),
        f"CREATE TABLE t ({ID}, a integer)",
        seen=True,
    ),
    Pair(
        "an action",
        (column(sa.Integer(), sa.ForeignKey("o.id")),),
        f"CREATE TABLE t ({ID}, a integer REFERENCES o ON DELETE CASCADE)",
        seen=True,
    ),
    Pair(
        "deferral",
        (column(sa.Integer(), sa.ForeignKey("o.id", deferrable=True, initially="DEFERRED")),),
        f"CREATE TABLE t ({ID}, a integer REFERENCES o)",
        seen=True,
    ),
    Pair(
        "MATCH",
        (column(sa.Integer(), sa.ForeignKey("o.id", match="FULL")),),
        f"CREATE TABLE t ({ID}, a integer REFERENCES o)",
        seen=False,
    ),
    Pair(
        "a foreign key that is not checked",
        (column(sa.Integer(), sa.ForeignKey("o.id")),),
        f"CREATE TABLE t ({ID}, a integer); ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES o NOT VALID",
        seen=False,
    ),
    Pair("no check", (sa.CheckConstraint("id > 0", name="c"),), f"CREATE TABLE t ({ID})", seen=False),
    Pair("a check", (), f"CREATE TABLE t ({ID} CONSTRAINT c CHECK (id > 0))", seen=False),
    Pair("a sequence", (), f"CREATE TABLE t ({ID}); CREATE SEQUENCE s", seen=False),
    Pair("a type", (), f"CREATE TABLE t ({ID}); CREATE TYPE m AS ENUM ('x')", seen=False),
    Pair("no table", (), "", seen=True),
    Pair("a table more", (), f"CREATE TABLE t ({ID}); CREATE TABLE more (id integer)", seen=True),
)


@pytest.fixture(scope="module")
def connection(embedded_server: PostgresServer) -> Iterator[sa.Connection]:
    with StudentDatabase.create(embedded_server) as database:
        session = database.inspector
        session.autocommit = False
        engine = sa.create_engine("postgresql+psycopg2://", creator=lambda: session)
        with engine.connect() as connection:
            yield connection
        engine.dispose()


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_what_alembic_sees(connection: sa.Connection, pair: Pair) -> None:
    metadata = sa.MetaData()
    sa.Table("o", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), *pair.items)
    session = connection.connection.dbapi_connection
    assert session is not None
    connection.exec_driver_sql("SET search_path = public")
    metadata.create_all(connection)
    ours = take_snapshot(session)
    connection.rollback()
    connection.exec_driver_sql(f"SET search_path = public; CREATE TABLE o ({ID}); {pair.sql}")
    theirs = take_snapshot(session)
    connection.exec_driver_sql("SET search_path = public")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of generated columns
        seen = compare_metadata(MigrationContext.configure(connection), metadata)
    connection.rollback()
    differences = equivalent(ours, theirs, defaults=True, extra=True)
    assert differences
    assert bool(seen) == pair.seen
    assert any(not_looked_at(item, differences) is None for item in differences) == pair.seen

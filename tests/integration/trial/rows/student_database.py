"""A student's database as the tests of rows use it, and the exercise's three revisions as SQL."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from grader.trial.rows import SeedResult, TableRows, Wishes, compare_rows, read_rows, seed
from grader.trial.schema.snapshot import take_snapshot

if TYPE_CHECKING:
    from collections.abc import Collection

    from grader.observations.model import RowLoss
    from grader.observations.schema import SchemaSnapshot
    from grader.runtime.postgres.databases import RoleLabel, StudentDatabase

FIRST_REVISION = """
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('0001');
CREATE TABLE organizations (
    id serial PRIMARY KEY, name varchar(100) NOT NULL UNIQUE, slug varchar(50) NOT NULL UNIQUE,
    plan varchar(20), is_active boolean, created_at timestamp, updated_at timestamp);
CREATE TABLE users (
    id serial PRIMARY KEY, username varchar(80) NOT NULL UNIQUE, email varchar(120) NOT NULL UNIQUE,
    full_name varchar(100), is_active boolean, organization_id integer NOT NULL REFERENCES organizations,
    created_at timestamp, updated_at timestamp);
CREATE TABLE posts (
    id serial PRIMARY KEY, user_id integer NOT NULL REFERENCES users,
    organization_id integer NOT NULL REFERENCES organizations, title varchar(200) NOT NULL, content text,
    status varchar(20), view_count integer, created_at timestamp, updated_at timestamp);
"""
SECOND_REVISION = "ALTER TABLE users ADD bio text, ADD avatar_url varchar(255)"
THIRD_REVISION = """
CREATE TABLE categories (
    id serial PRIMARY KEY, name varchar(50) NOT NULL UNIQUE, slug varchar(50) NOT NULL UNIQUE,
    description text, created_at timestamp);
ALTER TABLE posts ADD category_id integer REFERENCES categories;
"""


class Database:
    """A student's database, and the harness's view of it."""

    def __init__(self, student: StudentDatabase) -> None:
        self.student = student
        self.round = 0

    def run(self, statements: str, label: RoleLabel = "direct") -> None:
        """Run statements as one of the student's roles."""
        with closing(self.student.connect_as(label)) as session, session.cursor() as cursor:
            cursor.execute(statements)

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """Query as the harness, for what a test wants to know."""
        with self.student.inspector.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def snapshot(self) -> SchemaSnapshot:
        """The schema as it is now."""
        return take_snapshot(self.student.inspector, role_labels=self.student.role_labels)

    def seed(
        self,
        rows_per_table: int = 2,
        without: Collection[str] = (),
        filled: Collection[str] = (),
        wishes: Wishes | None = None,
    ) -> SeedResult:
        """The next round of rows."""
        result = seed(
            self.student.connect_as,
            self.snapshot(),
            self.student.inspector,
            round=self.round,
            rows_per_table=rows_per_table,
            without=without,
            filled=filled,
            wishes=wishes,
        )
        self.round += 1
        return result

    def rows(self) -> TableRows:
        """All rows as they are now."""
        return read_rows(self.student.inspector, self.snapshot())

    def losses_of(self, statements: str) -> tuple[RowLoss, ...]:
        """Seed, run an upgrade's statements, compare."""
        assert self.seed().problems == {}
        before = self.rows()
        self.run(statements)
        return compare_rows(before, self.rows(), direction="up")

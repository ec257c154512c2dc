"""Operations as SQL."""

from __future__ import annotations

import pytest

from grader.proof.operators import Project
from grader.proof.operators.wheat_sql import sql_for
from tests.unit.proof.operators.chains import small
from tests.unit.proof.operators.changes import changes


@pytest.mark.parametrize(
    ("operation", "sql"),
    [
        ('op.drop_table("things")', 'DROP TABLE "things"'),
        ('op.drop_column("things", "kind")', 'ALTER TABLE "things" DROP COLUMN "kind"'),
        ('op.drop_constraint("fk", "things")', 'ALTER TABLE "things" DROP CONSTRAINT "fk"'),
        (
            'op.add_column("things", sa.Column("at", sa.DateTime(timezone=True), nullable=False))',
            'ALTER TABLE "things" ADD COLUMN "at" TIMESTAMP WITH TIME ZONE NOT NULL',
        ),
        (
            'op.add_column("things", sa.Column("price", sa.Numeric(precision=8, scale=2)))',
            'ALTER TABLE "things" ADD COLUMN "price" NUMERIC(8, 2)',
        ),
        (
            'op.create_foreign_key("fk", "things", "boxes", ["box_id"], ["id"])',
            'ALTER TABLE "things" ADD CONSTRAINT "fk" FOREIGN KEY ("box_id") REFERENCES "boxes" ("id")',
        ),
        (
            'op.create_table("t", sa.Column("id", sa.Integer()), sa.PrimaryKeyConstraint("id"))',
            'CREATE TABLE "t" ("id" SERIAL NOT NULL, PRIMARY KEY ("id"))',
        ),
        ('op.add_column("things", sa.Column("a", sa.Text(), server_default="x"))', None),
        ('op.add_column("things", sa.Column("a", sa.Enum("x")))', None),
        ('op.create_foreign_key("fk", "a", "b", ["c"], ["d"], ondelete="CASCADE")', None),
        ('op.create_table("t", sa.Column("id", sa.Text()), schema="other")', None),
        ('op.alter_column("things", "a", nullable=False)', None),
    ],
)
def test_an_operation_is_sql_or_is_not_known(operation: str, sql: str | None) -> None:
    (read,) = small(operation).steps[1].upgrade
    assert sql_for(read) == sql


def test_a_revision_runs_sql_where_it_is_known(reference: Project) -> None:
    (first, *_) = changes(reference, "raw_sql")[1]
    assert first.startswith("- op.add_column")
    assert len(changes(reference, "raw_sql")) == 3

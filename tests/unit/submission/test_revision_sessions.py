"""How a revision uses its connection, as its source shows."""

from __future__ import annotations

from textwrap import indent

import pytest

from grader.observations.revisions import FunctionFacts
from grader.submission.python_source import parse
from grader.submission.revision_functions import function_facts

HEAD = "from alembic import op\nimport sqlalchemy as sa\n"


def facts(body: str, before: str = "") -> FunctionFacts:
    source = f"{HEAD}{before}def upgrade():\n{indent(body, '    ')}\n"
    found = function_facts(parse(source.encode()), "upgrade")
    assert found is not None
    return found


def in_block(body: str, before: str = "") -> bool:
    """Whether all of it is what PostgreSQL runs in no transaction."""
    found = facts(f"with op.get_context().autocommit_block():\n{indent(body, '    ')}", before)
    assert found.autocommit_at is not None
    return found.needless_autocommit_at is None


@pytest.mark.parametrize(
    "body",
    [
        'op.create_index("i", "t", ["a"], postgresql_concurrently=True)',
        'op.drop_index("i", "t", postgresql_concurrently=True, if_exists=True)',
        'op.execute("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)")',
        'op.execute("create index concurrently i on t (a); drop index concurrently j;")',
        "op.execute(sa.text(\"ALTER TYPE mood ADD VALUE IF NOT EXISTS 'wild'\"))",
        'op.execute("-- of the exercise\\n/* and\\nmore */ VACUUM t")',
        "for name in NAMES:\n    op.execute(f\"ALTER TYPE mood ADD VALUE '{name}'\")",
        'op.execute("DROP INDEX CONCURRENTLY " + name)',
        'op.execute("DROP INDEX CONCURRENTLY %s" % name)',
        'op.execute("DROP INDEX CONCURRENTLY {}".format(name))',
        'op.execute("SET lock_timeout = \'1s\'")\nop.execute("REINDEX TABLE CONCURRENTLY t")',
        'op.execute("ALTER TABLE t DETACH PARTITION p CONCURRENTLY")',
        "op.execute(statement)",
        "op.get_bind().exec_driver_sql(MAKE)",
        "make()",
    ],
)
def test_what_postgresql_runs_in_no_transaction(body: str) -> None:
    before = 'MAKE = "CREATE INDEX CONCURRENTLY i ON t (a)"\ndef make():\n    op.execute(MAKE)\n'
    assert in_block(body, before)


@pytest.mark.parametrize(
    "body",
    [
        'op.create_index("i", "t", ["a"])',
        'op.create_table("t")',
        'op.add_column("t", sa.Column("a", sa.Text()))',
        'op.execute("CREATE TABLE t (a int)")',
        'op.execute("CREATE INDEX i ON t (a)")',
        'op.execute("DROP INDEX CONCURRENTLY i; DROP TABLE t")',
        'op.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY v")',
        "op.execute(f\"UPDATE t SET mood = '{name}'\")",
        'sa.Enum("a", name="mood").create(op.get_bind())',
        "op.execute(MAKE)",
        "make()",
    ],
)
def test_what_postgresql_runs_in_a_transaction_too(body: str) -> None:
    before = 'MAKE = "CREATE TABLE t (a int)"\ndef make():\n    op.execute(MAKE)\n'
    assert not in_block(body, before)


def test_the_line_of_what_is_needless() -> None:
    body = 'with op.get_context().autocommit_block():\n    op.execute("VACUUM")\n    op.drop_table("t")'
    found = facts(body)
    assert (found.autocommit_at, found.needless_autocommit_at) == (4, 6)


@pytest.mark.parametrize(
    "body",
    [
        'engine = sa.create_engine("postgresql://")',
        "with engine.begin() as connection:\n    pass",
        "db.engine.connect()",
        'psycopg2.connect("")',
    ],
)
def test_connections_of_its_own(body: str) -> None:
    assert facts(body).connects_at == 4


@pytest.mark.parametrize(
    "body",
    [
        'op.get_bind().execute(sa.text("SELECT 1")).fetchall()',
        'for row in op.get_bind().execute(sa.text("SELECT 1")):\n    pass',
        'count = op.get_bind().scalar(sa.text("SELECT 1"))',
        "sa.inspect(op.get_bind())",
        "Session(bind=op.get_bind()).query(User)",
        "bind = op.get_bind()\nmove_rows(bind)",
    ],
)
def test_answers_of_the_database(body: str) -> None:
    assert facts(body).reads_at is not None


@pytest.mark.parametrize(
    "body",
    [
        'op.execute("UPDATE t SET a = 1")',
        'op.get_bind().execute(sa.text("UPDATE t SET a = 1"))',
        'sa.Enum("a", name="mood").create(op.get_bind())',
        'table = op.create_table("t")\nop.bulk_insert(table, [{"a": 1}])',
    ],
)
def test_what_asks_for_no_answer(body: str) -> None:
    found = facts(body)
    assert (found.reads_at, found.connects_at, found.autocommit_at) == (None, None, None)

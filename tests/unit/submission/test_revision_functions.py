"""What can be said of `upgrade()` and `downgrade()` from the source."""

from __future__ import annotations

import pytest

from grader.observations.revisions import FunctionFacts
from grader.submission.python_source import parse
from grader.submission.revision_functions import function_facts


def facts(source: str) -> FunctionFacts | None:
    return function_facts(parse(source.encode()), "upgrade")


def operations(body: str, head: str = "from alembic import op\n") -> tuple[str, ...]:
    found = facts(f"{head}def upgrade():\n" + "".join(f"    {line}\n" for line in body.splitlines()))
    assert found is not None
    return found.operations


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "...",
        '"""Upgrade schema."""',
        '"""doc"""\n    pass',
        "return",
        "return None",
        "'a'\n    return None",
    ],
)
def test_empty_bodies(body: str) -> None:
    found = facts(f"\n\ndef upgrade():\n    {body}\n")
    assert found is not None
    assert found.empty
    assert found.line == 3


def test_a_coroutine_counts_as_empty() -> None:
    found = facts("async def upgrade():\n    op.create_table('x')\n")
    assert found is not None
    assert found.empty


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("raise NotImplementedError", "NotImplementedError"),
        ("'doc'\n    raise NotImplementedError('no way back')", "NotImplementedError"),
        ("raise errors.Irreversible()", "Irreversible"),
        ("raise", "an exception"),
        ("op.x()\n    raise ValueError", None),
    ],
)
def test_bodies_that_only_raise(body: str, name: str | None) -> None:
    found = facts(f"def upgrade():\n    {body}\n")
    assert found is not None
    assert found.raises == name
    assert not found.empty


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("op.add_column('t', 'c')\nop.drop_column('t', 'd')", ("op.add_column", "op.drop_column")),
        (
            "with op.batch_alter_table('t') as changes:\n    changes.alter_column('c')\n    changes.f('x')",
            ("op.batch_alter_table", "batch_op.alter_column"),
        ),
        ("op.create_index(op.f('ix'), 't', ['c'])", ("op.create_index",)),
        ("op.get_bind().execute('select 1')", ("execute",)),
        ("db.metadata.create_all(op.get_bind())", ("create_all",)),
        ("Base.metadata.drop_all(bind)", ("drop_all",)),
        ("session.commit()", ("commit",)),
        ("op.execute('UPDATE t SET c = 1; commit;')", ("op.execute", "commit")),
        ("op.execute(sa.text('COMMIT'))", ("op.execute", "commit")),
        ("op.execute('ROLLBACK')", ("op.execute", "rollback")),
        ("op.execute('COMMENT ON TABLE t IS $$commit$$')", ("op.execute",)),
        (
            "with op.get_context().autocommit_block():\n    op.execute('x')",
            ("autocommit_block", "op.execute"),
        ),
        ("sa.Enum('a', name='e').drop(op.get_bind())", ("drop",)),
        ("print('hello')", ()),
    ],
)
def test_operations(body: str, expected: tuple[str, ...]) -> None:
    assert operations(body) == expected


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("import alembic\n", "alembic.op.add_column('t', 'c')"),
        ("from alembic import op as o\n", "o.add_column('t', 'c')"),
        ("from alembic.op import add_column\n", "add_column('t', 'c')"),
        ("from alembic.op import add_column as add\n", "add('t', 'c')"),
    ],
)
def test_operations_under_other_names(head: str, body: str) -> None:
    assert operations(body, head) == ("op.add_column",)


def test_helpers_in_the_same_file_are_followed_once_and_lines_are_theirs() -> None:
    found = facts(
        "def columns():\n    op.add_column('t', sa.Column('c'))\n    upgrade()\n    columns()\n\n"
        "def upgrade():\n    op.create_table('t')\n    columns()\n    columns()\n    op.execute('x')\n"
    )
    assert found is not None
    assert found.operations == ("op.create_table", "op.add_column", "op.execute")
    assert [item.line for item in found.mentions] == [7, 2]


def test_a_long_chain_of_helpers_is_no_error() -> None:
    chain = "".join(f"def f{n}():\n    f{n + 1}()\n" for n in range(3000))
    assert facts(f"{chain}def upgrade():\n    f0()\n") is not None


def test_no_function_at_all() -> None:
    assert facts("x = 1\n") is None
    assert facts("class upgrade:\n    pass\n") is None


@pytest.mark.parametrize(
    "source", ["upgrade = lambda: None", "from helpers import upgrade", "from helpers import *"]
)
def test_an_imported_function_counts_as_not_empty(source: str) -> None:
    found = facts(source)
    assert found is not None
    assert not found.empty


def test_an_alias_of_a_function_and_a_function_in_a_block() -> None:
    aliased = facts("def work():\n    op.add_column('t', 'c')\nupgrade = work\n")
    assert aliased is not None
    assert aliased.operations == ("op.add_column",)
    nested = facts("if True:\n    def upgrade():\n        pass\n")
    assert nested is not None
    assert nested.empty


def test_the_last_definition_counts() -> None:
    found = facts("def upgrade():\n    op.add_column('t', 'c')\n\ndef upgrade():\n    pass\n")
    assert found is not None
    assert found.empty

"""Which tables and columns the operations of a revision name, and on which lines."""

from __future__ import annotations

import pytest

from grader.submission.python_source import parse
from grader.submission.revision_functions import function_facts

Named = list[tuple[str, tuple[str, ...], int]]


def named(body: str) -> Named:
    """The mentions of an `upgrade()`; its first line has the number 1."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    found = function_facts(parse(f"def upgrade():\n{lines}".encode()), "upgrade")
    assert found is not None
    return [(item.table, item.columns, item.line - 1) for item in found.mentions]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "op.add_column('users', sa.Column('bio', sa.Text()))",
            [("users", ("bio",), 1)],
        ),
        (
            "op.add_column(\n    'users',\n    sa.Column('bio'),\n)",
            [("users", ("bio",), 3)],
        ),
        ("op.alter_column('users', 'bio', type_=sa.Text())", [("users", ("bio",), 1)]),
        ("op.alter_column(table_name='users', column_name='bio')", [("users", ("bio",), 1)]),
        ("op.drop_column('users', 'bio')", [("users", ("bio",), 1)]),
        ("op.create_index('ix', 'users', ['a', 'b'])", [("users", ("a", "b"), 1)]),
        ("op.create_unique_constraint(None, 'users', ['a'])", [("users", ("a",), 1)]),
        (
            "op.create_foreign_key('fk', 'posts', 'users', ['user_id'], ['id'])",
            [("posts", ("user_id",), 1)],
        ),
        ("op.create_foreign_key(None, source_table='posts')", [("posts", (), 1)]),
        ("op.drop_table('users')", [("users", (), 1)]),
        ("op.add_column(TABLE, sa.Column('bio'))", []),
        ("op.execute('ALTER TABLE users ADD COLUMN bio text')", [("users", ("bio",), 1)]),
        ("op.execute(sa.text('ALTER TABLE public.users ALTER bio SET NOT NULL'))", [("users", ("bio",), 1)]),
        ("op.execute('CREATE TABLE IF NOT EXISTS tags (id int)')", [("tags", (), 1)]),
        ("op.execute('UPDATE users SET bio = 1')", []),
    ],
)
def test_one_operation(body: str, expected: Named) -> None:
    assert named(body) == expected


def test_a_table_with_its_columns_and_rules() -> None:
    body = (
        "op.create_table(\n    'tags',\n    sa.Column('id', sa.Integer()),\n    sa.Column('name'),\n"
        "    sa.PrimaryKeyConstraint('id'),\n    sa.ForeignKeyConstraint(['id'], ['x.id']),\n)"
    )
    assert named(body) == [
        ("tags", (), 1),
        ("tags", ("id",), 3),
        ("tags", ("name",), 4),
        ("tags", ("id",), 5),
        ("tags", ("id",), 6),
    ]


def test_batches_of_one_name_over_several_tables() -> None:
    body = (
        "with op.batch_alter_table('users') as batch_op:\n"
        "    batch_op.alter_column('bio', nullable=False)\n"
        "    batch_op.create_unique_constraint('uq', ['email'])\n"
        "with op.batch_alter_table('posts', schema=None) as batch_op:\n"
        "    batch_op.add_column(sa.Column('kind'))\n"
        "    batch_op.create_foreign_key('fk', 'users', ['kind'], ['id'])\n"
    )
    assert [item for item in named(body) if item[1]] == [
        ("users", ("bio",), 2),
        ("users", ("email",), 3),
        ("posts", ("kind",), 5),
        ("posts", ("kind",), 6),
    ]


def test_a_deeply_nested_call_is_read_in_reasonable_time() -> None:
    nested = "op.execute(" * 80 + "[" + "'x'," * 50_000 + "]" + ")" * 80
    assert named(nested) == []

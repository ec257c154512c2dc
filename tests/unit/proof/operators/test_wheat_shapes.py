"""The same schema, written otherwise."""

from __future__ import annotations

from grader.proof.operators import Project
from tests.unit.proof.operators.chains import small
from tests.unit.proof.operators.changes import changes, made

KEY = 'op.create_foreign_key("fk", "things", "boxes", ["box_id"], ["id"])'
DROPPED = 'op.drop_constraint("fk", "things")'
BOX = 'op.add_column("things", sa.Column("box_id", sa.Integer()))'


def test_names_change_there_and_back_but_not_in_sql() -> None:
    project = small(KEY, down=(DROPPED,))
    found = changes(project, "own_names")[0]
    assert '+ op.create_foreign_key("own_fk", "things", "boxes", ["box_id"], ["id"])' in found
    assert '+ op.drop_constraint("own_fk", "things")' in found
    assert '+ op.drop_index("own_ix_boxes_label", "boxes")' in found
    by_sql = small(KEY, down=('op.execute("ALTER TABLE things DROP CONSTRAINT fk")',))
    assert not [line for line in changes(by_sql, "own_names")[0] if "own_fk" in line]


def test_unique_constraints_are_indexes_and_the_reverse(reference: Project) -> None:
    found = changes(reference, "indexes_for_unique")[1]
    assert '+ op.create_index("ux_categories_slug", "categories", [\'slug\'], unique=True)' in found
    index = 'op.create_index("ux", "boxes", ["label"], unique=True)'
    assert changes(small(index, down=('op.drop_index("ux", "boxes")',)), "unique_for_indexes") == [
        [
            f"- {index}",
            '+ op.create_unique_constraint("ux", "boxes", ["label"])',
            '- op.drop_index("ux", "boxes")',
            '+ op.drop_constraint("ux", "boxes")',
        ]
    ]


def test_keys_are_identity_columns_unless_they_refer(reference: Project) -> None:
    found = [line for line in changes(reference, "identity_for_serial")[0] if line[0] == "+"]
    assert found == ['+ sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),'] * 3


def test_columns_are_made_from_last_to_first(reference: Project) -> None:
    found = changes(reference, "other_order_of_columns")[1]
    assert (
        found[0] == '+ op.add_column("users", sa.Column("avatar_url", sa.String(length=255), nullable=True))'
    )
    (first,) = changes(small(BOX), "other_order_of_columns")
    assert first[1].index('"size"') < first[1].index('"label"') < first[1].index('"id"')


def test_constraints_are_made_afterwards_with_what_they_say() -> None:
    table = (
        'op.create_table("lids", sa.Column("box_id", sa.Integer()), sa.ForeignKeyConstraint(["box_id"], '
        '["boxes.id"], name="fk", ondelete="CASCADE"), sa.UniqueConstraint("box_id"))'
    )
    (found,) = changes(small(table), "constraints_afterwards")
    assert found[1:] == [
        '+ op.create_table("lids", sa.Column("box_id", sa.Integer()))',
        '+ op.create_foreign_key("fk", "lids", "boxes", ["box_id"], [\'id\'], ondelete="CASCADE")',
        '+ op.create_unique_constraint(None, "lids", ["box_id"])',
    ]


def test_types_are_written_in_capitals() -> None:
    (mutant,) = made(small(BOX), "types_in_capitals")
    assert len(mutant.files) == 2
    assert all(b"sa.Integer()" not in (data or b"") for data in mutant.files.values())


def test_batch_mode_comes_and_goes() -> None:
    (found,) = changes(small(KEY, down=(DROPPED,)), "batch_mode")
    assert found == [
        f"- {KEY}",
        '+ with op.batch_alter_table("things") as batch_op:',
        '+ batch_op.create_foreign_key("fk", "boxes", ["box_id"], ["id"])',
        f"- {DROPPED}",
        '+ with op.batch_alter_table("things") as batch_op:',
        '+ batch_op.drop_constraint("fk")',
    ]
    block = ('with op.batch_alter_table("things") as batch_op:', '    batch_op.drop_column("a")')
    mixed = (*block, "    print(1)")
    assert changes(small(*block), "without_batch_mode")[0][-1] == '+ op.drop_column("things", "a")'
    assert changes(small(*mixed), "without_batch_mode") == []


def test_a_constraint_in_a_batch_keeps_its_name_first() -> None:
    block = ('with op.batch_alter_table("things") as b:', '    b.create_unique_constraint("u", ["a"])')
    assert changes(small(*block), "without_batch_mode")[0][-1] == (
        '+ op.create_unique_constraint("u", "things", ["a"])'
    )

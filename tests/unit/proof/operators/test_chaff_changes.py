"""Mistakes in columns that a revision changes."""

from __future__ import annotations

from grader.proof.operators import Project
from tests.unit.proof.operators.chains import small
from tests.unit.proof.operators.changes import changes

SHORTER = 'op.alter_column("boxes", "label", type_=sa.String(30), postgresql_using="left(label, 30)")'
BACK = 'op.alter_column("boxes", "label", type_=sa.String(40))'


def test_a_change_is_left_out_there_and_back() -> None:
    project = small(SHORTER, down=(BACK,))
    assert changes(project, "change_left_out") == [[f"- {SHORTER}", "+ pass", f"- {BACK}", "+ pass"]]


def test_another_type_is_made_or_given_back() -> None:
    project = small(SHORTER, down=(BACK,))
    assert changes(project, "changed_to_other_type") == [
        [f"- {SHORTER}", f"+ {SHORTER.replace('(30)', '(255)')}"]
    ]
    assert changes(project, "other_type_restored") == [[f"- {BACK}", f"+ {BACK.replace('40', '255')}"]]
    left = SHORTER.replace(', postgresql_using="left(label, 30)"', "")
    assert changes(project, "conversion_left_out") == [[f"- {SHORTER}", f"+ {left}"]]


def test_a_column_is_made_again_and_stays_unique(reference: Project) -> None:
    (found,) = changes(reference, "made_again")
    assert [line for line in found if line[0] == "+"] == [
        '+ batch_op.drop_column("username")',
        '+ batch_op.add_column(sa.Column("username", sa.String(length=50), nullable=False))',
        '+ batch_op.create_unique_constraint("uq_users_username", ["username"])',
    ]


def test_a_new_name_is_a_new_column() -> None:
    renamed = 'op.alter_column("boxes", "label", new_column_name="title")'
    assert changes(small(renamed), "made_again") == [
        [
            f"- {renamed}",
            '+ op.drop_column("boxes", "label")',
            '+ op.add_column("boxes", sa.Column("title", sa.String(40), nullable=False))',
        ]
    ]


def test_a_column_refuses_null_at_first_and_ends_as_it_should() -> None:
    added = 'op.add_column("things", sa.Column("kind", sa.String(20), nullable=True))'
    at_once = added.replace("True", "False")
    relaxed = '+ op.alter_column("things", "kind", nullable=True)'
    assert changes(small(added), "not_null_over_rows") == [[f"- {added}", f"+ {at_once}", relaxed]]
    tightened = 'op.alter_column("things", "kind", nullable=False)'
    assert changes(small(added, tightened), "not_null_over_rows") == [[f"- {added}", f"+ {at_once}"]]
    with_default = added.replace("nullable", 'server_default="x", nullable')
    assert changes(small(with_default), "not_null_over_rows") == []


def test_nullability_is_not_given_back() -> None:
    down = 'op.alter_column("boxes", "size", existing_type=sa.Integer(), nullable=False)'
    found = changes(small(down=(down,)), "nullability_not_restored")
    assert found == [[f"- {down}", f"+ {down.replace(', nullable=False', '')}"]]


def test_what_should_be_gone_stays_and_is_not_made_again() -> None:
    dropped, again = (
        'op.drop_column("boxes", "label")',
        'op.add_column("boxes", sa.Column("label", sa.Text()))',
    )
    found = changes(small(dropped, down=(again,)), "old_left_behind")
    assert found == [[f"- {dropped}", "+ pass", f"- {again}", "+ pass"]]

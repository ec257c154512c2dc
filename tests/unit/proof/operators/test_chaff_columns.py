"""Mistakes in single columns."""

from __future__ import annotations

import pytest

from grader.proof.operators import Project
from tests.unit.proof.operators.chains import chain, revision, small
from tests.unit.proof.operators.changes import changes, made

BIO = 'op.add_column("users", sa.Column("bio", sa.Text(), nullable=True))'
KIND = 'op.add_column("things", sa.Column("kind", sa.String(20), nullable=True))'
NO_KIND = 'op.drop_column("things", "kind")'


def test_a_column_is_left_out_with_its_constraints_one_a_table(reference: Project) -> None:
    found = changes(reference, "column_left_out")
    assert len(found) == 4
    assert found[0] == [
        '- sa.Column("name", sa.String(length=100), nullable=False),',
        '- sa.UniqueConstraint("name", name=op.f("uq_organizations_name")),',
    ]


def test_a_column_is_left_out_of_models_and_both_ways_of_a_revision(reference: Project) -> None:
    found = changes(reference, "column_forgotten")
    assert [f"- {BIO}", '- op.drop_column("users", "bio")', "- bio = db.Column(db.Text)"] in found
    assert any("op.create_foreign_key(" in line for line in found[-1])
    assert any("op.drop_constraint(" in line for line in found[-1])


@pytest.mark.parametrize(
    "later",
    [
        ('op.alter_column("things", "kind", nullable=False)',),
        ("op.execute(\"UPDATE things SET kind = 'x'\")",),
        ('op.create_index("ix", "things", ["kind"])',),
        ('op.create_check_constraint("ck", "things", "kind <> 1")',),
        ('with op.batch_alter_table("things") as batch:', '    batch.alter_column("kind", nullable=False)'),
    ],
)
def test_a_column_that_something_later_uses_stays(later: tuple[str, ...]) -> None:
    revisions = {
        "a1": revision(
            "a1", (), ('op.create_table("things", sa.Column("id", sa.Integer(), primary_key=True))',)
        ),
        "b2": revision("b2", ("a1",), (KIND,), (NO_KIND,)),
        "c3": revision("c3", ("b2",), later),
    }
    assert changes(chain(revisions), "column_left_out") == []
    del revisions["c3"]
    assert changes(chain(revisions), "column_left_out") == [[f"- {KIND}", "+ pass", f"- {NO_KIND}", "+ pass"]]


def test_batch_mode_is_read_too() -> None:
    project = small(
        'with op.batch_alter_table("things") as batch_op:',
        '    batch_op.add_column(sa.Column("kind", sa.String(20), nullable=True))',
    )
    mutants = made(project, "other_length_everywhere")
    assert [mutant.sentence for mutant in mutants][-1].startswith("things.kind has 255 characters")


@pytest.mark.parametrize(
    ("operator", "of_revision", "of_models"),
    [
        ("other_type_everywhere", 'sa.Column("bio", sa.String(length=255)', "sqlalchemy.String(length=255)"),
        (
            "other_nullability_everywhere",
            'sa.Column("name", sa.String(length=50), nullable=True)',
            "nullable=True",
        ),
        ("other_length_everywhere", 'sa.Column("avatar_url", sa.String(length=100)', "db.String(100)"),
        ("column_misspelt", 'sa.Column("bio_x", sa.Text()', 'db.Column("bio_x", db.Text)'),
    ],
)
def test_models_and_revision_make_the_same_mistake(
    reference: Project, operator: str, of_revision: str, of_models: str
) -> None:
    found = [[line for line in some if line[0] == "+"] for some in changes(reference, operator)]
    assert any(of_revision in some[0] and any(of_models in line for line in some[1:]) for some in found), (
        found
    )


@pytest.mark.parametrize("operator", ["other_type", "other_length", "other_nullability"])
def test_a_revision_alone_makes_a_mistake_once_a_table(reference: Project, operator: str) -> None:
    found = made(reference, operator)
    assert len(found) == 4
    assert all(len(mutant.files) == 1 for mutant in found)


def test_the_models_lack_a_column_of_a_later_revision(reference: Project) -> None:
    found = changes(reference, "column_not_in_models")
    assert [some for some in found if len(some) == 1] == found
    assert found[0] == ["- bio = db.Column(db.Text)"]


def test_a_default_keeps_its_own_type_and_keys_are_left_alone() -> None:
    sentences = " ".join(mutant.sentence for mutant in made(small(), "other_type_everywhere"))
    assert "boxes.label" in sentences
    assert ".id " not in sentences

"""Keys, uniqueness, checks and indexes that are missing."""

from __future__ import annotations

import ast

from grader.proof.operators import Project
from tests.unit.proof.operators.chains import MODELS, small
from tests.unit.proof.operators.changes import changes, made

KEY = 'op.create_foreign_key("fk", "things", "boxes", ["box_id"], ["id"], ondelete="CASCADE")'
BOX = 'op.add_column("things", sa.Column("box_id", sa.Integer(), nullable=True))'
DOWN = ('op.drop_constraint("fk", "things")', 'op.drop_column("things", "box_id")')


def test_a_unique_constraint_is_left_out_of_the_revision_or_of_both(reference: Project) -> None:
    assert len(changes(reference, "unique_left_out")) == 3
    found = changes(reference, "unique_forgotten")
    assert [
        '- sa.UniqueConstraint("slug", name=op.f("uq_categories_slug")),',
        "- slug = db.Column(db.String(50), unique=True, nullable=False)",
        "+ slug = db.Column(db.String(50), nullable=False)",
    ] in found


def test_a_foreign_key_goes_with_what_drops_it() -> None:
    project = small(BOX, KEY, down=DOWN)
    assert changes(project, "foreign_key_left_out") == [[f"- {KEY}", f"- {DOWN[0]}"]]
    (both,) = changes(project, "foreign_key_forgotten")
    assert both[-1] == "+ box_id: Mapped[int | None] = mapped_column()"


def test_checks_and_indexes_go_out_of_the_arguments_of_a_table() -> None:
    project = small()
    (check,), (index,) = made(project, "check_forgotten"), made(project, "index_forgotten")
    for mutant, left in ((check, 'Index("ix_boxes_label"'), (index, "CheckConstraint(")):
        data = mutant.files["models.py"]
        assert data is not None
        ast.parse(data)
        assert left in data.decode()
        assert len(data.decode().splitlines()) == len(MODELS.splitlines())
    assert len(changes(project, "check_left_out")) == len(changes(project, "index_left_out")) == 1


def test_a_primary_key_is_left_out_where_no_key_refers_to_the_table() -> None:
    assert [mutant.sentence for mutant in made(small(BOX, KEY), "primary_key_left_out")] == [
        "a1 (make a1) makes things without a primary key."
    ]

"""Keys and indexes that are there, and are others than asked."""

from __future__ import annotations

from grader.proof.operators import Project
from tests.unit.proof.operators.chains import small
from tests.unit.proof.operators.changes import changes


def test_a_foreign_key_refers_to_an_earlier_table_in_both(reference: Project) -> None:
    found = changes(reference, "foreign_key_elsewhere")
    assert '+ category_id = db.Column(db.Integer, db.ForeignKey("organizations.id"))' in found[-1]
    assert any('"posts", "organizations", ["category_id"]' in line for line in found[-1])


def test_what_happens_on_delete_is_another_thing(reference: Project) -> None:
    added = [line for line in changes(reference, "on_delete_changed")[-1] if line[0] == "+"]
    assert all("ondelete='CASCADE'" in line for line in added)
    key = 'op.create_foreign_key("fk", "things", "boxes", ["box_id"], ["id"], ondelete="CASCADE")'
    (found,) = changes(small(key), "on_delete_changed")
    assert [line for line in found if line[0] == "+" and "ondelete" in line] == []


def test_uniqueness_and_indexes_are_over_other_columns(reference: Project) -> None:
    assert all('"id", name=' in found[1] for found in changes(reference, "unique_over_more"))
    (index,) = changes(small(), "index_over_other_columns")
    assert index[1] == '+ op.create_index("ix_boxes_label", "boxes", [\'label\'])'

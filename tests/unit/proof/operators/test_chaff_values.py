"""Mistakes in what values a column takes."""

from __future__ import annotations

from tests.unit.proof.operators.chains import small
from tests.unit.proof.operators.changes import changes, made

MOOD = "op.execute(\"CREATE TYPE mood AS ENUM ('calm', 'wild')\")"


def test_a_default_is_left_out_or_is_another_one() -> None:
    project = small()
    assert len(made(project, "default_left_out")) == 1
    (found,) = changes(project, "default_changed")
    assert [line for line in found if line[0] == "+"][-1].endswith("server_default='other')")
    assert len([line for line in found if line[0] == "+"]) == 2


def test_labels_of_an_enum_are_left_out_or_turned() -> None:
    project = small(MOOD)
    (one,), (other,) = changes(project, "label_left_out"), changes(project, "labels_in_other_order")
    assert "ENUM ('calm')" in one[1]
    assert "ENUM ('wild', 'calm')" in other[1]


def test_a_label_that_is_a_default_stays() -> None:
    added = 'op.add_column("things", sa.Column("mood", sa.Enum(name="mood"), server_default="wild"))'
    assert changes(small(MOOD, added), "label_left_out") == []


def test_a_check_allows_one_value_more_in_both() -> None:
    (found,) = changes(small(), "check_changed")
    assert len([line for line in found if "size >= 0" in line]) == 2

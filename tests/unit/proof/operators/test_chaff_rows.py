"""Mistakes in rows that a revision changes."""

from __future__ import annotations

from tests.unit.proof.operators.chains import small
from tests.unit.proof.operators.changes import changes, made

TIMES = 'op.execute("UPDATE boxes SET size = size * 100")'
BACK = 'op.execute("UPDATE boxes SET size = size / 100")'
SQL = small(TIMES, down=(BACK,), docstring="Sizes are in centimetres from now on.\n\n")
OTHER_SQL = small('op.execute("CREATE EXTENSION citext")')


def test_rows_are_left_as_they_are() -> None:
    assert changes(SQL, "data_change_left_out") == [[f"- {TIMES}", "+ pass"]]
    assert changes(SQL, "data_not_restored") == [[f"- {BACK}", "+ pass"]]
    assert changes(OTHER_SQL, "data_change_left_out") == []


def test_rows_get_wrong_values() -> None:
    wrong = "+ op.execute('UPDATE boxes SET size = size * 1000')"
    assert changes(SQL, "data_change_wrong") == [[f"- {TIMES}", wrong]]
    assert changes(small("op.execute(\"UPDATE boxes SET label = 'x1'\")"), "data_change_wrong") == []


def test_sql_loses_its_explanation() -> None:
    (mutant,) = made(SQL, "explanation_left_out")
    (data,) = mutant.files.values()
    assert data is not None
    assert b"centimetres" not in data
    assert made(OTHER_SQL, "explanation_left_out") == ()

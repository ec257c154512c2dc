"""Mistakes in what a revision does."""

from __future__ import annotations

import pytest

from grader.proof.operators import Project
from tests.unit.proof.operators.chains import FIRST_DOWN, THINGS, small
from tests.unit.proof.operators.changes import changes, made

ADDED = 'op.add_column("things", sa.Column("kind", sa.String(20)))'
DROPPED = 'op.drop_column("things", "kind")'
SMALL = small(ADDED, down=(DROPPED,))


def test_functions_are_empty() -> None:
    assert changes(SMALL, "upgrade_empty") == [[f"- {ADDED}", "+ pass"]]
    assert changes(SMALL, "revision_empty") == [[f"- {ADDED}", "+ pass", f"- {DROPPED}", "+ pass"]]
    assert changes(SMALL, "downgrade_raises") == [[f"- {DROPPED}", "+ raise NotImplementedError"]]
    assert changes(SMALL, "downgrade_empty")[-1] == [f"- {DROPPED}", "+ pass"]
    assert len(changes(SMALL, "downgrade_empty")) == 2


def test_functions_are_partial() -> None:
    assert changes(SMALL, "upgrade_partial") == [[f"- {THINGS}", f"- {FIRST_DOWN[0]}"]]
    assert changes(SMALL, "downgrade_partial") == [[f"- {FIRST_DOWN[-1]}"]]


def test_the_order_is_turned_only_where_it_matters(reference: Project) -> None:
    for operator in ("upgrade_in_wrong_order", "downgrade_in_wrong_order"):
        sentences = [mutant.sentence for mutant in made(reference, operator)]
        assert [sentence.split(" of ")[1][:12] for sentence in sentences] == ["3b8f1c6a27d4", "c15a8e3f9b60"]


def test_a_downgrade_drops_a_column_that_nothing_rests_on(reference: Project) -> None:
    (found,) = changes(reference, "downgrade_drops_more")
    assert found == ['+ op.drop_column("organizations", "name")']


@pytest.mark.parametrize(
    ("operator", "statements"),
    [
        ("rows_thrown_away", ["+ op.execute('TRUNCATE TABLE \"things\" CASCADE')"]),
        ("transaction_ended", ["+ op.execute('COMMIT')"]),
        ("type_left_behind", ["+ op.execute(\"CREATE TYPE mood AS ENUM ('calm', 'wild')\")"]),
        (
            "table_misspelt",
            [
                '+ op.execute(\'ALTER TABLE "things" RENAME TO "things_x"\')',
                '+ op.execute(\'ALTER TABLE "things_x" RENAME TO "things"\')',
            ],
        ),
    ],
)
def test_the_newest_revision_does_more(operator: str, statements: list[str]) -> None:
    assert changes(SMALL, operator) == [statements]


def test_a_view_and_another_schema_go_both_ways() -> None:
    for operator in ("view_for_table", "table_in_another_schema"):
        assert len(changes(SMALL, operator)[0]) == 4


def test_a_type_that_is_dropped_stays() -> None:
    dropped = 'op.execute("DROP TYPE mood")'
    project = small('op.execute("CREATE TYPE mood AS ENUM ()")', down=(dropped,))
    assert changes(project, "type_left_behind") == [[f"- {dropped}", "+ pass"]]


def test_a_constraint_loses_its_name_where_it_is_dropped(reference: Project) -> None:
    (found,) = changes(reference, "constraint_without_name")
    assert '+ op.drop_constraint(None, "posts", type_="foreignkey")' in found

"""Losses found by comparing rows with rows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.observations.model import RowLoss
from grader.trial.rows import TableContent, TableRows, compare_rows, full_tables, rows_added
from grader.trial.rows.comparison import MOST_LOSSES, example_rows
from grader.trial.rows.reading import Row
from grader.trial.rows.seeding import ENOUGH_ROWS

TYPES = {"id": "integer", "views": "integer", "score": "numeric(5,2)", "done": "boolean"}


def content(columns: str, *rows: Row, key: str = "id", **types: str) -> TableContent:
    names = columns.split()
    own = tuple(name for name in key.split() if name in names)
    return TableContent({name: types.get(name, TYPES.get(name, "text")) for name in names}, rows, own)


def up(before: TableContent, after: TableContent | None) -> tuple[RowLoss, ...]:
    return compare_rows(TableRows({"t": before}), TableRows({"t": after} if after else {}), direction="up")


def down(before: TableContent, after: TableContent | None) -> tuple[RowLoss, ...]:
    return compare_rows(TableRows({"t": before}), TableRows({"t": after} if after else {}), direction="down")


KEYED = content("id name", ("1", "ada"), ("2", "bob"))
UNKEYED = content("name city", ("ada", "rome"), ("bob", "oslo"), ("ada", "rome"))


def test_nothing_changed() -> None:
    assert up(KEYED, KEYED) == ()
    assert up(UNKEYED, UNKEYED) == ()


def test_order_does_not_matter() -> None:
    assert up(KEYED, content("name id", ("bob", "2"), ("ada", "1"))) == ()
    assert up(UNKEYED, content("name city", ("bob", "oslo"), ("ada", "rome"), ("ada", "rome"))) == ()


def test_more_rows_and_columns_are_welcome() -> None:
    assert up(KEYED, content("id name bio", ("1", "ada", None), ("2", "bob", ""), ("3", "eve", "x"))) == ()


def test_a_changed_value_is_shown_with_what_it_is_now() -> None:
    assert up(KEYED, content("id name", ("1", "ada"), ("2", "rob"))) == (RowLoss("t", "name", "bob", "rob"),)
    assert up(KEYED, content("id name", ("1", "ada"), ("2", None))) == (RowLoss("t", "name", "bob", "NULL"),)


def test_swapped_values_are_a_loss_where_rows_have_a_key() -> None:
    assert len(up(KEYED, content("id name", ("1", "bob"), ("2", "ada")))) == 2


def test_a_missing_row_is_named_by_its_key() -> None:
    assert up(KEYED, content("id name", ("1", "ada"))) == (RowLoss("t", None, "id = 2", None),)


def test_a_missing_row_without_a_key_is_named_by_its_values() -> None:
    gone = content("name city", ("ada", "rome"), ("bob", "oslo"))
    assert up(UNKEYED, gone) == (RowLoss("t", None, "name = ada, city = rome", None),)


def test_a_changed_value_without_a_key_names_its_column() -> None:
    changed = content("name city", ("ada", "rome"), ("bob", "bonn"), ("ada", "rome"))
    assert up(UNKEYED, changed) == (RowLoss("t", "city", "oslo", None),)


def test_values_that_changed_places_without_a_key_are_lost_rows() -> None:
    before = content("name city", ("ada", "rome"), ("bob", "oslo"))
    after = content("name city", ("ada", "oslo"), ("bob", "rome"))
    assert [loss.column for loss in up(before, after)] == [None, None]


@pytest.mark.parametrize("key", ["id", ""])
def test_null_is_no_value(key: str) -> None:
    before = content("id name", ("1", None), ("2", "bob"), key=key)
    assert up(before, content("id name", ("1", "filled"), ("2", "bob"), key=key)) == ()
    assert up(content("id name", ("1", None), key=key), content("id", ("1",), key=key)) == ()


def test_a_vanished_column_is_a_loss_going_up_only() -> None:
    after = content("id", ("1",), ("2",))
    assert up(KEYED, after) == (RowLoss("t", "name", "ada", None), RowLoss("t", "name", "bob", None))
    assert down(KEYED, after) == ()


def test_an_empty_text_is_a_value() -> None:
    assert len(up(content("id name", ("1", "")), content("id", ("1",)))) == 1


def test_a_renamed_column() -> None:
    assert up(KEYED, content("id login", ("1", "ada"), ("2", "bob"))) == ()
    assert up(KEYED, content("user_id name", ("1", "ada"), ("2", "bob"), key="user_id")) == ()
    assert up(KEYED, content("nr login", ("1", "ada"), ("2", "bob"), key="nr", nr="bigint")) == ()


def test_two_renamed_columns_need_two_new_ones() -> None:
    before = content("id a b", ("1", "x", "x"))
    assert up(before, content("id c d", ("1", "x", "x"))) == ()
    assert len(up(before, content("id c d", ("1", "x", None)))) == 1


def test_a_column_of_nulls_does_not_take_the_place_of_another() -> None:
    before = content("id a b", ("1", None, "x"))
    assert up(before, content("id c", ("1", "x"))) == ()


def test_values_spread_over_two_columns_are_no_rename() -> None:
    after = content("id a b", ("1", "ada", None), ("2", None, "bob"))
    assert {loss.column for loss in up(KEYED, after)} == {"name"}


def test_values_in_the_wrong_rows_are_no_rename() -> None:
    assert len(up(KEYED, content("id login", ("1", "bob"), ("2", "ada")))) == 2


def test_a_column_that_became_generated_is_not_looked_at() -> None:
    after = TableContent({"id": "integer"}, (("1",), ("2",)), ("id",), derived=frozenset({"name"}))
    assert up(KEYED, after) == ()


def test_a_changed_type_keeps_values_that_are_equal() -> None:
    before = content("id views score done", ("1", "7", "1.50", "t"))
    after = content(
        "id views score done", ("1", "7", "1.5", "1"), views="text", score="double precision", done="integer"
    )
    assert up(before, after) == ()
    rounded = content("id views score done", ("1", "7", "2", "t"), score="integer")
    assert up(before, rounded) == (RowLoss("t", "score", "1.50", "2"),)


def test_a_key_of_another_type_still_identifies() -> None:
    assert up(KEYED, content("id name", ("1", "ada"), ("2", "bob"), id="text")) == ()


def test_a_key_that_is_none_any_more_still_identifies() -> None:
    after = content("id name", ("1", "ada"), ("2", "rob"), key="")
    assert up(KEYED, after) == (RowLoss("t", "name", "bob", "rob"),)


def test_a_vanished_table() -> None:
    assert up(KEYED, None) == (RowLoss("t", None, "the whole table, 2 rows", None),)
    assert down(KEYED, None) == ()
    assert up(content("id name"), None) == ()


def test_a_renamed_table_has_all_rows() -> None:
    before = TableRows({"t": KEYED})
    assert compare_rows(before, TableRows({"people": KEYED}), direction="up") == ()
    fewer = TableRows({"people": content("id name", ("1", "ada"))})
    assert [loss.table for loss in compare_rows(before, fewer, direction="up")] == ["t"]


def test_one_new_table_does_not_stand_for_two_old_ones() -> None:
    before = TableRows({"t": KEYED, "u": KEYED})
    assert len(compare_rows(before, TableRows({"people": KEYED}), direction="up")) == 1


def test_going_down_looks_at_what_is_on_both_sides() -> None:
    before = content("id name bio", ("1", "ada", "x"), ("2", "bob", "y"))
    assert down(before, content("id name", ("1", "ada"), ("2", "eve"))) == (
        RowLoss("t", "name", "bob", "eve"),
    )
    assert down(before, content("id name", ("1", "ada"))) == (RowLoss("t", None, "id = 2", None),)
    assert down(before, content("name", ("ada",), ("bob",))) == ()
    assert down(before, content("other")) == ()


def test_what_could_not_be_read_is_left_out() -> None:
    unread = TableContent({"id": "integer"}, (), ("id",), problem="too much")
    assert up(KEYED, unread) == ()
    assert up(unread, None) == ()


def test_a_table_without_columns_has_rows_all_the_same() -> None:
    assert up(TableContent({}, ((), ())), TableContent({}, ((),))) == (
        RowLoss("t", None, "1 of 2 rows", None),
    )


def test_rows_that_a_revision_put_in_may_go_again() -> None:
    with_default = content("id name", ("1", "ada"), ("2", "bob"), ("3", "default"))
    migrated = rows_added(TableRows({"t": KEYED}), TableRows({"t": with_default}))
    assert migrated.tables["t"].rows == (("3", "default"),)
    after = TableRows({"t": KEYED})
    assert compare_rows(TableRows({"t": with_default}), after, direction="down", migrated=[migrated]) == ()
    assert len(compare_rows(TableRows({"t": with_default}), after, direction="down")) == 1


def test_added_rows_without_a_key_are_told_by_the_columns_of_both_sides() -> None:
    before = TableRows({"t": content("name", ("ada",), ("ada",))})
    after = TableRows({"t": content("name bio", ("ada", None), ("ada", None), ("ada", "new"))})
    assert rows_added(before, after).counts() == {"t": 1}
    assert rows_added(TableRows(), after).counts() == {"t": 3}


def test_the_list_of_losses_ends_with_a_sum() -> None:
    before = content("id name", *((str(n), "x") for n in range(100)))
    losses = up(before, content("id name"))
    assert len(losses) == MOST_LOSSES + 1
    assert losses[-1] == RowLoss("t", None, "and 80 more losses", None)


def test_texts_are_clean_and_short() -> None:
    before = content("id name", ("1", "\x1b[31mred\x00\n" + "long " * 100))
    (loss,) = up(before, content("id name", ("1", "")))
    assert loss.expected.startswith("red long")
    assert len(loss.expected) == 120
    assert loss.found == ""


def test_settled_is_a_table_with_enough_rows_that_a_step_left_alone() -> None:
    many = tuple((str(number), "x") for number in range(ENOUGH_ROWS))
    before = {
        "same": content("id name", *many),
        "few": content("id name", *many[1:]),
        "wider": content("id", *((number,) for number, _ in many)),
        "retyped": content("id name", *many),
    }
    after = {
        **before,
        "new": content("id name", *many),
        "wider": content("id name", *many),
        "retyped": content("id name", *many, name="varchar(80)"),
    }

    assert full_tables(TableRows(before), TableRows(after)) == {"same"}


def test_an_upgrade_may_change_rows_of_a_revision_and_must_not_remove_them() -> None:
    filled = content("id name", ("1", "reader"), ("2", "author"))
    migrated = [TableRows({"t": filled})]
    renamed = TableRows({"t": content("id name", ("1", "guest"), ("2", "author"))})
    fewer = TableRows({"t": content("id name", ("2", "author"))})
    assert compare_rows(TableRows({"t": filled}), renamed, direction="up", migrated=migrated) == ()
    assert compare_rows(TableRows({"t": filled}), fewer, direction="up", migrated=migrated) == (
        RowLoss("t", None, "id = 1", None, migrated=True),
    )
    assert compare_rows(TableRows({"t": filled}), fewer, direction="down", migrated=migrated) == ()
    emptied = TableRows({"t": content("id name", ("1", "reader"), ("2", None))})
    assert compare_rows(TableRows({"t": filled}), emptied, direction="up", migrated=migrated) == (
        RowLoss("t", "name", "author", "NULL", migrated=True),
    )


def test_an_example_shows_the_first_values_beside_the_key() -> None:
    rows = TableRows({"t": content("id a b c d", ("1", None, "x", "y", "z")), "empty": content("id")})
    assert example_rows(rows) == {"t": "b = x, c = y, d = z"}


def enum(labels: str, *rows: Row) -> TableContent:
    """A table with an enum in its second column."""
    return replace(content("id mood", *rows, mood="public.mood"), labels={"mood": tuple(labels.split())})


def test_a_label_of_an_enum_with_a_new_name_is_no_loss() -> None:
    before = enum("sad new", ("1", "new"), ("2", "sad"))
    assert up(before, enum("sad open", ("1", "open"), ("2", "sad"))) == ()
    assert len(up(before, enum("sad open", ("1", "sad"), ("2", "sad")))) == 1


def test_labels_in_another_order_are_still_the_same() -> None:
    before = enum("sad new", ("1", "new"))
    assert up(before, enum("new sad", ("1", "new"))) == ()
    assert len(up(before, enum("new sad", ("1", "sad")))) == 1


def test_a_value_that_head_does_not_allow_has_to_change() -> None:
    before, after = TableRows({"t": KEYED}), TableRows({"t": content("id name", ("1", "eve"), ("2", "eve"))})
    assert compare_rows(before, after, direction="up", refused=[("t", "name", "ada")]) == (
        RowLoss("t", "name", "bob", "eve"),
    )


def test_a_label_in_upper_case_is_the_same_as_its_text() -> None:
    text, label = content("id mood", ("1", "sad")), enum("SAD NEW", ("1", "SAD"))
    assert up(text, label) == ()
    assert down(label, text) == ()
    assert len(up(text, enum("SAD NEW", ("1", "NEW")))) == 1
    assert len(up(text, enum("SAD sad", ("1", "SAD")))) == 1

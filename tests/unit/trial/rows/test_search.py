"""Going through the values of a row's columns."""

from __future__ import annotations

from grader.trial.rows.search import ColumnChoice, RowSearch


def slot(columns: str, *options: str) -> ColumnChoice:
    return ColumnChoice(tuple(columns), tuple(tuple(option) for option in options))


def test_it_begins_with_the_likeliest_values() -> None:
    assert RowSearch([slot("a", "1", "2"), slot("b", "x")]).cells() == {"a": "1", "b": "x"}


def test_only_the_columns_that_were_refused_change() -> None:
    search = RowSearch([slot("a", "1", "2"), slot("b", "x", "y")])
    assert search.advance(["b"])
    assert search.cells() == {"a": "1", "b": "y"}


def test_it_ends_when_all_values_were_refused() -> None:
    search = RowSearch([slot("a", "1", "2", "3")])
    assert [search.advance(["a"]) for _ in range(3)] == [True, True, False]


def test_all_combinations_of_two_columns_are_tried_once() -> None:
    search = RowSearch([slot("a", "1", "2", "3"), slot("b", "x", "y")])
    seen = [tuple(search.cells().values())]
    while search.advance(["a", "b"]):
        seen.append(tuple(search.cells().values()))
    assert len(seen) == len(set(seen)) == 6


def test_columns_of_one_key_change_together() -> None:
    search = RowSearch([slot("ab", "1x", "2y")])
    assert search.advance(["b"])
    assert search.cells() == {"a": "2", "b": "y"}


def test_the_later_slot_decides_where_two_overlap() -> None:
    assert RowSearch([slot("ab", "1x"), slot("bc", "yz")]).cells() == {"a": "1", "b": "y", "c": "z"}


def test_columns_that_it_gives_no_value_to() -> None:
    search = RowSearch([slot("a", "1", "2"), slot("b", "x")])
    assert not search.advance(["id"])
    assert not search.covers(["id"])
    assert not search.advance(["b"])
    assert search.covers(["b"])


def test_it_goes_on_from_what_an_earlier_row_ended_with() -> None:
    search = RowSearch([slot("a", "1", "2", "3"), slot("b", "x")], [1, 5])
    assert search.cells() == {"a": "2", "b": "x"}
    assert search.advance(["a"])
    assert search.cells()["a"] == "1"


def test_many_columns_do_not_make_endless_combinations() -> None:
    wide = [slot(name, *"123456789") for name in "abcdefghij"]
    search = RowSearch(wide)
    count = 0
    while search.advance(list("abcdefghij")):
        count += 1
    assert 100 < count < 3000

"""Columns whose values are kept in another form."""

from __future__ import annotations

from collections.abc import Sequence

from grader.trial.rows.moves import moved_columns
from grader.trial.rows.reading import Row, TableContent


def content(names: str, *rows: Row) -> TableContent:
    """Texts, with the key `id`."""
    return TableContent(dict.fromkeys(names.split(), "text"), rows, ("id",) if "id" in names.split() else ())


def moved(
    before: TableContent, after: TableContent, *fresh: TableContent, renamed: Sequence[str] = ()
) -> set[str]:
    gone = [name for name in before.columns if name not in after.columns]
    return moved_columns(before, after, gone, fresh, renamed)


NAMES = content("id name", ("1", "Ada Lovelace"), ("2", "Bob Ross"))


def test_a_text_that_is_split() -> None:
    assert moved(NAMES, content("id first last", ("1", "Ada", "Lovelace"), ("2", "Bob", "Ross"))) == {"name"}


def test_a_split_that_loses_a_word() -> None:
    assert moved(NAMES, content("id first last", ("1", "Ada", "Lovelace"), ("2", "Bob", "Bob"))) == set()


def test_words_in_the_wrong_row() -> None:
    assert moved(NAMES, content("id first last", ("1", "Bob", "Ross"), ("2", "Ada", "Lovelace"))) == set()


def test_columns_that_are_joined() -> None:
    before = content("id first last", ("1", "Ada", "Lovelace"), ("2", "Bob", None))
    assert moved(before, content("id name", ("1", "Ada Lovelace"), ("2", "Bob"))) == {"first", "last"}


def test_a_column_that_holds_the_values_of_another_does_not_count() -> None:
    after = content("id first last", ("1", "Ada", "Lovelace"), ("2", "Bob", "Ross"))
    assert moved(NAMES, after, renamed=["last"]) == set()


def test_a_column_that_became_a_table() -> None:
    before = content("id city", ("1", "Bern"), ("2", "Oslo"), ("3", "Bern"), ("4", None))
    after = content("id", ("1",), ("2",), ("3",), ("4",))
    assert moved(before, after, content("id name", ("1", "Oslo"), ("2", "Bern"))) == {"city"}
    assert moved(before, after, content("id name", ("1", "Oslo"))) == set()


def test_numbers_are_found_anywhere_by_chance() -> None:
    before = TableContent({"id": "integer", "n": "integer"}, (("1", "5"),), ("id",))
    assert moved(before, TableContent({"id": "integer", "m": "integer"}, (("1", "5"),), ("id",))) == set()
    assert moved(before, content("id", ("1",)), content("id name", ("5", "x"))) == set()

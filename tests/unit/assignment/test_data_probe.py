"""What can be told of a query from its text, and when two probes put the same rows in."""

from __future__ import annotations

import pytest

from grader.assignment.data_probe import DataProbe, has_star, is_one_query, is_ordered, without_end


@pytest.mark.parametrize(
    ("query", "ordered"),
    [
        ("SELECT id FROM users ORDER BY id", True),
        ("select id from users order\n by id", True),
        ("SELECT (SELECT id FROM users ORDER BY id LIMIT 1)", False),
        ("SELECT 'order by' FROM users -- ORDER BY id", False),
        ('SELECT "order by" FROM users', False),
        ("SELECT row_number() OVER (ORDER BY id) FROM users", False),
        ("SELECT max(coalesce(a, (1))) FROM users GROUP BY b ORDER BY b", True),
    ],
)
def test_order_counts_where_the_query_itself_has_it(query: str, *, ordered: bool) -> None:
    assert is_ordered(query) is ordered


@pytest.mark.parametrize(
    ("query", "one"),
    [
        ("SELECT ';' FROM users;", True),
        ("  WITH a AS (SELECT 1) SELECT * FROM a", True),
        ("-- all of them\nVALUES (1)", True),
        ("(SELECT 1) UNION (SELECT 2)", True),
        ("SELECT 1; SELECT 2", False),
        ("UPDATE users SET id = 1", False),
        ("", False),
    ],
)
def test_one_query_and_nothing_that_writes(query: str, *, one: bool) -> None:
    assert is_one_query(query) is one


def test_what_ends_a_query_is_no_part_of_it() -> None:
    assert without_end(" SELECT 1 ;;\n") == "SELECT 1"
    assert without_end("SELECT ';' -- all; of them\n; /* and */ -- more") == "SELECT ';'"


@pytest.mark.parametrize(
    ("query", "star"),
    [
        ("SELECT * FROM users", True),
        ("SELECT u.* FROM users u", True),
        ("SELECT id, * FROM users", True),
        ("SELECT count(*) FROM users", False),
        ("SELECT a * b FROM users", False),
    ],
)
def test_a_star_asks_for_whatever_there_is(query: str, *, star: bool) -> None:
    assert has_star(query) is star


def test_probes_with_the_same_rows_have_the_same_key() -> None:
    one = DataProbe("users.first_name", {"users": ({"id": 1},)}, at_head=("SELECT 1",))
    assert one.key == DataProbe("users.first_name", {"users": [{"id": 1}]}, below=("SELECT 2",)).key
    assert one.key != DataProbe("users.first_name", {"users": ({"id": 2},)}).key
    assert one.key != DataProbe("users.last_name", {"users": ({"id": 1},)}).key
    two = {"a": ({"id": 1},), "b": ({"id": 1},)}
    assert DataProbe("x", two).key != DataProbe("x", dict(reversed(two.items()))).key


def test_what_rows_need() -> None:
    rows = DataProbe("x", {"users": ({"id": 1}, {"name": "a"})})
    assert rows.needs == {"users": {"id", "name"}}
    statements = DataProbe(
        "x", sql='INSERT INTO users (id) VALUES (1); insert into public."posts" VALUES (1)'
    )
    assert statements.needs == {"users": set(), "posts": set()}

"""What of the snapshot needs no server: the query that fits a version, and the names of objects."""

from __future__ import annotations

import pytest

from grader.observations.schema import SchemaKind
from grader.trial.schema import snapshot


@pytest.mark.parametrize(
    ("version", "there", "not_there"),
    [
        (140_010, ("pubviaroot",), ("indnullsnotdistinct", "conenforced", "colliculocale", "colllocale")),
        (150_003, ("indnullsnotdistinct", "colliculocale"), ("collicurules", "colllocale", "conenforced")),
        (170_005, ("indnullsnotdistinct", "colllocale", "collicurules"), ("conenforced", "colliculocale")),
        (190_000, ("conenforced", "colllocale"), ("colliculocale",)),
    ],
)
def test_the_query_asks_only_for_what_the_server_has(
    version: int, there: tuple[str, ...], not_there: tuple[str, ...]
) -> None:
    query = snapshot._query(version, snapshot._COMMON + snapshot._UNCOMMON)
    assert [name for name in there if name not in query] == []
    assert [name for name in not_there if name in query] == []


@pytest.mark.parametrize(
    ("scope", "name", "kind", "expected"),
    [
        (None, "users", "table", "users"),
        ("users", "bio", "column", "users.bio"),
        ("other.users", "bio", "column", "other.users.bio"),
        ("users", "a.b", "column", 'users."a.b"'),
        (None, 'a"b', "table", '"a""b"'),
        (None, "total(public.mood)", "function", "total(public.mood)"),
    ],
)
def test_names_are_qualified_without_ambiguity(
    scope: str | None, name: str, kind: str, expected: str
) -> None:
    assert snapshot._qualify(scope, name, SchemaKind(kind)) == expected


def test_only_the_beginning_of_a_long_content_is_kept() -> None:
    kept = snapshot._Head(5)
    assert [kept.write(b"abc"), kept.write(b"defg"), kept.write(b"h")] == [3, 4, 1]
    assert kept.getvalue() == b"abcde"

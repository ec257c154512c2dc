"""How the URL of somebody else's server is read, and what is said of a bad one."""

from __future__ import annotations

import pytest

from grader.errors import UsageError
from grader.runtime.postgres.external import parse_url
from grader.runtime.postgres.interface import Endpoint


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        (
            "postgresql://ada:secret@db.example.org:6543/grades",
            Endpoint("db.example.org", 6543, "ada", "secret", "grades"),
        ),
        ("postgres://ada:secret@db", Endpoint("db", 5432, "ada", "secret", "postgres")),
        ("postgresql://ada:p%40ss%2Fw%25rd@[::1]/", Endpoint("::1", 5432, "ada", "p@ss/w%rd", "postgres")),
        ("postgresql://ada@db/x?sslmode=require", Endpoint("db", 5432, "ada", "", "x", "require")),
        ("postgresql://ada:s@/x?host=/run/pg", Endpoint("/run/pg", 5432, "ada", "s", "x")),
    ],
)
def test_url_is_read(url: str, endpoint: Endpoint) -> None:
    assert parse_url(url) == endpoint


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://ada:topsecret@db/x", "begins with postgresql://"),
        ("postgresql://db/x", "names no user"),
        ("postgresql://ada:topsecret@/x", "names no host"),
        ("postgresql:///x", "names no user and no host"),
        ("postgresql://ada:topsecret@db:port/x", "a host or a port that cannot be read"),
        ("postgresql://ada:topsecret@db:99999/x", "a host or a port that cannot be read"),
        ("postgresql://ada:topsecret@[::1/x", "a host or a port that cannot be read"),
        ("postgresql://ada:topsecret@db/x?sslmode=perhaps", "unknown sslmode"),
        ("postgresql://ada:topsecret@db/x?options=-c&sslrootcert=a", "not supported: options, sslrootcert"),
    ],
)
def test_bad_url_is_refused_without_its_password(url: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        parse_url(url)

    shown = f"{caught.value.message} {caught.value.next_step}"
    assert "topsecret" not in shown
    assert caught.value.next_step


def test_password_is_not_in_the_representation() -> None:
    assert "topsecret" not in repr(parse_url("postgresql://ada:topsecret@db/x"))

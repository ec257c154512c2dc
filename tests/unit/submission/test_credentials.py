"""What is a password and what only stands where one will be."""

from __future__ import annotations

import pytest

from grader.submission.credentials import holds_url_password, is_placeholder


@pytest.mark.parametrize(
    "value",
    [
        "",
        "password",
        "PASSWORD",
        "your-password",
        "[YOUR-PASSWORD]",
        "%5BYOUR-PASSWORD%5D",
        "<password>",
        "<db-password>",
        "${DB_PASSWORD}",
        "$PASSWORD",
        "{password}",
        "%(password)s",
        "%s",
        "changeme",
        "change-me-please",
        "xxxxxxxx",
        "********",
        "secret",
        "my_secret_key",
        "dev",
        "replace-this-with-a-key",
        '"your-key-here"',
    ],
)
def test_placeholders(value: str) -> None:
    assert is_placeholder(value)


@pytest.mark.parametrize("value", ["hunter2", "S3cr3t!", "x8Kq0pLm2", "postgres", "passw0rd99", "tok3n-9f8a"])
def test_real_values(value: str) -> None:
    assert not is_placeholder(value)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("postgresql://ada:hunter2@db.example.com:5432/app", True),
        ("postgresql+psycopg2://postgres.abc:p@ss/w0rd@aws-0.pooler.supabase.com:6543/postgres", True),
        ("url = 'postgres://ada:hunter2@localhost/app'", True),
        ("postgresql://ada@localhost/app", False),
        ("postgresql:///app", False),
        ("postgresql://user:password@localhost/app", False),
        ("postgresql://postgres:[YOUR-PASSWORD]@db.abc.supabase.co:5432/postgres", False),
        ("driver://user:pass@localhost/dbname", False),
        ("https://ada:hunter2@example.com/", False),
    ],
)
def test_database_urls(text: str, holds: bool) -> None:
    assert holds_url_password(text, databases_only=True) is holds


def test_any_url_counts_when_asked() -> None:
    assert holds_url_password("redis://:hunter2@cache:6379/0")


def test_a_long_text_is_searched_quickly() -> None:
    assert not holds_url_password("a" * 300_000 + "://" + ":" * 300_000)

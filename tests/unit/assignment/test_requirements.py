"""Which requirements an assignment may name, and what is said of all others."""

from __future__ import annotations

import pytest

from grader.assignment.requirements import name_of, problem_of


@pytest.mark.parametrize(
    "requirement",
    [
        *(
            "flask==3.1.0",
            "Flask == 3.1.0",
            "sqlalchemy[asyncio]==2.0.36",
            "SQLAlchemy==2.0.0",
            "alembic==1.13.0",
        ),
        *('tomli==2.0.1; python_version < "3.11"', "psycopg==3.2.13", "a==1.0.post1", "a==1!2.0+local"),
    ],
)
def test_exact_versions_are_taken(requirement: str) -> None:
    assert problem_of(requirement) is None


@pytest.mark.parametrize(
    ("requirement", "words"),
    [
        ("flask>=3", "is no exact version. Write `flask==`"),
        ("flask", "is no exact version. Write `flask==`"),
        ("flask==3.*", "is no exact version"),
        ("flask~=3.0", "is no exact version"),
        ("flask>=3,<4", "is no exact version"),
        ("uvicorn[standard]", "Write `uvicorn[standard]==`"),
        ("sqlalchemy==1.4.54", "is too old: students' code is run with sqlalchemy 2.0 or later."),
        ("Alembic==1.12.1", "is too old"),
        ("flask==3.1.0 --hash=sha256:abc", "has a hash"),
        ("flask==3.1.0 \\", "has a hash"),
        ("-r other.txt", "is an option of pip"),
        ("-e .", "is an option of pip"),
        ("--index-url https://index.invalid", "is an option of pip"),
        ("shop @ git+https://host.invalid/shop", "is an address"),
        ("git+https://host.invalid/shop", "is an address"),
        ("./shop", "is an address"),
        ("wheels/shop-1.0-py3-none-any.whl", "is an address"),
        ("flask=3.1.0", "is no requirement"),
        ("flask 3.1.0", "is no requirement"),
    ],
)
def test_all_else_is_refused_with_what_to_write_instead(requirement: str, words: str) -> None:
    assert words in (problem_of(requirement) or "")


def test_names_are_compared_as_pip_does() -> None:
    assert name_of("Flask_SQLAlchemy[x]==3.1.1") == "flask-sqlalchemy"
    assert name_of("what is that?") == "what is that?"

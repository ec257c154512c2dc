"""Which names say that a database is for tests. What a database holds is tested with a server."""

from __future__ import annotations

import pytest

from grader.errors import UsageError
from grader.runs.database_in_use import is_disposable, refuse_if_in_use


@pytest.mark.parametrize(
    "name",
    [
        "test",
        "exercise_4_test",
        "tmp",
        "Scratch-2",
        "my.temp",
        "testdb",
        "db_testing",
        "disposable",
        "e4test1",
    ],
)
def test_names_of_databases_for_tests(name: str) -> None:
    assert is_disposable(name)


@pytest.mark.parametrize(
    "name",
    ["postgres", "contest", "latest", "attempt", "template1", "production", "tempest", "testimonials", ""],
)
def test_names_of_other_databases(name: str) -> None:
    assert not is_disposable(name)


def test_a_database_for_tests_is_not_checked() -> None:
    refuse_if_in_use("postgresql://ada:secret@host.invalid/exercise_test")


def test_a_url_that_cannot_be_read_keeps_its_password() -> None:
    with pytest.raises(UsageError) as caught:
        refuse_if_in_use("mysql://ada:secret@host.invalid/exercise")
    assert "postgresql://" in caught.value.message
    assert "secret" not in f"{caught.value.message}{caught.value.next_step}"

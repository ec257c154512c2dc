"""Which environment variables belong to the harness."""

from __future__ import annotations

import pytest

from grader.assignment.variables import is_reserved


@pytest.mark.parametrize("name", ["DIRECT_URL", "SECRET_KEY", "db", "_X", "APP_PGDATA"])
def test_usual_names_are_free(name: str) -> None:
    assert not is_reserved(name)


@pytest.mark.parametrize("name", ["PATH", "PYTHONPATH", "LD_PRELOAD", "PGHOST", "pgoptions", "", "a b", "1A"])
def test_names_of_the_system_are_not(name: str) -> None:
    assert is_reserved(name)

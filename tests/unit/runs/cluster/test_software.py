"""Which versions have to be the same on all machines."""

from __future__ import annotations

from grader import __version__
from grader.runs.cluster.software import difference, software


def test_software_names_what_verdicts_depend_on() -> None:
    found = software()
    assert found["grader"] == __version__
    assert found.keys() >= {"Python", "alembic", "sqlalchemy", "flask", "psycopg2-binary"}
    assert found["the image of PostgreSQL"].startswith("migration-grader-postgres:")
    assert found["the image of the sandbox"].startswith("migration-grader-sandbox:")


def test_equal_versions_give_no_difference() -> None:
    assert difference(software(), software()) == ""


def test_differences_are_named() -> None:
    here = {"grader": "0.2.0", "alembic": "1.20.1", "mako": "1.3"}
    there = {"grader": "0.1.0", "alembic": "1.20.1", "greenlet": "3.2"}
    assert difference(here, there) == (
        "grader is 0.1.0 there and 0.2.0 here, mako is missing there and 1.3 here, "
        "greenlet is 3.2 there and missing here"
    )

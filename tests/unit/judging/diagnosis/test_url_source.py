"""Where a database URL is written, and what to write there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.judging.diagnosis import url_source
from grader.judging.diagnosis.clue import Clue, Location
from grader.judging.diagnosis.traceback_text import ErrorText
from grader.observations.files import Landmark, LandmarkKind
from grader.observations.model import Observations
from tests.unit.judging.diagnosis.outputs import failed
from tests.unit.judging.diagnosis.project import FLASK_PROJECT, PROJECT

URL, URI, VARIABLE = LandmarkKind.DATABASE_URL, LandmarkKind.DATABASE_URI, LandmarkKind.VARIABLE


def clue(*landmarks: Landmark, project: Observations = PROJECT) -> Clue:
    submission = replace(project.submission, landmarks=landmarks)
    return Clue(failed(""), replace(project, submission=submission), ErrorText(""))


def test_a_url_is_found_by_its_host_or_its_scheme() -> None:
    seen = clue(
        Landmark(URL, "alembic.ini", 3, "driver://localhost"),
        Landmark(URL, "app.py", 7, "postgresql+psycopg://db.example.org"),
    )
    assert url_source.written_with(seen, scheme="driver") == Location("alembic.ini", 3)
    assert url_source.written_with(seen, host="127.0.0.1") == Location("alembic.ini", 3)
    assert url_source.written_with(seen, host="db.example.org") == Location("app.py", 7)
    assert url_source.written_with(seen, scheme="postgresql") == Location("app.py", 7)
    assert url_source.written_with(seen, host="elsewhere") is None


def test_a_url_in_parts_is_found_where_there_is_one() -> None:
    parts = Landmark(URL, "settings.py", 9, "postgresql://")
    assert url_source.built_at(clue(parts)) == Location("settings.py", 9)
    assert url_source.built_at(clue(parts, replace(parts, line=12))) is None


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("SUPABASE_URL",), "SUPABASE_URL"),
        (("SECRET_KEY", "DIRECT_URL", "DB_DSN", "DB_DSN"), "DB_DSN"),
        (("A_URL", "B_URL"), None),
        (("DATABASE_URL",), None),
    ],
)
def test_the_variable_of_a_url_that_is_not_set(names: tuple[str, ...], found: str | None) -> None:
    missing = url_source.missing_variable(clue(*(Landmark(VARIABLE, "a.py", 1, name) for name in names)))
    assert (missing.name if missing else None) == found


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Location("alembic.ini", 4), "Comment out alembic.ini, line 4, and set the URL in alembic/env.py"),
        (Location("settings.py", 4), 'In settings.py, line 4 write os.environ["DIRECT_URL"] in place'),
        (
            Location("app.py", 4),
            'os.environ["DATABASE_URL"] in place of the URL, and os.environ["DIRECT_URL"] for the migrations',
        ),
        (None, 'Take the URL from os.environ["DIRECT_URL"] in alembic/env.py'),
    ],
)
def test_what_to_write_with_alembic(place: Location | None, words: str) -> None:
    assert words in url_source.mend_url(clue(Landmark(URI, "app.py", 4)), place)


def test_with_flask_migrate_the_app_has_the_url_of_the_migrations() -> None:
    seen = clue(Landmark(URI, "config.py", 2), project=FLASK_PROJECT)
    assert 'In config.py, line 2 write os.environ["DIRECT_URL"]' in url_source.mend_url(
        seen, Location("config.py", 2)
    )
    unknown = url_source.mend_url(seen)
    assert (
        '`app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DIRECT_URL"]` in config.py, line 2' in unknown
    )
    assert "before db is initialised" in url_source.mend_url(clue(project=FLASK_PROJECT))


def test_an_env_py_of_the_students_own_is_mended_there_with_flask_migrate_too() -> None:
    own = Landmark(VARIABLE, "migrations/env.py", 8, "A_URL")
    assert "in migrations/env.py" in url_source.mend_url(clue(own, project=FLASK_PROJECT))

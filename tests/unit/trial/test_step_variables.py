"""The variables of a step: the two URLs, and what an example file names."""

from __future__ import annotations

import io

import pytest
from dotenv import dotenv_values

from grader.assignment.model import Project
from grader.trial.step_variables import env_file_text, step_variables

DIRECT = "postgresql://migrator:pw1@127.0.0.1:40001/student"
POOLED = "postgresql://app:pw2@127.0.0.1:40001/student"
SUPABASE = {"user": "postgres", "password": "", "host": "db.abcd.supabase.co", "dbname": "postgres"}


def given(**example: str) -> dict[str, str]:
    """What an example file leads to, besides the two URLs."""
    found = step_variables(Project(), DIRECT, POOLED, example)
    assert (found.pop("DIRECT_URL"), found.pop("DATABASE_URL")) == (DIRECT, POOLED)
    return found


def test_without_an_example_there_are_the_two_urls() -> None:
    assert given() == {}


def test_an_example_does_not_decide_the_two_urls() -> None:
    assert given(DATABASE_URL="sqlite:///a.db", DIRECT_URL="postgresql://a@b/c") == {}


def test_other_variables_have_the_value_of_the_example() -> None:
    example = {"SERVER_NAME": "localhost:5000", "FLASK_DEBUG": "1", "PORT": "5000", "HOST": "0.0.0.0"}  # noqa: S104
    assert given(**example) == example


def test_an_empty_secret_gets_a_value() -> None:
    assert given(SECRET_KEY="", DEBUG="") == {"SECRET_KEY": "example", "DEBUG": ""}


@pytest.mark.parametrize(
    "name",
    [
        *(
            "FLASK_APP",
            "PATH",
            "HOME",
            "TMPDIR",
            "PYTHONPATH",
            "PYTHONSTARTUP",
            "LD_PRELOAD",
            "DYLD_INSERT_LIBRARIES",
        ),
        *("PGOPTIONS", "PGSERVICEFILE", "PGSSLMODE", "PGHOSTADDR", "LC_ALL", "SSL_CERT_FILE", "a b", "A=B"),
    ],
)
def test_what_an_example_may_not_set(name: str) -> None:
    assert given(**{name: "x"}) == {}


def test_a_value_with_control_characters_is_left_out() -> None:
    assert given(A="x\0y", B="x\ny") == {}


@pytest.mark.parametrize(
    "names",
    [
        ("DB_HOST", "DB_PORT", "DB_USER", "DB_PASSWORD", "DB_NAME"),
        ("DBHOST", "DBPORT", "DBUSER", "DBPASS", "DBNAME"),
        ("POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"),
        ("POSTGRES_SERVER", "POSTGRES_PORT", "POSTGRES_USERNAME", "POSTGRES_PWD", "POSTGRES_DATABASE"),
        ("DATABASE_HOST", "DATABASE_PORT", "DATABASE_USER", "DATABASE_PASSWORD", "DATABASE_NAME"),
        ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE"),
        ("APP_DB_HOST", "APP_DB_PORT", "APP_DB_USER", "APP_DB_PASSWORD", "APP_DB_DATABASE"),
        ("host", "port", "user", "password", "dbname"),
    ],
)
def test_parts_of_a_url(names: tuple[str, ...]) -> None:
    expected = ("127.0.0.1", "40001", "migrator", "pw1", "student")
    assert given(**dict.fromkeys(names, "")) == dict(zip(names, expected, strict=True))


def test_parts_of_the_pooled_connection() -> None:
    assert given(DB_PORT="6543", DB_USER="")["DB_USER"] == "app"
    assert given(POOL_DB_USER="", DIRECT_DB_USER="", DIRECT_DB_PORT="6543") == {
        "POOL_DB_USER": "app",
        "DIRECT_DB_USER": "migrator",
        "DIRECT_DB_PORT": "40001",
    }
    found = given(**SUPABASE, port="6543")
    assert (found["user"], found["dbname"]) == ("app", "student")


@pytest.mark.parametrize("name", ["MAIL_SERVER", "MAIL_PORT", "REDIS_HOST", "ADMIN_PASSWORD", "SERVER_NAME"])
def test_parts_of_something_else(name: str) -> None:
    assert given(**{name: "x"}) == {name: "x"}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SQLALCHEMY_DATABASE_URI", "postgresql://user:password@localhost/db", DIRECT),
        ("SQLALCHEMY_DATABASE_URI", "postgresql://user:password@localhost:6543/db", POOLED),
        ("DEV_DATABASE_URL", "", DIRECT),
        ("SUPABASE_DB_URL", "<your URL>", DIRECT),
        ("POOLER_URL", "postgres://a:b@pooler.supabase.com:5432/postgres", POOLED),
        ("POSTGRES_URL_NON_POOLING", "postgres://a:b@host:5432/db", DIRECT),
        ("DIRECT_DATABASE_URL", "postgresql://a:b@host:6543/db", DIRECT),
        ("DB_URL", "postgresql+psycopg2://a:b@h/d", DIRECT.replace("://", "+psycopg2://", 1)),
        ("DB_URL", "postgres://a:b@h/d?sslmode=require&pgbouncer=true", f"{DIRECT}?sslmode=require"),
        (
            "ASYNC_URL",
            "postgresql+asyncpg://a@h/d?ssl=require",
            f"{DIRECT}?ssl=require".replace("://", "+asyncpg://", 1),
        ),
        ("TEST_DATABASE_URL", "sqlite:///test.db", "sqlite:///test.db"),
        ("SUPABASE_URL", "https://abcd.supabase.co", "https://abcd.supabase.co"),
    ],
)
def test_urls_under_other_names(name: str, value: str, expected: str) -> None:
    assert given(**{name: value}) == {name: expected}


def test_what_the_example_writes_like_one_of_the_two_urls_is_that_one() -> None:
    one, other = "postgresql://a:b@h:5432/one", "postgresql://a:b@h:5432/other"
    assert given(DATABASE_URL=one, DIRECT_URL=other, APP_URL=one) == {"APP_URL": POOLED}
    assert given(DATABASE_URL=one, DIRECT_URL=one, APP_URL=one) == {"APP_URL": DIRECT}


def test_the_file_is_read_back_as_it_was_meant() -> None:
    values = {"A": DIRECT, "B": "two words # no comment", "C": 'it\'s \\ "so" $HOME ${HOME}', "D": ""}
    text = env_file_text(values)
    assert dict(dotenv_values(stream=io.StringIO(text), interpolate=False)) == values
    assert text.startswith(f"A={DIRECT}\n")


# --- what an assignment says ------------------------------------------------------------------------------


def variables(project: Project, **example: str) -> dict[str, str]:
    return step_variables(project, DIRECT, POOLED, example)


def test_an_assignment_names_the_variables_of_the_connections() -> None:
    project = Project(direct_url=("MIGRATIONS_URL", "ADMIN_URL"), pooled_url=("APP_URL",))

    assert variables(project) == {"MIGRATIONS_URL": DIRECT, "ADMIN_URL": DIRECT, "APP_URL": POOLED}


def test_one_variable_for_both_is_one_connection() -> None:
    project = Project(direct_url=("DATABASE_URL",), pooled_url=("DATABASE_URL", "READ_URL"))

    assert variables(project) == {"DATABASE_URL": DIRECT, "READ_URL": DIRECT}
    assert variables(project, POOL_DB_URL="")["POOL_DB_URL"] == DIRECT


def test_further_variables_of_an_assignment_go_before_an_example() -> None:
    project = Project(variables={"SECRET_KEY": "for-grading", "EMPTY": "", "MODE": "test"})

    found = variables(project, SECRET_KEY="change-me", MODE="dev", OTHER="1")

    assert {name: found[name] for name in ("SECRET_KEY", "EMPTY", "MODE", "OTHER")} == {
        "SECRET_KEY": "for-grading",
        "EMPTY": "",
        "MODE": "test",
        "OTHER": "1",
    }


def test_an_assignment_names_the_form_of_a_url() -> None:
    form = "postgresql+asyncpg://"
    project = Project(variables={"DATABASE_URL": form, "ASYNC_DIRECT_URL": f"{form}x?ssl=require"})

    found = variables(project)

    assert found["DATABASE_URL"] == POOLED.replace("postgresql://", form)
    assert found["ASYNC_DIRECT_URL"] == DIRECT.replace("postgresql://", form) + "?ssl=require"
    assert found["DIRECT_URL"] == DIRECT


def test_parts_of_an_address_may_be_named_by_an_assignment() -> None:
    project = Project(
        variables={"DB_HOST": "", "DB_PORT": "", "DB_USER": "", "DB_PASSWORD": "", "DB_NAME": ""}
    )

    found = variables(project)

    assert (found["DB_HOST"], found["DB_USER"], found["DB_NAME"]) == ("127.0.0.1", "migrator", "student")

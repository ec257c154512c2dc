"""Committed files of environment variables."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.assignment.model import Project
from grader.submission.env_files import env_findings, is_env_file, is_example_env_file, without_database


@pytest.mark.parametrize("name", [".env", ".env.local", ".ENV", ".envrc", "production.env", ".env.example"])
def test_env_files(name: str) -> None:
    assert is_env_file(name)


@pytest.mark.parametrize("name", ["env.py", "environment.py", ".flaskenv", "env", "app.py"])
def test_other_files(name: str) -> None:
    assert not is_env_file(name)


@pytest.mark.parametrize("name", [".env.example", ".env-sample", "example.env", ".env.template", ".env.dist"])
def test_examples(name: str) -> None:
    assert is_example_env_file(name)


@pytest.mark.parametrize("name", [".env", ".env.local", ".env.production"])
def test_no_examples(name: str) -> None:
    assert not is_example_env_file(name)


@pytest.mark.parametrize(
    "line",
    [
        "DIRECT_URL=postgresql://ada:hunter2@db.example.com/app",
        'export DATABASE_URL = "postgresql://ada:hunter2@db.example.com/app"',
        "PGPASSWORD='hunter2'",
        "DB_PASS=hunter2 # mine",
        "SECRET_KEY=9f8a7b6c5d4e",
        "SUPABASE_SERVICE_ROLE_KEY=eyJhbGciOi.J9.abc",
        "API_TOKEN=tok-9f8a7b6c",
    ],
)
def test_a_secret_is_found_with_its_line_and_never_shown(line: str) -> None:
    (finding,) = env_findings(".env", f"# settings\nFLASK_APP=app\n{line}\n".encode())
    assert (finding.kind, finding.path, finding.line) == ("committed_env", ".env", 3)
    assert "hunter2" not in finding.message
    assert "9f8a" not in finding.message
    assert ".gitignore" in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FLASK_APP=app\nFLASK_DEBUG=1\n",
        "DIRECT_URL=\nSECRET_KEY=\n",
        "DIRECT_URL=postgresql://postgres:[YOUR-PASSWORD]@db.abc.supabase.co:5432/postgres",
        "DATABASE_URL=postgresql://user:password@localhost/app",
        "DATABASE_URL=sqlite:///app.db",
        "PGPASSWORD=your-password\nSECRET_KEY=dev\nAPI_KEY=<key>",
        "# DIRECT_URL=postgresql://ada:hunter2@db/app",
        "SUPABASE_URL=https://abc.supabase.co",
        "DATABASE_URL=postgresql://ada:${DB_PASSWORD}@db/app",
        "not a setting at all",
    ],
)
def test_no_secret(text: str) -> None:
    assert env_findings(".env", text.encode()) == ()


@pytest.mark.parametrize(
    "line",
    [
        "DB_PASSWORD=postgres",
        "POSTGRES_PASSWORD='Admin'",
        "DATABASE_URL=postgresql://postgres:postgres@localhost:5432/blog",
    ],
)
def test_a_password_of_local_servers_is_a_secret_only_where_it_may_be_in_use(line: str) -> None:
    assert env_findings(".env", line.encode())
    assert env_findings("backend/.env.example", line.encode()) == ()


def test_a_real_password_in_an_example_is_found() -> None:
    assert env_findings(".env.example", b"DB_PASSWORD=hunter2")


def test_utf_16_is_read() -> None:
    assert env_findings(".env", "PGPASSWORD=hunter2\r\n".encode("utf-16"))


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_garbage_is_no_error(data: bytes) -> None:
    env_findings(".env", data)


@pytest.mark.parametrize(
    "line",
    [
        "DATABASE_URL=whatever",
        "export DIRECT_URL = x",
        "PGHOST=db.example.com",
        "DB=sqlite:///app.db",
    ],
)
def test_a_line_that_says_where_a_database_is_is_taken_out(line: str) -> None:
    assert without_database(f"A=1\n{line}\nB=2".encode()) == b"A=1\nB=2"


@pytest.mark.parametrize(
    "line", ["FLASK_APP=blog:create_app('x')", "# DB=sqlite:///app.db", "HOME=http://a.example"]
)
def test_other_lines_stay(line: str) -> None:
    assert without_database(line.encode()) == line.encode()


def test_a_postgresql_url_under_another_name_becomes_the_direct_one() -> None:
    text = "A=1\nexport URI = 'postgresql+psycopg://ada:x@db.example.com/app?a=b'\n# B=postgres://x\n"
    assert without_database(text.encode()) == b"A=1\nexport URI =${DIRECT_URL}\n# B=postgres://x\n"


def test_lines_with_the_variables_that_an_assignment_names_are_left_out() -> None:
    project = Project(direct_url=("MIGRATIONS_URL",), pooled_url=("APP_URL",))
    text = "MIGRATIONS_URL=postgres://a\nexport APP_URL=x\nDIRECT_URL=1\nURI = postgres://b\n"

    assert without_database(text.encode(), project) == b"DIRECT_URL=1\nURI =${MIGRATIONS_URL}\n"

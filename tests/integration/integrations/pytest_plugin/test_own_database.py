"""`--postgres URL`: the user's own server is used, and a database in use is refused."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.errors import UsageError
from grader.runs.database_in_use import refuse_if_in_use
from grader.runtime.postgres.sessions import connect, fetch
from tests.integration.command import reference
from tests.pytest_runs import SETTINGS, run_pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grader.runtime.postgres.embedded import EmbeddedBackend
    from grader.runtime.postgres.interface import PostgresServer

pytestmark = pytest.mark.postgres

WITH_TABLES = "CREATE TABLE orders (id serial PRIMARY KEY); CREATE VIEW all_orders AS SELECT * FROM orders"


@pytest.fixture(scope="module")
def own(embedded_backend: EmbeddedBackend) -> Iterator[PostgresServer]:
    """A server with an empty database, one in use, one for tests, and a role with no rights."""
    with embedded_backend.server() as server:
        with closing(connect(server.endpoint)) as admin:
            for name in ("fresh", "work", "work_test"):
                fetch(admin, f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")
            fetch(admin, "CREATE ROLE ada LOGIN PASSWORD 'adas-password'")
        for name in ("work", "work_test"):
            with closing(connect(replace(server.endpoint, database=name))) as inside:
                fetch(inside, WITH_TABLES)
        yield server


def url_of(server: PostgresServer, database: str, login: str = "") -> str:
    endpoint = server.endpoint
    return f"postgresql://{login or f'{endpoint.user}:{endpoint.password}'}@/{database}?host={endpoint.host}"


@pytest.mark.parametrize("database", ["fresh", "work_test"])
def test_an_empty_database_and_one_for_tests_are_accepted(own: PostgresServer, database: str) -> None:
    refuse_if_in_use(url_of(own, database))


def test_a_database_in_use_is_refused_with_what_it_holds(own: PostgresServer) -> None:
    with pytest.raises(UsageError) as caught:
        refuse_if_in_use(url_of(own, "work"))
    assert "'work' of --postgres is in use" in caught.value.message
    assert "public.all_orders, public.orders, public.orders_id_seq" in caught.value.message
    assert "Leave --postgres out" in caught.value.next_step


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The reference solution in a repo that asks for the rubric."""
    folder = reference(tmp_path / "home")
    (folder / "pytest.ini").write_text(SETTINGS, encoding="utf-8")
    return folder


def test_grading_leaves_nothing_on_the_users_server(own: PostgresServer, home: Path) -> None:
    done = run_pytest(home, "--postgres", url_of(own, "work_test"))
    assert done.code == 0, done.output
    assert "PostgreSQL: external. Isolation: none" in done.output
    assert "100 of 100 points" in done.output
    assert own.endpoint.password not in done.output
    with closing(connect(own.endpoint)) as admin:
        databases = {
            name for (name,) in fetch(admin, "SELECT datname FROM pg_database WHERE NOT datistemplate")
        }
        roles = fetch(admin, "SELECT rolname FROM pg_roles WHERE rolname LIKE 'grader%'")
    assert databases == {"postgres", "fresh", "work", "work_test"}
    assert roles == []
    with closing(connect(replace(own.endpoint, database="work_test"))) as inside:
        assert fetch(inside, "SELECT relname FROM pg_class WHERE relname LIKE '%orders' ORDER BY 1") == [
            ("all_orders",),
            ("orders",),
        ]


@pytest.mark.parametrize(
    ("database", "login", "words"),
    [
        ("work", "", "The database 'work' of --postgres is in use"),
        ("fresh", "ada:adas-password", "may not create databases and roles"),
        ("fresh", "ada:not-hers", "password authentication failed"),
    ],
)
def test_a_server_that_cannot_be_used_is_named_once_with_what_to_do(
    own: PostgresServer, home: Path, database: str, login: str, words: str
) -> None:
    done = run_pytest(home, "--postgres", url_of(own, database, login))
    assert done.code == 4
    assert done.plain.count(words) == 1
    assert "ithout --postgres" in done.output or "Leave --postgres out" in done.output
    assert not any(secret in done.output for secret in ("adas-password", "not-hers", own.endpoint.password))
    assert "Traceback" not in done.output

"""Somebody else's server, played by one of our own."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from grader.errors import HarnessFault, UnavailableError
from grader.runtime.postgres.choose import choose_backend
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.external import ExternalBackend
from grader.runtime.postgres.sessions import connect, fetch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grader.runtime.postgres.embedded import EmbeddedBackend
    from grader.runtime.postgres.interface import Endpoint, PostgresServer

pytestmark = pytest.mark.postgres


def url_of(endpoint: Endpoint, *, user: str = "", password: str = "") -> str:
    login = f"{user or endpoint.user}:{password or endpoint.password}"
    return f"postgresql://{login}@/{endpoint.database}?host={endpoint.host}"


@pytest.fixture
def owner(embedded_backend: EmbeddedBackend) -> Iterator[PostgresServer]:
    """A server with a role `manager` that may make databases and roles and nothing else."""
    with embedded_backend.server() as server:
        with closing(connect(server.endpoint)) as admin:
            fetch(
                admin,
                "CREATE ROLE manager LOGIN CREATEDB CREATEROLE PASSWORD 'manager';"
                "CREATE ROLE nobody_much LOGIN PASSWORD 'nobody_much';"
                "GRANT CONNECT ON DATABASE postgres TO manager, nobody_much",
            )
        yield server


@pytest.mark.parametrize("role", ["postgres", "manager"])
def test_external_server_behaves_the_same(owner: PostgresServer, role: str) -> None:
    password = owner.endpoint.password if role == "postgres" else role
    backend = choose_backend(url_of(owner.endpoint, user=role, password=password))

    with backend.server() as server, StudentDatabase.create(server) as database:
        assert database.name.startswith(server.name_prefix)
        assert all(name.startswith(server.name_prefix) for name in database.role_labels)
        database.before_step()
        direct, pooled = database.connect_as("direct"), database.connect_as("pooled")
        fetch(direct, "CREATE TABLE made (a int)")
        fetch(pooled, "INSERT INTO made VALUES (1)")
        database.after_step()
        assert fetch(database.inspector, "SELECT count(*) FROM pg_tables WHERE tablename = 'made'") == [(1,)]
        for session in (direct, pooled):
            session.close()
        assert server.backend == backend.name == "external"
    backend.close()

    assert _left(owner) == []


def test_leftovers_of_a_failed_run_are_dropped(owner: PostgresServer) -> None:
    with ExternalBackend(url_of(owner.endpoint)).server() as server:
        StudentDatabase.create(server)
        assert len(_left(owner)) == 3

    assert _left(owner) == []


@pytest.mark.parametrize("role", ["postgres", "manager"])
def test_what_a_submission_leaves_in_a_database_that_lets_everybody_in_is_no_fault(
    owner: PostgresServer, role: str
) -> None:
    with closing(connect(owner.endpoint)) as admin:
        fetch(admin, "GRANT CONNECT ON DATABASE postgres TO PUBLIC; GRANT CREATE ON SCHEMA public TO PUBLIC")
    password = owner.endpoint.password if role == "postgres" else role
    with ExternalBackend(url_of(owner.endpoint, user=role, password=password)).server() as server:
        with StudentDatabase.create(server) as database:
            login = database._logins[0]
            elsewhere = replace(owner.endpoint, user=login.role, password=login.password)
            with closing(connect(elsewhere)) as session:
                fetch(session, "CREATE TABLE left_behind (a int)")
        assert len(_left(owner)) >= 1

    assert _left(owner) == []


def test_runs_on_one_server_do_not_share_databases(owner: PostgresServer) -> None:
    backend = ExternalBackend(url_of(owner.endpoint))
    with backend.server() as one, backend.server() as two, StudentDatabase.create(one) as first:
        with StudentDatabase.create(two) as second:
            assert first.name != second.name
        assert fetch(first.inspector, "SELECT 1") == [(1,)]


@pytest.mark.parametrize(
    ("user", "password", "problem"),
    [
        ("nobody_much", "nobody_much", "may not create databases and roles"),
        ("postgres", "wrong_password", "password authentication failed"),
    ],
)
def test_server_that_cannot_be_used(owner: PostgresServer, user: str, password: str, problem: str) -> None:
    with pytest.raises(UnavailableError) as caught:
        choose_backend(url_of(owner.endpoint, user=user, password=password))

    assert problem in caught.value.next_step
    assert caught.value.exit_code == 4
    assert "wrong_password" not in str(caught.value.next_step)


def test_server_that_is_gone(owner: PostgresServer) -> None:
    away = replace(owner.endpoint, host="/nowhere")
    backend = ExternalBackend(url_of(away))

    assert "No such file or directory" in (backend.problem() or "")
    with pytest.raises(HarnessFault), backend.server():
        pytest.fail("nobody is there")


def _left(owner: PostgresServer) -> list[tuple[str]]:
    with closing(connect(owner.endpoint)) as admin:
        return fetch(
            admin,
            "SELECT datname FROM pg_database WHERE datname ~ '^grader_'"
            " UNION ALL SELECT rolname FROM pg_roles WHERE rolname ~ '^grader_'",
        )

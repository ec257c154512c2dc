"""Fixtures for the tests of servers: each test that asks for `server` runs on every kind of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.postgres.databases import StudentDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grader.postgres.interface import PostgresServer


@pytest.fixture(
    params=[
        pytest.param("embedded_server", marks=pytest.mark.postgres),
        pytest.param("container_server", marks=pytest.mark.docker),
    ]
)
def server(request: pytest.FixtureRequest) -> PostgresServer:
    """A running server, once of each kind."""
    running: PostgresServer = request.getfixturevalue(request.param)
    return running


@pytest.fixture
def database(server: PostgresServer) -> Iterator[StudentDatabase]:
    """An empty database of a submission."""
    with StudentDatabase.create(server, "test") as made:
        yield made

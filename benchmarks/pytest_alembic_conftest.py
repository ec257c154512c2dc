"""The `tests/conftest.py` for grading a submission with pytest-alembic.

It is copied into the submission, and pytest runs it there. It starts a server from the image in
BENCHMARK_IMAGE; without this variable it uses the server in DIRECT_URL. It writes the names of failed checks
to the file in BENCHMARK_FAILED.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic.runtime.environment import EnvironmentContext

from benchmarks.servers import prepared_server
from grader.runtime.postgres.settings import as_arguments, server_settings

_MAJOR = 17


@pytest.fixture(scope="session", autouse=True)
def server() -> Iterator[None]:
    """A server for this submission."""
    image = os.environ.get("BENCHMARK_IMAGE")
    if image is None:
        yield
        return
    with prepared_server(image, as_arguments(server_settings(_MAJOR))) as started:
        os.environ.update(started.variables)
        yield


@pytest.fixture
def alembic_engine(server: None) -> Iterator[sqlalchemy.Engine]:  # noqa: ARG001 - needs the server
    """The database of the server, empty for each check."""
    engine = sqlalchemy.create_engine(os.environ["DIRECT_URL"], poolclass=sqlalchemy.NullPool)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("SET lock_timeout = '5s'"))
        connection.execute(sqlalchemy.text("DROP SCHEMA public CASCADE"))
        connection.execute(sqlalchemy.text("CREATE SCHEMA public"))
    yield engine
    engine.dispose()


@pytest.fixture
def alembic_config(server: None) -> Iterator[dict[str, str]]:  # noqa: ARG001 - needs the server
    """The paths of Flask-Migrate, and the application context that its env.py needs."""
    if "BENCHMARK_FLASK" not in os.environ:
        yield {}
        return
    import flask.cli  # noqa: PLC0415 - most submissions need no application context

    sys.path.insert(0, str(Path.cwd()))
    with flask.cli.ScriptInfo().load_app().app_context():
        yield {"file": "migrations/alembic.ini", "script_location": "migrations"}


@pytest.fixture(autouse=True)
def _given_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run migrations over the connection of pytest-alembic, if it has one.

    Its documentation asks each project to change its env.py for this. Here the change is in Alembic's own
    `configure`, so that no submission has to be changed.
    """
    original = EnvironmentContext.configure

    def configure(self: EnvironmentContext, connection: Any = None, **options: Any) -> None:
        given = self.config.attributes.get("connection")
        if connection is not None and given is not None and not isinstance(given, sqlalchemy.Engine):
            connection = given.connection
        original(self, connection=connection, **options)

    monkeypatch.setattr(EnvironmentContext, "configure", configure)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Record the failed checks."""
    if report.failed and "BENCHMARK_FAILED" in os.environ:
        with Path(os.environ["BENCHMARK_FAILED"]).open("a", encoding="utf-8") as file:
            file.write(f"{report.nodeid.rpartition('::')[2]}\n")

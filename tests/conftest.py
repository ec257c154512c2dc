"""Fixtures that all tests may use: running servers, and what happens where one cannot be had."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

import pytest
from hypothesis import settings

from grader.errors import UnavailableError
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.sandbox.bubblewrap import BubblewrapBackend
from grader.runtime.sandbox.unconfined import UnconfinedBackend

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grader.runtime.postgres.container import ContainerBackend
    from grader.runtime.postgres.interface import PostgresServer
    from grader.runtime.sandbox.container import ContainerSandboxBackend
    from grader.runtime.sandbox.interface import SandboxBackend

# A machine that is busy with something else is no mistake.
settings.register_profile("patient", settings.default, deadline=None)
settings.load_profile("patient")

LONGEST = (
    "test_hostile",
    "test_catalogue_verdicts",
    "test_check",
    "test_hints_followed",
    "test_catalogue_in_containers",
    "test_faults",
    "test_action",
    "test_examples",
    "test_far_engine",
    "test_batches",
    "test_exercise_text",
    "test_memory",
    "test_cluster",
    "test_data_exercises",
    "test_docs_commands",
    "test_gradescope_autograder",
)
"""Modules that take from half a minute to some minutes, the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest modules first and unit tests last, so that no worker is left with much in the end."""
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.stem, len(ranks)))


class Usable(Protocol):
    """A way to get servers, or sandboxes."""

    def problem(self) -> str | None:
        """Why it cannot work here."""


def require(backend: Usable) -> None:
    """Skip the test that asks for a backend which cannot work here; fail it under `GRADER_REQUIRE_ALL=1`."""
    if (problem := backend.problem()) is None:
        return
    if os.environ.get("GRADER_REQUIRE_ALL") == "1":
        pytest.fail(problem, pytrace=False)
    pytest.skip(problem)


@pytest.fixture(scope="session")
def embedded_backend() -> Iterator[EmbeddedBackend]:
    """A way to get servers that run as processes of this machine."""
    backend = EmbeddedBackend()
    require(backend)
    yield backend
    backend.close()


@pytest.fixture(scope="session")
def embedded_server(embedded_backend: EmbeddedBackend) -> Iterator[PostgresServer]:
    """One server for the whole test run; a test makes databases of its own in it."""
    with embedded_backend.server() as server:
        yield server


@pytest.fixture(scope="session")
def container_backend() -> Iterator[ContainerBackend]:
    """A way to get servers that run in containers. A test that uses it bears the marker `docker`.

    The image is built if all tests are required to run; otherwise its absence skips the test.
    """
    # Loading the engine's clients takes a while, which unit tests need not spend.
    from grader.runtime.postgres.container import ContainerBackend  # noqa: PLC0415
    from grader.runtime.postgres.images import postgres_image  # noqa: PLC0415

    backend = ContainerBackend()
    if os.environ.get("GRADER_REQUIRE_ALL") == "1":
        try:
            postgres_image().ensure(print)
        except UnavailableError as error:
            pytest.fail(f"{error.message} {error.next_step}", pytrace=False)
    require(backend)
    yield backend
    backend.close()


@pytest.fixture(scope="session")
def container_server(container_backend: ContainerBackend) -> Iterator[PostgresServer]:
    """One server in a container for the whole test run."""
    with container_backend.server() as server:
        yield server


@pytest.fixture(scope="session")
def container_sandbox() -> ContainerSandboxBackend:
    """Sandboxes in containers. A test that uses it bears the marker `docker`; images are as above."""
    from grader.runtime.sandbox.container import ContainerSandboxBackend  # noqa: PLC0415
    from grader.runtime.sandbox.images import sandbox_image  # noqa: PLC0415

    backend = ContainerSandboxBackend()
    if os.environ.get("GRADER_REQUIRE_ALL") == "1":
        try:
            sandbox_image().ensure(print)
        except UnavailableError as error:
            pytest.fail(f"{error.message} {error.next_step}", pytrace=False)
    require(backend)
    return backend


@pytest.fixture(scope="session")
def bubblewrap_sandbox() -> BubblewrapBackend:
    """Sandboxes in namespaces."""
    backend = BubblewrapBackend()
    require(backend)
    return backend


@pytest.fixture(scope="session")
def warm_sandbox() -> Iterator[SandboxBackend]:
    """Sandboxes without confinement, for modules that grade hundreds of submissions."""
    from tests.integration.warm_workers import WarmBackend  # noqa: PLC0415 - unit tests need no processes

    if not hasattr(os, "pidfd_open"):
        yield UnconfinedBackend()
        return
    with WarmBackend() as backend:
        yield backend


@pytest.fixture(
    params=[
        pytest.param("embedded_server", marks=pytest.mark.postgres),
        pytest.param("container_server", marks=pytest.mark.docker),
    ]
)
def any_server(request: pytest.FixtureRequest) -> PostgresServer:
    """A running server: a test that asks for it runs once on each kind."""
    server: PostgresServer = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def any_database(any_server: PostgresServer) -> Iterator[StudentDatabase]:
    """An empty database of a submission, once on each kind of server."""
    with StudentDatabase.create(any_server) as database:
        yield database

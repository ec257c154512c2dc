"""The trial of a pair, with real servers and sandboxes: right about what works, and about what does not."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import HarnessFault
from grader.runtime.pairs.trial import try_pair
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.postgres.interface import PostgresBackend
from grader.runtime.sandbox.interface import Outcome, SandboxBackend, Step
from grader.runtime.sandbox.process import WorkerSandbox
from grader.runtime.sandbox.unconfined import UnconfinedBackend
from grader.runtime.sockets import Sockets

pytestmark = pytest.mark.postgres


@pytest.fixture(
    params=["embedded_backend", pytest.param("container_backend", marks=pytest.mark.docker)],
)
def postgres(request: pytest.FixtureRequest) -> PostgresBackend:
    """A way to get servers."""
    backend: PostgresBackend = request.getfixturevalue(request.param)
    return backend


@pytest.fixture(
    params=["none", "bubblewrap_sandbox", pytest.param("container_sandbox", marks=pytest.mark.docker)],
)
def sandbox(request: pytest.FixtureRequest) -> SandboxBackend:
    """A way to confine."""
    if request.param == "none":
        return UnconfinedBackend()
    backend: SandboxBackend = request.getfixturevalue(request.param)
    return backend


def test_every_pair_of_this_machine_works(
    postgres: PostgresBackend, sandbox: SandboxBackend, tmp_path: Path
) -> None:
    try_pair(postgres, sandbox, tmp_path)
    assert list(tmp_path.iterdir()) == []


class Changed(WorkerSandbox):
    """A sandbox whose steps get other variables than they should."""

    variables: Mapping[str, str]

    def run(self, step: Step, around: AbstractContextManager[object] | None = None) -> Outcome:
        """Run a step with them."""
        return super().run(replace(step, environment={**step.environment, **self.variables}), around)


class Changing(UnconfinedBackend):
    """Makes such sandboxes."""

    def __init__(self, **variables: str) -> None:
        super().__init__()
        self._variables = variables

    def sandbox(self, staged: Path, sockets: Sockets | None) -> WorkerSandbox:
        """Start one."""
        made = super().sandbox(staged, sockets)
        made.__class__ = Changed
        made.variables = self._variables  # type: ignore[attr-defined]
        return made


def test_a_step_that_does_not_get_to_its_database_fails_the_pair(
    embedded_backend: EmbeddedBackend, tmp_path: Path
) -> None:
    broken = Changing(DIRECT_URL="postgresql://nobody:x@127.0.0.1:1/nothing", PGHOST="127.0.0.1", PGPORT="1")
    with pytest.raises(HarnessFault, match="did not get to its database") as caught:
        try_pair(embedded_backend, broken, tmp_path)
    assert "127.0.0.1" in caught.value.message
    assert list(tmp_path.iterdir()) == []


def test_a_step_that_ends_well_over_another_database_fails_the_pair(
    embedded_backend: EmbeddedBackend, tmp_path: Path
) -> None:
    with pytest.raises(HarnessFault, match="it ended with 0 and printed no error"):
        try_pair(embedded_backend, Changing(DIRECT_URL="sqlite://"), tmp_path)


def test_a_sandbox_that_does_not_start_fails_the_pair(
    embedded_backend: EmbeddedBackend, tmp_path: Path
) -> None:
    class Refusing(UnconfinedBackend):
        def sandbox(self, staged: Path, sockets: Sockets | None) -> WorkerSandbox:  # noqa: ARG002
            raise OSError("no more processes")

    with pytest.raises(HarnessFault, match="no more processes"):
        try_pair(embedded_backend, Refusing(), tmp_path)
    assert list(tmp_path.iterdir()) == []

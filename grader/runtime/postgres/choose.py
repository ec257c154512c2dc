"""Picks the way to get servers that the command line asks for, or the strongest that works here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.errors import UnavailableError, UsageError
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.postgres.external import ExternalBackend

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.runtime.postgres.interface import PostgresBackend


def choose_backend(spec: str, *, progress: Callable[[str], None] | None = None) -> PostgresBackend:
    """Give a backend that works here.

    `container` builds its image if that is missing; `auto` does not, and then takes `embedded`.

    Args:
        spec: `auto`, `container`, `embedded`, or the URL of a server.
        progress: called with lines for whoever waits.

    Raises:
        UnavailableError: none of what was asked for works here; the message says why and what to do.
        UsageError: the word or the URL is none of those.
    """
    tell = progress or _nobody
    if "://" in spec:
        return _working(ExternalBackend(spec))
    if spec == "embedded":
        return _working(EmbeddedBackend())
    if spec == "container":
        return _container(tell)
    if spec == "auto":
        return _strongest(tell)
    raise UsageError(
        f"Unknown kind of PostgreSQL: {spec}",
        next_step="Use auto, container, embedded, or a URL such as postgresql://user:password@host:5432/postgres.",
    )


def _working(backend: PostgresBackend) -> PostgresBackend:
    if problem := backend.problem():
        raise UnavailableError(f"PostgreSQL ({backend.name}) cannot be used here.", next_step=problem)
    return backend


def _container(tell: Callable[[str], None]) -> PostgresBackend:
    # Loading the clients of the engine takes longer than starting an embedded server.
    from grader.runtime.postgres.container import ContainerBackend  # noqa: PLC0415
    from grader.runtime.postgres.images import postgres_image  # noqa: PLC0415

    postgres_image().ensure(tell)
    return ContainerBackend()


def _strongest(tell: Callable[[str], None]) -> PostgresBackend:
    from grader.runtime.postgres.container import ContainerBackend  # noqa: PLC0415 - as above

    backends: tuple[PostgresBackend, ...] = (ContainerBackend(), EmbeddedBackend())
    problems: list[str] = []
    for backend in backends:
        if (problem := backend.problem()) is None:
            if problems:
                tell(f"PostgreSQL runs as {backend.name}. Not in a container: {problems[0]}")
            return backend
        problems.append(problem)
    raise UnavailableError(
        "There is no PostgreSQL to grade with.",
        next_step="Mend one of these:\n"
        + "\n".join(
            f"- {backend.name}: {problem}" for backend, problem in zip(backends, problems, strict=True)
        ),
    )


def _nobody(_line: str) -> None:
    """Nobody wants to know."""

"""Chooses where servers come from: what the command line asks for, or the strongest that works here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from grader.errors import UnavailableError, UsageError
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.postgres.external import ExternalBackend
from grader.runtime.postgres.interface import PostgresBackend


def _container() -> PostgresBackend:
    # Loading the clients of the engine takes longer than starting an embedded server.
    from grader.runtime.postgres.container import ContainerBackend  # noqa: PLC0415

    return ContainerBackend()


SERVERS: Mapping[str, Callable[[], PostgresBackend]] = {
    "container": _container,
    "embedded": EmbeddedBackend,
}
"""Every way to start a server by its name, the strongest first. A new one is a file and a line here."""


def choose_backend(spec: str, *, progress: Callable[[str], None] | None = None) -> PostgresBackend:
    """Give a backend that works here.

    A backend that is asked for by its name builds its image if that is missing; `auto` builds none.

    Args:
        spec: `auto`, a name in `SERVERS`, or the URL of a server that somebody else runs.
        progress: called with lines for whoever waits.

    Raises:
        UnavailableError: none of what was asked for works here; the message says why and what to do.
        UsageError: the word or the URL is none of those.
    """
    tell = progress or (lambda _line: None)
    if spec == "auto":
        return next(usable_backends(tell))
    if "://" in spec:
        backend: PostgresBackend = ExternalBackend(spec)
    elif spec in SERVERS:
        backend = SERVERS[spec]()
        backend.ensure_image(tell)
    else:
        raise UsageError(
            f"Unknown kind of PostgreSQL: {spec}",
            next_step=f"Use {', '.join(('auto', *SERVERS))}, or a URL such as "
            "postgresql://user:password@host:5432/postgres.",
        )
    if problem := backend.problem():
        raise UnavailableError(f"PostgreSQL ({backend.name}) cannot be used here.", next_step=problem)
    return backend


def usable_backends(tell: Callable[[str], None]) -> Iterator[PostgresBackend]:
    """What `auto` may take: the backends that should work here, the strongest first. There is at least one.

    Args:
        tell: called with lines for whoever waits.

    Raises:
        UnavailableError: there is none.
    """
    problems: dict[str, str] = {}
    found = False
    for name, make in SERVERS.items():
        backend = make()
        if (problem := backend.problem()) is None:
            if problems:
                tell(f"PostgreSQL runs as {name}. Not in a container: {next(iter(problems.values()))}")
            found = True
            yield backend
        else:
            problems[name] = problem
    if not found:
        raise UnavailableError(
            "There is no PostgreSQL to grade with.",
            next_step="Mend one of these:\n"
            + "\n".join(f"- {name}: {text}" for name, text in problems.items()),
        )

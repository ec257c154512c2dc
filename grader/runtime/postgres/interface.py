"""What the harness asks of a PostgreSQL server. Knows no implementation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Endpoint:
    """How to reach a server: a Unix socket's folder or a host name, a port, and the harness's own login."""

    host: str
    """A host name or address, or the absolute path of the folder that holds the Unix socket."""
    port: int
    user: str
    password: str = field(repr=False)
    database: str = "postgres"
    sslmode: str = "prefer"
    """As libpq spells it; without meaning over a socket."""

    @property
    def is_socket(self) -> bool:
        """True when `host` is a folder with a Unix socket."""
        return self.host.startswith("/")


class PostgresServer(Protocol):
    """A running server that belongs to one submission."""

    @property
    def backend(self) -> str:
        """`container`, `embedded` or `external`."""

    @property
    def version(self) -> str:
        """As PostgreSQL gives it, e.g. `17.5`."""

    @property
    def endpoint(self) -> Endpoint:
        """The harness's own way in, with the right to create databases and roles."""

    @property
    def name_prefix(self) -> str:
        """Put before the name of every role and database made in it; empty on a server of our own."""

    @property
    def tablespace(self) -> str | None:
        """Where the submission's databases are to be put; None: where the server puts them by itself."""


@dataclass(frozen=True)
class ReservedServer:
    """A place for a server, known before there is one: a sandbox can be built around it meanwhile."""

    start: Callable[[], PostgresServer]
    """Starts the server, once; raises HarnessFault where it does not start."""
    sockets: Path | None
    """The folder that its socket will be in; None where it has none."""
    let_go: Callable[[], None] = lambda: None
    """Has it begin to stop, without waiting for that; nothing may need it any more."""


class PostgresBackend(Protocol):
    """A way to get servers."""

    @property
    def name(self) -> str:
        """The word for it after `--postgres`; `external` for the server of a URL."""

    @property
    def good_for(self) -> str:
        """When to use it, in a few words for `grader doctor`."""

    @property
    def sockets(self) -> bool:
        """Whether its servers are reached by Unix sockets, which is the only way out of a sandbox."""

    def problem(self) -> str | None:
        """Why this backend cannot work here, and what to do about it; None when it can."""

    def ensure_image(self, progress: Callable[[str], None]) -> None:  # noqa: ARG002 - by default there is none
        """Build the container image that it needs, if it needs one that is missing.

        Args:
            progress: called with lines of text for the person who waits.

        Raises:
            UnavailableError: the image could not be built.
        """
        return

    def prepare(self) -> None:
        """Begin, beside whatever else is done, what the first server will need; raises nothing."""
        return

    def reserve(self) -> AbstractContextManager[ReservedServer]:
        """Make room for a server; stop it, if it was started, with all it left, at the end of the block.

        May be called from several threads at once.

        Raises:
            HarnessFault: it cannot be had, though `problem()` found nothing.
        """

    @contextmanager
    def server(self) -> Iterator[PostgresServer]:
        """Start a server and stop it, with all it left, at the end of the block.

        Raises:
            HarnessFault: it could not be started, though `problem()` found nothing.
        """
        with self.reserve() as reserved:
            yield reserved.start()

    def close(self) -> None:
        """Give back what is kept for the whole run, when no server runs any more. May be called twice.

        A harness that ends in any other way gives it back all the same.
        """

"""What the harness asks of a PostgreSQL server. Knows no implementation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from grader.runtime.sockets import Sockets


@dataclass(frozen=True)
class Endpoint:
    """How to reach a server: the folder of a Unix socket or a host name, a port, and a login."""

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

    @property
    def socket(self) -> Path | None:
        """The Unix socket, if it is one."""
        return Path(self.host, f".s.PGSQL.{self.port}") if self.is_socket else None


@dataclass(frozen=True)
class PostgresServer:
    """A running server that belongs to one submission."""

    backend: str
    """The name of the backend that has started it."""
    endpoint: Endpoint
    """The harness's own login, which may create databases and roles."""
    version: str
    """PostgreSQL's version, e.g. `17.5`."""
    name_prefix: str = ""
    """The prefix of every role and database that is made in it; empty on a server of our own."""
    tablespace: str | None = None
    """The tablespace for the submission's databases; None: the server's default."""
    process: int | None = None
    """Its first process, if that is one of this machine."""
    contained: bool = False
    """Whether the server is in a memory group of its own, which its own files under `/sys` tell of."""
    recovered: threading.Event = field(default_factory=threading.Event, compare=False, repr=False)
    """Set when the server had to end all sessions because one of its processes had been killed."""
    exceeded: Callable[[], int] = field(default=lambda: 0, compare=False, repr=False)
    """How often sessions were ended because the server took more disk or memory than it may."""


@dataclass(frozen=True)
class ReservedServer:
    """A server before its start. The folder of its socket is there already, so a sandbox can start first."""

    start: Callable[[], PostgresServer]
    """Starts the server; may be called once. Raises HarnessFault if it does not start."""
    sockets: Sockets | None
    """The folder that its socket will be in; None if it has no socket."""
    begin_stop: Callable[[], None] = lambda: None
    """Tells the server to stop, and does not wait. Nothing may use the server any more."""


class PostgresBackend(Protocol):
    """A way to get servers."""

    name: str
    """The word for it after `--postgres`; `external` for the server of a URL."""
    good_for: str
    """When to use it, in a few words for `grader doctor`."""

    @property
    def release(self) -> str:
        """Which PostgreSQL its servers are, for `grader doctor`: `17`; empty if that is not known."""
        return ""

    @property
    def identity(self) -> tuple[str, ...] | None:
        """What its working depends on here: the engine, the image, the programs. Asked where it can work.

        None: nothing is known of it beyond this run.
        """
        return None

    @property
    def sockets(self) -> bool:
        """Whether its servers have Unix sockets. A confined submission reaches no other server."""

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
        """Begin in the background what the first server will need. Raises nothing."""
        return

    def fuller(self) -> PostgresBackend | None:
        """The same kind of server with more extensions and collations; None if there is none.

        `close` of this backend closes that one too.
        """
        return None

    def reserve(self) -> AbstractContextManager[ReservedServer]:
        """Make room for a server. At the end of the block, stop it and remove all that it left.

        May be called from several threads at once.

        Raises:
            HarnessFault: it cannot be had, though `problem()` found nothing.
        """

    @contextmanager
    def server(self) -> Iterator[PostgresServer]:
        """Start a server. At the end of the block, stop it and remove all that it left.

        Raises:
            HarnessFault: it could not be started, though `problem()` found nothing.
        """
        with self.reserve() as reserved:
            yield reserved.start()

    def close(self) -> None:
        """Remove what is kept for the whole run. No server may run any more. May be called twice.

        All of it is also removed when the harness ends without this call.
        """

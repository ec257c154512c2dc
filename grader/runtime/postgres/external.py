"""A PostgreSQL server that somebody else runs, given by its URL.

The names of all that is made in it begin with a random prefix, and all of it is dropped at the end. Settings
that only the server's owner can change stay as they are: the limit for temporary files, the rights on other
databases.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg2

from grader.errors import UsageError
from grader.runtime.postgres.binaries import OLDEST
from grader.runtime.postgres.interface import Endpoint, PostgresBackend, PostgresServer, ReservedServer
from grader.runtime.postgres.sessions import Unseen, connect, fetch, harness_session, looking
from grader.runtime.sockets import Sockets

_SCHEMES = ("postgresql", "postgres")
_SSL_MODES = ("disable", "allow", "prefer", "require")
_EXAMPLE = "Write it like postgresql://user:password@host:5432/database"
_DEFAULT_PORT = 5432


class ExternalBackend(PostgresBackend):
    """One server that somebody else runs, shared by all submissions; see `PostgresBackend`."""

    name = "external"
    good_for = "a server that somebody else runs"

    def __init__(self, url: str) -> None:
        """Read the URL; nothing is connected yet.

        Args:
            url: `postgresql://user:password@host:port/database`; the role must be allowed to create roles and
                databases.

        Raises:
            UsageError: the URL is not of that form; the message never holds the password.
        """
        self._endpoint = parse_url(url)

    @property
    def sockets(self) -> bool:
        """Whether the URL names the folder of a socket."""
        return self._endpoint.is_socket

    def problem(self) -> str | None:
        """Why the server cannot be used, and what to do about it; None when it can."""
        where = f"{self._endpoint.user} at {self._endpoint.host}"
        try:
            with closing(connect(self._endpoint)) as connection:
                ((version, may),) = fetch(
                    connection,
                    "SELECT current_setting('server_version_num')::int / 10000,"
                    " rolsuper OR (rolcreatedb AND rolcreaterole)"
                    " FROM pg_catalog.pg_roles WHERE rolname = current_user",
                )
        except psycopg2.Error as error:
            return f"No session as {where}: {' '.join(str(error).split())}"
        if version < OLDEST:
            return f"The server of {where} is PostgreSQL {version}; the grader needs {OLDEST} or later."
        if not may:
            return (
                f"The role {where} may not create databases and roles. Let an administrator run: "
                f"ALTER ROLE {self._endpoint.user} CREATEDB CREATEROLE"
            )
        return None

    @contextmanager
    def reserve(self) -> Iterator[ReservedServer]:
        """Use the server for one submission. At the end of the block, drop all that was made for it."""
        prefix = f"grader_{secrets.token_hex(4)}_"

        def start() -> PostgresServer:
            with harness_session("looking at the server"), closing(connect(self._endpoint)) as connection:
                version = str(fetch(connection, "SHOW server_version")[0][0]).split()[0]
            return PostgresServer(self.name, self._endpoint, version, name_prefix=prefix)

        try:
            yield ReservedServer(start, Sockets(Path(self._endpoint.host)) if self.sockets else None)
        finally:
            self._drop_all(prefix)

    def close(self) -> None:
        """Nothing is kept between submissions."""

    def _drop_all(self, prefix: str) -> None:
        """Drop what a pass may have left: most passes drop their own databases.

        Roles that own something in a database of somebody else are left where that cannot be dropped.
        """
        pattern = prefix.replace("_", r"\_") + "%"
        with (
            harness_session("cleaning up"),
            closing(connect(self._endpoint)) as admin,
            suppress(Unseen),
            looking(),
        ):
            for (name,) in fetch(
                admin, "SELECT datname FROM pg_catalog.pg_database WHERE datname LIKE %s", (pattern,)
            ):
                fetch(admin, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            for (name,) in fetch(
                admin, "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname LIKE %s", (pattern,)
            ):
                fetch(admin, f"DROP OWNED BY {name} CASCADE; DROP ROLE {name}")


def parse_url(url: str) -> Endpoint:
    """Read a server's URL.

    Raises:
        UsageError: the URL cannot be used. The message never holds the password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORT
    except ValueError as error:
        raise UsageError(
            "The PostgreSQL URL has a host or a port that cannot be read", next_step=_EXAMPLE
        ) from error
    if parts.scheme not in _SCHEMES:
        raise UsageError(
            f"A PostgreSQL URL begins with postgresql://, not with {parts.scheme}://", next_step=_EXAMPLE
        )
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    host = options.pop("host", "") or parts.hostname or ""
    sslmode = options.pop("sslmode", "prefer")
    if options:
        raise UsageError(
            f"The PostgreSQL URL has options that are not supported: {', '.join(sorted(options))}",
            next_step="Only `sslmode` and `host` (the folder of a socket) may stand behind the `?`.",
        )
    if sslmode not in _SSL_MODES:
        raise UsageError(
            "The PostgreSQL URL has an unknown sslmode", next_step=f"Use {', '.join(_SSL_MODES)}."
        )
    missing = [name for name, value in (("user", parts.username), ("host", host)) if not value]
    if missing:
        raise UsageError(f"The PostgreSQL URL names no {' and no '.join(missing)}", next_step=_EXAMPLE)
    return Endpoint(
        host=host,
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.lstrip("/")) or "postgres",
        sslmode=sslmode,
    )

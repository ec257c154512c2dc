"""The database that one pass over a submission uses, with the two logins that the submission gets.

It is the same on every backend. Neither login is a superuser or owns the database, and neither reaches
another database of the server. Must not know Alembic, or what is graded.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import psycopg2

from grader.errors import HarnessFault
from grader.runtime.postgres.metered import metered
from grader.runtime.postgres.sessions import (
    Connection,
    Unseen,
    connect,
    fetch,
    harness_session,
    is_lost,
    looking,
    random_name,
    random_password,
    scram_verifier,
)
from grader.runtime.postgres.settings import ROLE_CONNECTIONS

if TYPE_CHECKING:
    from typing import Self

    from grader.runtime.postgres.interface import Endpoint, PostgresServer

RoleLabel = Literal["direct", "pooled"]
"""The URL that a login is for: `direct` for `DIRECT_URL`, `pooled` for `DATABASE_URL`."""

_LOCK_SECONDS = 5
_END_SECONDS = 10.0
"""How long terminated sessions may take to end, and a server to recover when a process of it was killed."""
_NOBODY_LISTENS = "Is the server running"
"""Part of libpq's message when there is no server at all, not even one that is recovering."""
_ATTEMPTS = 2
"""How often a step is prepared anew after the sessions that stand in the way were ended."""
_PAUSE = 0.005
"""Seconds to wait before the sessions that were told to end are counted again."""
_DROPS = """
WITH role AS (SELECT oid FROM pg_roles WHERE rolname = ANY (%s))
SELECT statement FROM (
    -- A sequence under a name of its own may be shared by tables: it does not go with the one that owns it.
    SELECT 1 AS place, format('ALTER SEQUENCE %%s OWNED BY NONE;', s.oid::regclass) AS statement
    FROM pg_class AS s
    JOIN pg_depend AS d
        ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype = 'a' AND d.refobjsubid > 0
    JOIN pg_class AS t ON t.oid = d.refobjid
    JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    WHERE
        s.relkind = 'S' AND s.relowner IN (SELECT oid FROM role)
        AND s.relname <> concat(t.relname, '_', a.attname, '_seq')
    UNION ALL
    SELECT 2, format(
        'DROP %%s IF EXISTS %%s CASCADE;',
        CASE relkind
            WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE'
        END,
        oid::regclass
    )
    FROM pg_class
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relowner IN (SELECT oid FROM role)
) AS listed
ORDER BY place
"""
"""The statements that drop the tables and views of some roles."""
EXTENSION_SCHEMA = "extensions"
"""A schema that is there from the start, as on Supabase, where `CREATE EXTENSION ... SCHEMA extensions` is
usual. It belongs to the submission, is searched after `public`, and no snapshot shows it."""
_NOWHERE = ("127.0.0.1", "1")
"""Where nobody listens. A privileged port, so that no program of a user's can."""
_NO_PASSWORD = "no-database-here"  # noqa: S105 - no server has it
_MOST_ANSWERED = 16 * 1024 * 1024
"""Bytes that a session as one of the submission's roles is sent at most. Honest answers have a few kilobytes;
the message that a trigger raises can have hundreds of megabytes."""
_INSPECTOR_OPTIONS = "-c search_path=pg_catalog -c statement_timeout=30s -c lock_timeout=5s"


@dataclass(frozen=True)
class Login:
    """One of the two roles that a submission may use."""

    label: RoleLabel
    role: str
    password: str = field(repr=False)
    verifier: str = field(repr=False)


class StudentDatabase:
    """A database for one submission. `create` makes it; it is dropped at the end of a `with` block.

    Its name and those of its roles are random, so that no code can tell from a name what it is run for.
    """

    def __init__(
        self, server: PostgresServer, *, statement_seconds: float, extensions: Sequence[str] = ()
    ) -> None:
        """Choose names and passwords. Use `create` instead."""
        word = random_name()
        self.name = f"{server.name_prefix}student_{word}"
        self._server = server
        self._statement_seconds = statement_seconds
        self._extensions = extensions
        self._logins = (
            _login("direct", f"{server.name_prefix}migrator_{word}"),
            _login("pooled", f"{server.name_prefix}app_{word}"),
        )
        roles = ", ".join(f"'{login.role}'::regrole" for login in self._logins)
        # Without the view over this function: to plan the joins of the view takes four times as long.
        self._termination = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_get_activity(NULL) "  # noqa: S608 - names of ours
            f"WHERE usesysid IN ({roles})"
        )
        self._inspector: Connection | None = None

    @classmethod
    def create(
        cls, server: PostgresServer, *, statement_seconds: float = 30.0, extensions: Sequence[str] = ()
    ) -> Self:
        """Make an empty database and its two roles.

        Args:
            server: where to make them.
            statement_seconds: how long one statement of the submission may take.
            extensions: extensions that are there from the beginning. They belong to the harness.

        Raises:
            HarnessFault: the server failed; nothing is left of the database.
        """
        database = cls(server, statement_seconds=statement_seconds, extensions=extensions)
        try:
            with harness_session("making a database"):
                database._make()
        except BaseException:
            with contextlib.suppress(HarnessFault):
                database.drop()
            raise
        return database

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        try:
            self.drop()
        except HarnessFault:
            if error is None:  # else the first error says more
                raise

    @property
    def server(self) -> PostgresServer:
        """The server that it is on."""
        return self._server

    @property
    def role_labels(self) -> dict[str, RoleLabel]:
        """Which connection each role's objects were made over, by the role's name."""
        return {login.role: login.label for login in self._logins}

    @property
    def shown_names(self) -> dict[str, str]:
        """The words that stand for the random names in all that is kept and shown."""
        direct, pooled = (login.role for login in self._logins)
        return {self.name: "student", direct: "migrator", pooled: "app"}

    @property
    def secrets(self) -> tuple[str, ...]:
        """The passwords of the two roles, which no report may show."""
        return tuple(login.password for login in self._logins)

    @property
    def inspector(self) -> Connection:
        """The harness's own session in this database.

        Every statement commits by itself, only `pg_catalog` is on the search path, and statements and
        locks have a time limit.

        Raises:
            HarnessFault: the session was lost and no other can be opened.
        """
        with harness_session("inspecting a database"):
            return self._session()

    def urls(self, port: int | None = None, *, reachable: bool = True) -> tuple[str, str]:
        """The addresses of the direct and of the pooled connection.

        They have no `%`, which an ini file would want doubled, and end with the database's name, so that
        `?sslmode=require` can be added.

        Args:
            port: the port on 127.0.0.1 that leads to the server's socket, from where the step runs. Without
                one, the URLs of a server with a socket name no host (`postgresql://user:password@/database`).
            reachable: False for a step that has to do without a database. The same variables are set then.
                They lead to a port at which nobody listens, with a password that no server knows.
        """
        endpoint = self._server.endpoint
        address = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
        host = f"{address}:{endpoint.port}"
        if endpoint.is_socket:
            host = f"127.0.0.1:{port}" if port else ""
        if not reachable:
            host = f"{_NOWHERE[0]}:{_NOWHERE[1]}"
        direct, pooled = (
            f"postgresql://{login.role}:{login.password if reachable else _NO_PASSWORD}@{host}/{self.name}"
            for login in self._logins
        )
        return direct, pooled

    def driver_settings(self, *, reachable: bool = True) -> dict[str, str]:
        """The environment variables that libpq needs besides a URL. For `reachable` see `urls`."""
        endpoint = self._server.endpoint
        if endpoint.is_socket:
            # For who names no host. Encryption takes time and is of no use here: it is there for who asks.
            host, port = (endpoint.host, str(endpoint.port)) if reachable else _NOWHERE
            return {
                "PGHOST": host,
                "PGPORT": port,
                "PGSSLMODE": "disable",
                "PGGSSENCMODE": "disable",
            }
        return {} if endpoint.sslmode == "prefer" else {"PGSSLMODE": endpoint.sslmode}

    def environment(self, port: int | None = None) -> dict[str, str]:
        """All of it as variables of a shell, the two URLs by their usual names. For the port see `urls`."""
        direct, pooled = self.urls(port)
        return {"DIRECT_URL": direct, "DATABASE_URL": pooled, **self.driver_settings()}

    def connect_as(self, label: RoleLabel) -> Connection:
        """Open a session as one of the submission's roles. It ends if it is sent more than any answer needs.

        Raises:
            HarnessFault: the server takes no sessions at all.
            Unseen: it takes none of this role, as where other processes of the submission hold all that it
                may have.
        """
        login = next(login for login in self._logins if login.label == label)
        endpoint = replace(self._endpoint(), user=login.role, password=login.password)
        with harness_session("opening a session as the submission"):
            try:
                return metered(endpoint, _MOST_ANSWERED, connect)
            except psycopg2.Error as error:
                # The refusal of a login carries no SQLSTATE here. So ask the server whether it still answers.
                fetch(self._session(), "SELECT 1")
                said = " ".join(str(error).split())
                raise Unseen(f"the submission's own role could not log in ({said})") from error

    def metered_inspector(self, most_bytes: int) -> Connection:
        """Open another session like `inspector`. It ends when the server has sent so many bytes.

        Raises:
            HarnessFault: no session could be opened.
        """
        with harness_session("inspecting a database"):
            return metered(self._endpoint(), most_bytes, lambda at: connect(at, options=_INSPECTOR_OPTIONS))

    def before_step(self) -> None:
        """Reset what a submission may have changed in its own roles: passwords and settings. One round trip.

        Raises:
            HarnessFault: the server failed.
            Unseen: other processes of the submission stand in the way, time after time.
        """
        statements = "".join(self._role_settings(login) for login in self._logins)
        with harness_session("preparing a step"):
            for _ in range(_ATTEMPTS):
                # A lost session counts too: the server ends all when one of its processes is killed.
                with contextlib.suppress(Unseen, psycopg2.Error), looking():
                    fetch(self._session(), statements)
                    return
                self.after_step()
            with looking():
                fetch(self.inspector, statements)

    def after_step(self) -> None:
        """End all sessions of the submission, and wait until they are gone. One round trip if there are none.

        If a process of the server was killed meanwhile (for lack of memory, for example), wait until the
        server has recovered.

        Raises:
            HarnessFault: the server did not recover.
            Unseen: a session could not be ended.
        """
        deadline = time.monotonic() + _END_SECONDS
        with harness_session("ending the sessions of a step"):
            while left := self._terminate(deadline):
                if time.monotonic() > deadline:
                    raise Unseen(f"PostgreSQL could not end {left} session(s) of the submission")
                time.sleep(_PAUSE)

    def clear(self) -> bool:
        """Drop all that the two roles own in the database. This costs a tenth of another database.

        Returns:
            False if PostgreSQL refuses, for example because it is too much for one transaction. The caller
            has to check that the database is empty again.

        Raises:
            HarnessFault: no session could be opened.
        """
        # One role after the other: for both at once PostgreSQL fails, if default privileges name both.
        drops = "".join(f"DROP OWNED BY {login.role} CASCADE;" for login in self._logins)
        session = self.inspector
        try:
            fetch(session, drops + self._privileges())
        except psycopg2.Error:
            return False
        return True

    def drop_tables(self) -> bool:
        """Drop all tables and views of the two roles, and what depends on them. All other objects stay.

        Returns:
            False if PostgreSQL refuses.

        Raises:
            HarnessFault: no session could be opened.
        """
        session = self.inspector
        try:
            drops = fetch(session, _DROPS, ([login.role for login in self._logins],))
            if drops:
                fetch(session, "".join(statement for (statement,) in drops))
        except psycopg2.Error:
            return False
        return True

    def leave(self) -> None:
        """Close the session. Drop the database too, unless the server is ours and removed soon anyway.

        Raises:
            HarnessFault: the server failed.
        """
        if self._server.name_prefix:
            self.drop()
        else:
            self._forget_session()

    def drop(self) -> None:
        """Drop the database and its roles, with all that is in it. May be called twice.

        Where a session of the submission cannot be ended, they stay: a server of ours is removed soon, and
        another one is cleared at the end of the trial.

        Raises:
            HarnessFault: the server failed.
        """
        self._forget_session()
        roles = ", ".join(login.role for login in self._logins)
        with (
            harness_session("dropping a database"),
            closing(connect(self._server.endpoint)) as admin,
            contextlib.suppress(Unseen),
            looking(),
        ):
            fetch(admin, f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
            fetch(admin, f"DROP ROLE IF EXISTS {roles}")

    def _make(self) -> None:
        roles = ", ".join(login.role for login in self._logins)
        where = f"TABLESPACE {self._server.tablespace}" if self._server.tablespace else ""
        modern = int(self._server.version.partition(".")[0]) >= 15  # noqa: PLR2004 - has the two options
        # To copy the files is faster than to write them to the log, as nothing is flushed to disk.
        how = "LOCALE_PROVIDER libc STRATEGY file_copy" if modern else ""
        with closing(connect(self._server.endpoint)) as admin:
            # As a member, an administrator who is no superuser may act as the roles and end their sessions.
            fetch(
                admin,
                "".join(
                    f"CREATE ROLE {login.role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION "
                    f"NOBYPASSRLS CONNECTION LIMIT {ROLE_CONNECTIONS};" + self._role_settings(login)
                    for login in self._logins
                )
                + f"GRANT {roles} TO CURRENT_USER",
            )
            fetch(
                admin,
                f"CREATE DATABASE {self.name} TEMPLATE template0 ENCODING 'UTF8' "
                f"LC_COLLATE 'C' LC_CTYPE 'C' {how} {where}",
            )
        fetch(
            self.inspector,
            f"REVOKE ALL ON DATABASE {self.name} FROM PUBLIC;"
            f'ALTER DATABASE {self.name} SET search_path = "$user", public, {EXTENSION_SCHEMA};'
            + self._privileges()
            + self._extension_statements(),
        )

    def _extension_statements(self) -> str:
        """Statements that make the extensions, each in the schema that it asks for, or in `public`."""
        if not self._extensions:
            return ""
        made = "".join(
            f'CREATE EXTENSION IF NOT EXISTS "{name}" CASCADE;' for name in map(_quotable, self._extensions)
        )
        return f"SET search_path = public;{made}SET search_path = pg_catalog"

    def _privileges(self) -> str:
        """Statements that grant the two roles their rights in the database.

        The right to create in the database is the right to make schemas, and those extensions that PostgreSQL
        calls trusted. It also lets a role publish its own tables, which has no effect: nothing is replicated.
        """
        direct, pooled = (login.role for login in self._logins)
        return (
            f"GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {self.name} TO {direct}, {pooled};"
            f"GRANT CREATE, USAGE ON SCHEMA public TO {direct}, {pooled};"
            f"CREATE SCHEMA IF NOT EXISTS {EXTENSION_SCHEMA} AUTHORIZATION {direct};"
            f"GRANT CREATE, USAGE ON SCHEMA {EXTENSION_SCHEMA} TO {pooled};"
        ) + "".join(
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT ALL ON {kind} TO {other};"
            for owner, other in ((direct, pooled), (pooled, direct))
            for kind in ("TABLES", "SEQUENCES", "SCHEMAS")
        )

    def _role_settings(self, login: Login) -> str:
        """Statements that set a role's password and limits, and reset all its other settings."""
        seconds = max(1, round(self._statement_seconds))
        return (
            f"ALTER ROLE {login.role} PASSWORD '{login.verifier}';"
            f"ALTER ROLE {login.role} RESET ALL;"
            f"ALTER ROLE {login.role} SET statement_timeout = '{seconds}s';"
            f"ALTER ROLE {login.role} SET lock_timeout = '{_LOCK_SECONDS}s';"
            f"ALTER ROLE {login.role} SET idle_in_transaction_session_timeout = '{seconds}s';"
            + (f"ALTER ROLE {login.role} IN DATABASE {self.name} RESET ALL;" if self._inspector else "")
        )

    def _terminate(self, deadline: float) -> int:
        """Tell all sessions of the two roles to end; return how many there were."""
        while True:
            try:
                return len(fetch(self._session(), self._termination))
            except psycopg2.Error as error:
                # When a process of a server is killed, the server ends all sessions and takes a moment to
                # recover.
                if is_lost(error):
                    self._server.recovered.set()
                if not is_lost(error) or time.monotonic() > deadline or _NOBODY_LISTENS in str(error):
                    raise
                self._forget_session()
                time.sleep(_PAUSE)

    def _session(self) -> Connection:
        if self._inspector is None or self._inspector.closed:
            self._inspector = connect(self._endpoint(), options=_INSPECTOR_OPTIONS)
        return self._inspector

    def _forget_session(self) -> None:
        if self._inspector is not None:
            self._inspector.close()
            self._inspector = None

    def _endpoint(self) -> Endpoint:
        return replace(self._server.endpoint, database=self.name)


def _quotable(name: str) -> str:
    return name.replace('"', '""')


def _login(label: RoleLabel, role: str) -> Login:
    password = random_password()
    return Login(label, role, password, scram_verifier(password))

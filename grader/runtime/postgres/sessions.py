"""The harness's own sessions with a server: how they are opened, what their errors mean, and passwords."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import string
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import psycopg2
import psycopg2.extensions

from grader.errors import HarnessFault
from grader.runtime.memory import GROUP_FILES, GroupEvents, events_in

if TYPE_CHECKING:
    from grader.runtime.postgres.interface import Endpoint

Connection: TypeAlias = psycopg2.extensions.connection

_CONNECT_SECONDS = 10
APPLICATION_NAME = "migration-grader"
_ALPHABET = string.ascii_letters + string.digits
_LENGTH = 24
"""About 140 bits: no number of hash rounds is needed to protect a verifier of such a password."""
_NAME_LENGTH = 12


class Unseen(Exception):  # noqa: N818 - PostgreSQL's answer, not an error of ours
    """The server answers, and what the submission did keeps the harness from looking at its database.

    The text says what stands in the way, as part of a sentence of a report. Never a fault of the harness.
    """


_OURS = ("08", "53", "57P", "58", "XX001", "XX002")
"""The beginnings of SQLSTATEs that say nothing of a database: no connection, no memory, no disk, a server
that stops, a file that cannot be read. Source: appendix A of PostgreSQL's documentation."""
_LIMIT_OF_SESSION = "53400"
"""A limit of ours for one session was hit, such as `temp_file_limit`."""
_STANDS_IN_THE_WAY = {
    "55P03": "something held a lock on it for too long",
    "57014": "it took PostgreSQL too long to read it",
    "54001": "an expression in it is nested too deeply for PostgreSQL to print",
}


def is_fault(error: psycopg2.Error) -> bool:
    """Whether an error of a session of the harness's own says that the server is broken, or gone.

    All other errors come from what is in the database: nobody but the submission puts anything there.
    """
    code = error.pgcode
    return code is None or (code.startswith(_OURS) and code != _LIMIT_OF_SESSION)


@contextmanager
def looking() -> Iterator[None]:
    """Tell apart why a session of the harness's own cannot look at a submission's database.

    Raises:
        Unseen: PostgreSQL refused, for what the submission did.
        psycopg2.Error: the server is broken, or the session is lost.
    """
    try:
        yield
    except psycopg2.Error as error:
        if is_fault(error):
            raise
        said = (error.diag.message_primary or str(error).strip() or type(error).__name__).splitlines()[0]
        known = _STANDS_IN_THE_WAY.get(error.pgcode or "")
        raise Unseen(f"{known} ({said})" if known else f"PostgreSQL refused to read it ({said})") from error


@contextmanager
def harness_session(doing: str) -> Iterator[None]:
    """Turn every failure of a session of the harness's own into a `HarnessFault`.

    Args:
        doing: what is being done, as the end of "PostgreSQL failed while ...".

    Raises:
        HarnessFault: psycopg2 raised an error within the block.
    """
    try:
        yield
    except psycopg2.Error as error:
        text = " ".join(str(error).split()) or type(error).__name__
        raise HarnessFault(
            f"PostgreSQL failed while {doing}: {text}",
            next_step="This is not the submission's doing. Grade it again; if it happens again, run "
            "`grader doctor`.",
        ) from error


def connect(endpoint: Endpoint, *, options: str = "") -> Connection:
    """Open a session that commits every statement by itself.

    All parameters are given, so that no `PG*` variable of the user who runs the harness changes them.

    Args:
        endpoint: the server and the login.
        options: settings of the session, as `-c name=value ...`.

    Raises:
        psycopg2.Error: no session could be opened.
    """
    connection: Connection = psycopg2.connect(
        host=endpoint.host,
        hostaddr="",
        port=endpoint.port,
        user=endpoint.user,
        password=endpoint.password,
        dbname=endpoint.database,
        options=options,
        client_encoding="UTF8",
        connect_timeout=_CONNECT_SECONDS,
        sslmode=endpoint.sslmode,
        channel_binding="prefer",
        gssencmode="disable",
        target_session_attrs="any",
        application_name=APPLICATION_NAME,
    )
    connection.autocommit = True
    return connection


def fetch(
    connection: Connection, sql: str, parameters: tuple[Any, ...] | None = None
) -> list[tuple[Any, ...]]:
    """Run statements in one round trip; return the rows of the last one, if it has any.

    Raises:
        psycopg2.Error: the server refused a statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall()) if cursor.description else []


def is_lost(error: psycopg2.Error) -> bool:
    """Whether an error says that the session is gone, and not that the server refused a statement.

    A refusal always carries an SQLSTATE. psycopg2 reports a broken connection as `OperationalError` or as a
    bare `DatabaseError`, depending on whether libpq has noticed it by then.
    """
    return isinstance(error, psycopg2.OperationalError) or error.pgcode is None


def take_over(endpoint: Endpoint, *statements: str) -> tuple[Endpoint, str]:
    """Close a server that has just been started to all others.

    Gives the superuser a new password, and closes the server's own databases to all other roles.

    Args:
        endpoint: how to reach the server, with its first password.
        statements: more statements that a server of its kind needs, each run by itself.

    Returns:
        The endpoint with the new password, and the server's version (`17.5`).

    Raises:
        HarnessFault: the server does not answer.
    """
    password = random_password()
    doing = "taking over a server that had just been started"
    with harness_session(doing), closing(connect(endpoint)) as connection:
        rows = fetch(
            connection,
            f"ALTER ROLE {endpoint.user} PASSWORD '{scram_verifier(password)}';"
            "REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;"
            "SHOW server_version",
        )
        for statement in statements:
            fetch(connection, statement)
    return replace(endpoint, password=password), str(rows[0][0]).split()[0]


def group_events(endpoint: Endpoint) -> GroupEvents | None:
    """What happened in the memory group of a server in a container; None where the server cannot tell.

    Raises:
        HarnessFault: the server does not answer.
    """
    names = {**GROUP_FILES}
    read = ", ".join(f"pg_read_file('/sys/fs/cgroup/{name}', 0, 4096, true)" for name in names.values())
    with harness_session("looking for a lack of memory"), closing(connect(endpoint)) as connection:
        ((*texts,),) = fetch(connection, f"SELECT {read}")
    return events_in(dict(zip(names, texts, strict=True)))


def random_password() -> str:
    """A password of letters and digits, which needs no escaping in a URL or an ini file."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def random_name() -> str:
    """A word of lower-case letters for the names of one database and its roles. All have the same length."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(_NAME_LENGTH))


def scram_verifier(password: str) -> str:
    """The verifier that `ALTER ROLE … PASSWORD` accepts instead of a password, with one hash round.

    PostgreSQL's default of 4096 rounds takes several milliseconds for each login, on both sides, and makes a
    random password no safer. With a verifier, no statement holds the password itself.
    """
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, 1)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256$1:{_base64(salt)}${_base64(stored_key)}:{_base64(server_key)}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")

"""A database URL with a host and a port: every driver comes through the sandbox's loopback to the server."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.interface import PostgresServer
from grader.runtime.sandbox.interface import Outcome, Step
from grader.runtime.sandbox.loopback import MOST_LINKS
from grader.runtime.sandbox.unconfined import UnconfinedBackend
from tests.integration.runtime.sandbox.projects import LIMITS, PLAIN, write_project

pytestmark = pytest.mark.postgres

BEFORE = """
import os, re
import sqlalchemy as sa
from urllib.parse import quote_plus, urlparse
url = os.environ["DIRECT_URL"]
parts = urlparse(url)
address = dict(host=parts.hostname, port=parts.port, user=parts.username, password=parts.password)
def ask(engine):
    with engine.connect() as connection:
        print(connection.scalar(sa.text("SELECT current_user")), end="")
"""
WAYS = {
    "bare URL": "ask(sa.create_engine(url))",
    "psycopg2": "ask(sa.create_engine(url.replace('postgresql:', 'postgresql+psycopg2:')))",
    "postgres replaced": (
        "old = url.replace('postgresql', 'postgres')\n"
        "ask(sa.create_engine(old.replace('postgres:', 'postgresql+psycopg2:')))"
    ),
    "sslmode in the URL": "ask(sa.create_engine(url + '?sslmode=require'))",
    "sslmode of psycopg2": "ask(sa.create_engine(url.replace(':', '+psycopg2:', 1) + '?sslmode=require'))",
    "a certificate to check": (
        "ask(sa.create_engine(url + '?sslmode=verify-full&sslrootcert=prod-ca-2021.crt'))"
    ),
    "prefer": "ask(sa.create_engine(url + '?sslmode=prefer'))",
    "allow": "ask(sa.create_engine(url + '?sslmode=allow'))",
    "disable": "ask(sa.create_engine(url + '?sslmode=disable'))",
    "connect_args": (
        "ask(sa.create_engine(url, connect_args={'sslmode': 'require', 'connect_timeout': 5, "
        "'options': '-c search_path=public', 'prepare_threshold': None}))"
    ),
    "keepalives": (
        "ask(sa.create_engine(url.replace(':', '+psycopg2:', 1), connect_args={'keepalives': 1, "
        "'keepalives_idle': 30, 'application_name': 'app'}))"
    ),
    "engine_from_config": "ask(sa.engine_from_config({'sqlalchemy.url': url}, prefix='sqlalchemy.'))",
    "make_url": "ask(sa.create_engine(sa.make_url(url).set(drivername='postgresql+psycopg2')))",
    "URL.create": (
        "address['username'] = address.pop('user')\n"
        "ask(sa.create_engine(sa.URL.create('postgresql', database=parts.path[1:], **address)))"
    ),
    "f-string": (
        "ask(sa.create_engine(f'postgresql://{parts.username}:{quote_plus(parts.password)}@{parts.hostname}:"
        "{int(parts.port)}{parts.path}'))"
    ),
    "pattern": (
        "found = re.fullmatch(r'postgresql://(.*):(.*)@(.*):(\\d+)/(.*)', url)\n"
        "ask(sa.create_engine('postgresql://%s:%s@%s:%s/%s' % found.groups()))"
    ),
    "psycopg2.connect": (
        "import psycopg2\ncursor = psycopg2.connect(dbname=parts.path[1:], **address).cursor()\n"
        "cursor.execute('SELECT current_user')\nprint(cursor.fetchone()[0], end='')"
    ),
    "psycopg2.connect with TLS": (
        "import psycopg2\ncursor = psycopg2.connect(url, sslmode='require').cursor()\n"
        "cursor.execute('SELECT current_user')\nprint(cursor.fetchone()[0], end='')"
    ),
    "creator": (
        "import psycopg2\nask(sa.create_engine('postgresql+psycopg2://', "
        "creator=lambda: psycopg2.connect(dbname=parts.path[1:], sslmode='require', **address)))"
    ),
    "psycopg.connect with TLS": (
        "import psycopg\ncursor = psycopg.connect(url + '?sslmode=require').execute('SELECT current_user')\n"
        "print(cursor.fetchone()[0], end='')"
    ),
    "psycopg.connect": (
        "import psycopg\nprint(psycopg.connect(url).execute('SELECT current_user').fetchone()[0], end='')"
    ),
    "no host": "ask(sa.create_engine(f'postgresql://{parts.username}:{parts.password}@{parts.path}'))",
    "asyncpg": (
        "import asyncio, asyncpg\nasync def main():\n    connection = await asyncpg.connect(url)\n"
        "    print(await connection.fetchval('SELECT current_user'), end='')\n"
        "    await connection.close()\nasyncio.run(main())"
    ),
    "asyncpg with TLS": (
        "import asyncio, asyncpg\nasync def main():\n"
        "    connection = await asyncpg.connect(url, ssl='require')\n"
        "    print(await connection.fetchval('SELECT current_user'), end='')\n"
        "    await connection.close()\nasyncio.run(main())"
    ),
    "asyncpg without a check": (
        "import asyncio, asyncpg, ssl\ncontext = ssl.create_default_context()\n"
        "context.check_hostname, context.verify_mode = False, ssl.CERT_NONE\nasync def main():\n"
        "    connection = await asyncpg.connect(url, ssl=context)\n"
        "    print(await connection.fetchval('SELECT current_user'), end='')\n"
        "    await connection.close()\nasyncio.run(main())"
    ),
    "async engine": (
        "import asyncio\nfrom sqlalchemy.ext.asyncio import create_async_engine\nasync def main():\n"
        "    engine = create_async_engine(url.replace(':', '+asyncpg:', 1))\n"
        "    async with engine.connect() as connection:\n"
        "        print(await connection.scalar(sa.text('SELECT current_user')), end='')\n"
        "    await engine.dispose()\nasyncio.run(main())"
    ),
    "asynchronous psycopg": (
        "import asyncio\nfrom sqlalchemy.ext.asyncio import create_async_engine\nasync def main():\n"
        "    engine = create_async_engine(url + '?sslmode=require')\n"
        "    async with engine.connect() as connection:\n"
        "        print(await connection.scalar(sa.text('SELECT current_user')), end='')\n"
        "    await engine.dispose()\nasyncio.run(main())"
    ),
}
"""How students' code comes to a session. Each way prints the name of the role."""


@dataclass
class Here:
    """A sandbox beside a database."""

    database: StudentDatabase
    sandbox_port: int
    run_step: object

    def run(self, code: str) -> Outcome:
        """Run code as an env.py."""
        assert callable(self.run_step)
        variables = self.database.environment(self.sandbox_port) | {"CODE": BEFORE + code}
        outcome = self.run_step(Step("alembic", ("current",), variables, 60.0))
        assert isinstance(outcome, Outcome)
        self.database.after_step()
        return outcome


@pytest.fixture(scope="module")
def here(embedded_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    """One sandbox and one database for all ways."""
    root = write_project(tmp_path_factory.mktemp("loopback") / "submission")
    with (
        StudentDatabase.create(embedded_server) as database,
        UnconfinedBackend().sandbox(root, None) as sandbox,
    ):
        sandbox.set_up(PLAIN, LIMITS, socket=embedded_server.endpoint.socket)
        assert sandbox.port is not None
        yield Here(database, sandbox.port, sandbox.run)


@pytest.mark.parametrize("way", WAYS)
def test_a_session_over_the_loopback(way: str, here: Here) -> None:
    outcome = here.run(WAYS[way])
    role = next(name for name, label in here.database.role_labels.items() if label == "direct")
    assert (outcome.stdout, outcome.exit_code) == (role, 0), outcome.stderr


def test_large_rows_pass_in_both_directions(here: Here) -> None:
    code = (
        "import psycopg2\nfor mode in ('disable', 'require'):\n"
        "    cursor = psycopg2.connect(url, sslmode=mode).cursor()\n"
        "    text = os.urandom(4_000_000).hex()\n"
        "    cursor.execute('SELECT %s || %s', (text, text))\n"
        "    print(cursor.fetchone()[0] == text + text)\n"
    )
    assert here.run(code).stdout == "True\nTrue\n"


def test_an_error_of_the_server_reaches_the_client(here: Here) -> None:
    code = "sa.create_engine(url.replace(parts.password, 'wrong') + '?sslmode={}').connect()"
    for mode in ("disable", "require"):
        assert "password authentication failed" in here.run(code.format(mode)).stderr


def test_the_session_ends_with_its_client(here: Here) -> None:
    leaves = "import psycopg2\nkept = psycopg2.connect(url, sslmode='require')\nos._exit(0)"
    assert here.run(leaves).exit_code == 0
    assert here.run(WAYS["bare URL"]).exit_code == 0


def test_other_clients_are_served_while_some_say_nothing(here: Here) -> None:
    silent = [socket.create_connection(("127.0.0.1", here.sandbox_port)) for _ in range(MOST_LINKS // 4)]
    for position, client in enumerate(silent):
        client.sendall(struct.pack(">II", 8, 80877103)[: position % 9])
    try:
        assert here.run(WAYS["sslmode in the URL"]).exit_code == 0
    finally:
        for client in silent:
            client.close()


@pytest.mark.parametrize(
    "data", [b"\0" * 8, b"GET / HTTP/1.1\r\n\r\n", struct.pack(">II", 8, 80877103) + b"no TLS" * 9]
)
def test_whatever_a_client_says_the_next_one_is_served(data: bytes, here: Here) -> None:
    with socket.create_connection(("127.0.0.1", here.sandbox_port)) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        while client.recv(4096):
            pass
    assert here.run(WAYS["bare URL"]).exit_code == 0


def test_too_many_clients_are_refused_and_the_worker_goes_on(here: Here) -> None:
    flood = [socket.create_connection(("127.0.0.1", here.sandbox_port)) for _ in range(2 * MOST_LINKS)]
    for client in flood:
        client.close()
    assert here.run(WAYS["bare URL"]).exit_code == 0


def test_a_step_reads_its_own_env_file(here: Here, tmp_path: Path) -> None:
    assert callable(here.run_step)
    link = tmp_path / ".env"
    link.symlink_to("/dev/fd/200")
    code = (
        f"from dotenv import dotenv_values\nfor _ in 1, 2:\n    print(dotenv_values({str(link)!r})['NAME'])"
    )
    for name in ("first", "second"):
        step = Step("alembic", ("current",), {"CODE": code}, 60.0, env_file=f"NAME={name}\n")
        assert here.run_step(step).stdout == f"{name}\n{name}\n"

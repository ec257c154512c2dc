"""No way from a sandbox to a metadata service, to services of this machine, or to a neighbour's database.

Each is reached by the same code where nothing confines it, but for the metadata service: nothing is ever sent
to an address that is not this machine's own.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.sandbox.unconfined import UnconfinedBackend
from tests.integration.runtime.sandbox.confined import running

if TYPE_CHECKING:
    from grader.runtime.postgres.interface import PostgresBackend
    from grader.runtime.sandbox.interface import SandboxBackend

CONNECT = """
import errno
import socket
with socket.socket({family}, {kind}) as client:
    client.settimeout(5)
    try:
        client.connect({address})
        client.send(b"?")
        print("reached")
    except OSError as error:
        print(errno.errorcode.get(error.errno, type(error).__name__))
"""
OPEN_DATABASE = """
import os
import psycopg2
os.environ.update({environment})
with psycopg2.connect(os.environ["DIRECT_URL"], connect_timeout=5) as session, session.cursor() as cursor:
    cursor.execute("SELECT 'reached'")
    print(*cursor.fetchone())
"""
BOUND_SECONDS = 10.0
SANDBOXES = [
    pytest.param(("container_backend", "container_sandbox"), marks=pytest.mark.docker, id="container"),
    pytest.param(("embedded_backend", "bubblewrap_sandbox"), marks=pytest.mark.postgres, id="bubblewrap"),
]
METADATA = [
    (socket.AF_INET, ("169.254.169.254", 80)),
    (socket.AF_INET, ("169.254.170.2", 80)),
    (socket.AF_INET6, ("fd00:ec2::254", 80)),
]


@pytest.fixture(params=SANDBOXES)
def pair(request: pytest.FixtureRequest) -> tuple[PostgresBackend, SandboxBackend]:
    """Each of the two sandboxes, and the servers that belong to it."""
    postgres, sandbox = map(request.getfixturevalue, request.param)
    return postgres, sandbox


def test_metadata_services_are_refused_at_once(
    pair: tuple[PostgresBackend, SandboxBackend], tmp_path: Path
) -> None:
    with running(pair[1], tmp_path) as run:
        devices = run("print([line.split(':')[0].strip() for line in list(open('/proc/net/dev'))[2:]])")
        assert devices.stdout == "['lo']\n"  # so nothing that is tried now can leave this machine
        for family, address in METADATA:
            began = time.monotonic()
            code = CONNECT.format(family=int(family), kind=int(socket.SOCK_STREAM), address=repr(address))
            said = run(code).stdout.strip()
            assert said in ("ENETUNREACH", "EADDRNOTAVAIL", "EHOSTUNREACH"), said
            assert time.monotonic() - began < BOUND_SECONDS


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX])
def test_datagrams_to_a_service_of_this_machine_do_not_arrive(
    pair: tuple[PostgresBackend, SandboxBackend], tmp_path: Path, family: socket.AddressFamily
) -> None:
    with socket.socket(family, socket.SOCK_DGRAM) as service:
        service.bind(("127.0.0.1", 0) if family == socket.AF_INET else f"\0grader-test-{os.getpid()}")
        service.setblocking(False)
        address = repr(service.getsockname())
        code = CONNECT.format(family=int(family), kind=int(socket.SOCK_DGRAM), address=address)
        with running(UnconfinedBackend(), tmp_path) as run:
            assert run(code).stdout == "reached\n"
        assert service.recv(16) == b"?"
        with running(pair[1], tmp_path) as run:
            assert run(code).seconds < BOUND_SECONDS
        with pytest.raises(BlockingIOError):
            service.recv(16)


def test_database_of_a_neighbour_even_with_its_password(
    pair: tuple[PostgresBackend, SandboxBackend], tmp_path: Path
) -> None:
    postgres, sandbox = pair
    with ExitStack() as stack:
        neighbour, own = (stack.enter_context(postgres.server()) for _ in range(2))
        theirs = stack.enter_context(StudentDatabase.create(neighbour))
        mine = stack.enter_context(StudentDatabase.create(own))
        reach_theirs = OPEN_DATABASE.format(environment=theirs.environment())
        reach_mine = OPEN_DATABASE.format(environment=mine.environment() | {"PGHOST": "/sockets"})
        with running(UnconfinedBackend(), tmp_path) as run:
            assert run(reach_theirs).stdout == "reached\n"
        # A sandbox is shown the folder of its own server's socket.
        (tmp_path / "sockets").rmdir()
        (tmp_path / "sockets").symlink_to(own.endpoint.host)
        with running(sandbox, tmp_path) as run:
            assert run(reach_mine).stdout == "reached\n"
            said = run(reach_theirs)
            assert "reached" not in said.stdout
            assert "OperationalError" in said.stderr
            assert said.seconds < BOUND_SECONDS

"""Servers as processes of this machine: how they start, what they are like, and what is left: nothing."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psycopg2
import pytest

from grader.errors import HarnessFault
from grader.files.cache import VARIABLE
from grader.runtime.postgres import embedded
from grader.runtime.postgres.binaries import find_binaries, inspect_folder
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.postgres.folders import fresh_folder, open_to_all, temporary_root
from grader.runtime.postgres.sessions import connect, fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from grader.runtime.postgres.binaries import Binaries
    from grader.runtime.postgres.interface import PostgresServer

pytestmark = pytest.mark.postgres

HOLDER = Path(__file__).with_name("holder.py")
SECONDS = 30.0


@pytest.fixture
def binaries(embedded_backend: EmbeddedBackend) -> Binaries:
    """The server programs that are used here."""
    assert embedded_backend.problem() is None
    found = find_binaries()
    assert found is not None
    return found


class Held:
    """A server that a process of its own holds."""

    def __init__(self, holder: subprocess.Popen[bytes], folders: list[str], server: int) -> None:
        self.holder = holder
        self.folders = [Path(folder) for folder in folders]
        self._descriptors = [os.pidfd_open(pid) for pid in (server, *_children(holder.pid))]

    def wait_until_gone(self) -> None:
        """Wait for the end of the server, and of the supervisors, which remove the folders last of all."""
        found = find_binaries()
        assert found is not None
        copied = os.geteuid() == 0 and not open_to_all(found.folder)
        # The server, its supervisor and the template's; one more keeps the programs where they had to be
        # copied.
        assert len(self._descriptors) == (4 if copied else 3)
        for descriptor in self._descriptors:
            assert select.select([descriptor], [], [], SECONDS)[0]

    def close(self) -> None:
        """Give the descriptors back."""
        for descriptor in self._descriptors:
            os.close(descriptor)


@pytest.fixture
def held(embedded_backend: EmbeddedBackend) -> Iterator[Held]:
    """A process in a session of its own that holds an embedded server."""
    if not hasattr(os, "pidfd_open"):
        pytest.skip("this system cannot wait for the end of processes that are not its children")
    assert embedded_backend.problem() is None
    with subprocess.Popen(
        [sys.executable, str(HOLDER), "embedded"],
        stdout=subprocess.PIPE,
        start_new_session=True,
        env=os.environ | {VARIABLE: ""},  # so that there is a folder of the run's own to remove
    ) as holder:
        assert holder.stdout is not None
        told = json.loads(holder.stdout.readline())
        with closing(Held(holder, told["folders"], told["server"])) as held:
            yield held
        holder.kill()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_of_a_harness_that_is_killed(held: Held, number: signal.Signals) -> None:
    held.holder.send_signal(number)

    held.wait_until_gone()
    assert not any(folder.exists() for folder in held.folders)


def test_interrupt_from_the_terminal_reaches_only_the_harness(held: Held) -> None:
    os.killpg(held.holder.pid, signal.SIGINT)

    held.wait_until_gone()
    assert held.holder.wait(SECONDS) != 0
    assert not any(folder.exists() for folder in held.folders)


def test_start_takes_a_moment(
    embedded_backend: EmbeddedBackend, record_property: Callable[[str, object], None]
) -> None:
    with embedded_backend.server():
        pass  # whatever is done once a run has been done now
    began = time.perf_counter()
    with embedded_backend.server():
        seconds = time.perf_counter() - began

    record_property("start_seconds", seconds)
    assert seconds < 2  # 0.08 s on a quiet machine


def test_server_is_open_to_no_network(embedded_server: PostgresServer) -> None:
    with closing(connect(embedded_server.endpoint)) as admin:
        assert fetch(admin, "SHOW listen_addresses") == [("",)]
        assert fetch(admin, "SELECT DISTINCT auth_method FROM pg_hba_file_rules") == [("scram-sha-256",)]
    assert Path(embedded_server.endpoint.host).parent.stat().st_mode & 0o777 == 0o700
    assert len(f"{embedded_server.endpoint.host}/.s.PGSQL.{embedded_server.endpoint.port}") <= 103


def test_servers_of_one_run_have_different_passwords(
    embedded_backend: EmbeddedBackend, embedded_server: PostgresServer
) -> None:
    with embedded_backend.server() as other:
        assert other.endpoint.host != embedded_server.endpoint.host
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            connect(replace(other.endpoint, password=embedded_server.endpoint.password))
        with closing(connect(other.endpoint)) as admin:
            fetch(admin, "CREATE DATABASE only_here TEMPLATE template0 STRATEGY file_copy")
        with closing(connect(embedded_server.endpoint)) as admin:
            assert fetch(admin, "SELECT 1 FROM pg_database WHERE datname = 'only_here'") == []
    assert not Path(other.endpoint.host).parent.exists()


def test_two_runs_at_once(embedded_server: PostgresServer) -> None:
    second = EmbeddedBackend()
    with second.server() as server, closing(connect(server.endpoint)) as admin:
        second_folder = Path(server.endpoint.host).parent
        assert fetch(admin, "SELECT 1") == [(1,)]
    second.close()
    second.close()

    assert not second_folder.exists()
    with closing(connect(embedded_server.endpoint)) as admin:
        assert fetch(admin, "SELECT 1") == [(1,)]


def test_backend_starts_again_after_it_was_closed() -> None:
    backend = EmbeddedBackend()
    for _ in range(2):
        with backend.server() as server:
            assert server.backend == "embedded"
        backend.close()


def test_cached_data_folder_is_used_again_and_a_damaged_one_only_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with TemporaryDirectory(dir=temporary_root()) as cache:
        Path(cache).chmod(0o755)
        monkeypatch.setenv(VARIABLE, f"{cache}/kept")
        passwords = set()
        for _ in range(2):
            with closing(EmbeddedBackend()) as backend, backend.server() as server:
                passwords.add(server.endpoint.password)
        (kept,) = Path(cache, "kept", "clusters").iterdir()
        assert len(passwords) == 2
        assert (kept / "password").read_text() not in passwords

        (kept / "data" / "global" / "pg_control").write_bytes(b"not this")
        with closing(EmbeddedBackend()) as backend:
            with pytest.raises(HarnessFault, match="could not be started"), backend.server():
                pytest.fail("it is damaged")
            with backend.server() as server, closing(connect(server.endpoint)) as admin:
                assert fetch(admin, "SELECT 1") == [(1,)]
        assert (kept / "data" / "global" / "pg_control").read_bytes() != b"not this"


def test_failed_start_does_not_affect_running_servers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with TemporaryDirectory(dir=temporary_root()) as cache:
        Path(cache).chmod(0o755)
        monkeypatch.setenv(VARIABLE, f"{cache}/kept")
        with closing(EmbeddedBackend()) as backend, backend.server():
            (kept,) = Path(cache, "kept", "clusters").iterdir()
        with closing(EmbeddedBackend()) as backend, backend.server() as running:
            (kept / "data" / "global" / "pg_control").write_bytes(b"not this")
            with pytest.raises(HarnessFault, match="could not be started"), backend.server():
                pytest.fail("it is damaged")
            with StudentDatabase.create(running) as database:
                assert fetch(database.inspector, "SELECT 1") == [(1,)]
            with backend.server() as other:
                assert other.version == running.version
        with closing(EmbeddedBackend()) as backend, backend.server():
            assert (kept / "data" / "global" / "pg_control").read_bytes() != b"not this"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user to become")
def test_server_of_root_runs_as_another_user(embedded_server: PostgresServer) -> None:
    with closing(connect(embedded_server.endpoint)) as admin:
        pid = admin.get_backend_pid()
    owner = Path(embedded_server.endpoint.host).stat().st_uid

    assert pid
    assert owner not in {0, 65534}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user to become")
def test_programs_that_only_root_can_reach_are_copied_once(
    binaries: Binaries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    for source, target in binaries.trees:
        shutil.copytree(source, home / target, symlinks=True)
    source, target = next(tree for tree in binaries.trees if binaries.folder.is_relative_to(tree[0]))
    hidden = inspect_folder(home / target / binaries.folder.relative_to(source))
    assert hidden is not None
    with TemporaryDirectory(dir=temporary_root()) as place:
        Path(place).chmod(0o755)
        monkeypatch.setenv(VARIABLE, f"{place}/cache")
        copies = []
        for _ in range(3):
            backend = EmbeddedBackend(hidden)
            with backend.server() as server:
                assert server.version == binaries.version
                assert backend._template is not None
                copies.append(backend._template.binaries.folder)
            backend.close()
    assert not copies[0].is_relative_to(place)
    assert copies[1] == copies[2]
    assert copies[1].is_relative_to(place)


def test_programs_of_another_version(embedded_backend: EmbeddedBackend, binaries: Binaries) -> None:
    assert embedded_backend.problem() is None
    others = [
        found
        for folder in (
            *Path("/usr/lib/postgresql").glob("*/bin"),
            binaries.folder.parents[1] / "pginstall/bin",
        )
        if (found := inspect_folder(folder)) is not None and found.major != binaries.major
    ]
    if not others:
        pytest.skip("only one version of PostgreSQL is on this machine")
    for found in others:
        backend = EmbeddedBackend(found)
        with backend.server() as server:
            assert server.version.startswith(f"{found.major}.")
        backend.close()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo this machine is tired >&2; exit 1", "this machine is tired"),
        ("exit 3", "it ended with status 3"),
    ],
)
def test_programs_that_fail(
    script: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o755)
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in (("postgres", "echo 'postgres (PostgreSQL) 17.1'"), ("initdb", script)):
        program = folder / name
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    found = inspect_folder(folder)
    named: list[str] = []

    def remembered(root: Path) -> str:
        named.append(fresh_folder(root))
        return named[-1]

    monkeypatch.setattr(embedded, "fresh_folder", remembered)
    backend = EmbeddedBackend(found)

    with pytest.raises(HarnessFault, match=message), backend.server():
        pytest.fail("the server cannot have started")

    assert named
    assert not any(Path(folder).exists() for folder in named)
    backend.close()


def _children(parent: int) -> list[int]:
    """The processes that a process has started and that still run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            state, above = path.read_text().rpartition(")")[2].split()[:2]
            if int(above) == parent and state != "Z":
                found.append(int(path.parent.name))
    return found


FILL = "CREATE TABLE filler{} AS SELECT repeat(md5(n::text), 55) AS text FROM generate_series(1, 40000) AS n"
HOARD = """
DO $$ DECLARE hoard text[] := '{}'; BEGIN
FOR n IN 1..5000 LOOP hoard[n] := repeat(md5(n::text), 1000); END LOOP; PERFORM pg_sleep(20); END $$
"""


@pytest.mark.parametrize(
    ("limit", "statements"),
    [("MOST_DISK", ";".join(FILL.format(n) for n in range(4))), ("MOST_MEMORY", HOARD)],
)
def test_sessions_end_while_a_server_takes_too_much(
    monkeypatch: pytest.MonkeyPatch, limit: str, statements: str
) -> None:
    monkeypatch.setattr(embedded, limit, 120 * 1024**2)
    backend = EmbeddedBackend()
    with backend.server() as server, StudentDatabase.create(server) as database:
        before = fetch(database.inspector, "SELECT pg_backend_pid()")
        assert server.exceeded() == 0

        with closing(database.connect_as("direct")) as session:
            with pytest.raises(psycopg2.OperationalError):
                fetch(session, statements)
            assert session.closed
        assert server.exceeded() > 0
        assert fetch(database.inspector, "SELECT pg_backend_pid()") == before

        database.after_step()
        assert database.clear()
        fetch(database.inspector, "CHECKPOINT")
        with closing(database.connect_as("direct")) as session:
            assert fetch(session, "SELECT 1") == [(1,)]
    backend.close()

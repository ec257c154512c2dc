"""Servers in containers: what the containers are like, and that nothing is left of them."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest

from grader.errors import HarnessFault, UnavailableError
from grader.runtime.engine import container as engine_container
from grader.runtime.engine import sharing
from grader.runtime.engine.client import engine
from grader.runtime.engine.image import BuildStep, Image
from grader.runtime.postgres import container as container_module
from grader.runtime.postgres.choose import choose_backend
from grader.runtime.postgres.container import ContainerBackend
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.folders import fresh_folder
from grader.runtime.postgres.images import postgres_image
from grader.runtime.postgres.interface import Endpoint
from grader.runtime.postgres.sessions import connect, fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import docker

    from grader.runtime.postgres.interface import PostgresServer

pytestmark = pytest.mark.docker

HOLDER = Path(__file__).with_name("holder.py")
SECONDS = 30.0


@pytest.fixture
def client(container_backend: ContainerBackend) -> Iterator[docker.DockerClient]:
    """The container engine."""
    assert container_backend.problem() is None
    with engine() as found:
        yield found


def of_run(client: docker.DockerClient, run: str) -> list[Any]:
    """All containers, running or not, that one run of the harness has made."""
    return list(
        client.containers.list(
            all=True, filters={"label": f"migration-grader.run={run}"}, ignore_removed=True
        )
    )


def test_start_takes_a_moment(
    container_backend: ContainerBackend, record_property: Callable[[str, object], None]
) -> None:
    began = time.perf_counter()
    with container_backend.server():
        seconds = time.perf_counter() - began

    record_property("start_seconds", seconds)
    assert seconds < 5  # 0.3 s on a quiet machine


def test_container_is_confined(client: docker.DockerClient) -> None:
    backend = ContainerBackend()
    with backend.server():
        (container,) = of_run(client, backend._run)
        host, config = container.attrs["HostConfig"], container.attrs["Config"]
    backend.close()

    assert host["NetworkMode"] == "none"
    assert config["NetworkDisabled"]
    assert host["ReadonlyRootfs"]
    assert host["AutoRemove"]
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["LogConfig"]["Type"] == "none"
    assert 0 < host["Memory"] < 2 * 1024**3
    assert 0 < host["PidsLimit"] < 1000
    assert not host["PortBindings"]
    assert config["StdinOnce"]
    assert config["Image"] == postgres_image().name
    assert config["User"] == "postgres"


def test_prepared_folder_is_used_and_removed() -> None:
    backend = ContainerBackend()
    backend.prepare()
    with backend.reserve() as reserved:
        assert reserved.sockets is not None
        folder = reserved.sockets.folder.parent
        reserved.begin_stop()  # of what has not been started
    assert folder.is_dir()
    backend.close()
    assert not folder.exists()


def test_folder_that_is_still_being_prepared_is_removed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    folders: list[str] = []

    def noted(root: Path) -> str:
        folders.append(fresh_folder(root))
        return folders[-1]

    monkeypatch.setattr(container_module, "fresh_folder", noted)
    backend = ContainerBackend()
    closing, prepared = threading.Event(), backend._prepared
    monkeypatch.setattr(backend, "_prepared", lambda: closing.wait() and prepared())
    backend.prepare()
    closing.set()
    backend.close()
    (folder,) = folders
    assert not Path(folder).exists()


def test_server_that_was_told_to_stop_is_gone_after_the_block(client: docker.DockerClient) -> None:
    backend = ContainerBackend()
    with backend.reserve() as reserved:
        reserved.start()
        reserved.begin_stop()
    assert of_run(client, backend._run) == []
    backend.close()


def test_nothing_is_left_after_the_block(client: docker.DockerClient) -> None:
    backend = ContainerBackend()
    with backend.server() as server:
        folder = Path(server.endpoint.host)
        assert len(of_run(client, backend._run)) == 1
    assert of_run(client, backend._run) == []
    assert not folder.exists()
    backend.close()
    backend.close()
    assert not folder.parent.exists()


def test_two_servers_at_once(container_backend: ContainerBackend, container_server: PostgresServer) -> None:
    with container_backend.server() as other:
        with closing(connect(other.endpoint)) as admin:
            assert fetch(admin, "SELECT 1") == [(1,)]
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            connect(replace(other.endpoint, password=container_server.endpoint.password))


@pytest.fixture
def unshared(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that does not see our files."""
    monkeypatch.setattr(container_module, "shares_files", lambda *_: False)


@pytest.mark.usefixtures("unshared")
def test_server_without_a_shared_folder_is_as_confined(client: docker.DockerClient) -> None:
    volumes = {item.name for item in client.volumes.list()}
    backend = ContainerBackend()
    with backend.server() as server, StudentDatabase.create(server) as database:
        (container,) = of_run(client, backend._run)
        host, config = container.attrs["HostConfig"], container.attrs["Config"]
        mounts = {mount["Destination"]: mount["Type"] for mount in container.attrs["Mounts"]}
        with closing(database.connect_as("direct")) as session:
            assert fetch(session, "SELECT current_database()") == [(database.name,)]
    backend.close()

    assert host["NetworkMode"] == "none"
    assert config["NetworkDisabled"]
    assert host["ReadonlyRootfs"]
    assert not host["PortBindings"]
    assert mounts == {"/sockets": "volume", "/submission": "volume"}
    assert of_run(client, backend._run) == []
    assert {item.name for item in client.volumes.list()} <= volumes


@pytest.mark.usefixtures("unshared")
def test_sessions_over_the_relay_do_not_wait_for_each_other(client: docker.DockerClient) -> None:
    assert client.ping()
    backend = ContainerBackend()
    with backend.server() as server, ExitStack() as stack:
        sessions = [stack.enter_context(closing(connect(server.endpoint))) for _ in range(20)]
        fetch(sessions[0], "SELECT pg_advisory_lock(1)")
        waiting = threading.Thread(target=fetch, args=(sessions[1], "SELECT pg_advisory_lock(1)"))
        waiting.start()
        for session in sessions[2:]:
            ((text,),) = fetch(session, "SELECT repeat('x', 3000000)")
            assert len(text) == 3_000_000
        fetch(sessions[0], "SELECT pg_advisory_unlock(1)")
        waiting.join(SECONDS)
        assert not waiting.is_alive()
    backend.close()


@pytest.mark.usefixtures("unshared")
def test_server_that_was_only_reserved_leaves_nothing(client: docker.DockerClient) -> None:
    backend = ContainerBackend()
    with backend.reserve() as reserved:
        assert reserved.sockets is not None
        (container,) = of_run(client, backend._run)
        assert reserved.sockets.container == container.id
        reserved.begin_stop()
    assert of_run(client, backend._run) == []
    backend.close()


def test_relay_is_used_after_a_socket_that_leads_nowhere(
    client: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "_found", {})
    backend = ContainerBackend()

    def elsewhere(self: container_module.PostgresContainer) -> Endpoint:
        return Endpoint(f"{self._folder}/not-here", 5432, "postgres", "")

    with monkeypatch.context() as patch:
        patch.setattr(container_module.PostgresContainer, "endpoint", elsewhere)
        with pytest.raises(HarnessFault), backend.server():
            pytest.fail("nobody listens there")
    with backend.server() as server, closing(connect(server.endpoint)) as admin:
        (container,) = of_run(client, backend._run)
        assert {mount["Type"] for mount in container.attrs["Mounts"]} == {"volume"}
        assert fetch(admin, "SELECT 1") == [(1,)]
    backend.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_of_a_harness_that_is_killed(
    client: docker.DockerClient, number: signal.Signals
) -> None:
    with subprocess.Popen(
        [sys.executable, str(HOLDER), "container"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as holder:
        assert holder.stdout is not None
        told = json.loads(holder.stdout.readline())
        (container,) = of_run(client, told["run"])
        with ExitStack() as stack:
            (supervisor,) = [os.pidfd_open(pid) for pid in _children(holder.pid)]
            stack.callback(os.close, supervisor)
            holder.send_signal(number)
            _wait_until_removed(container)
            assert select.select([supervisor], [], [], SECONDS)[0]

    assert of_run(client, told["run"]) == []
    assert not any(Path(folder).exists() for folder in told["folders"])


def test_containers_whose_owner_has_ended_are_removed(client: docker.DockerClient) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as owner:
        place = engine_container.this_process().rpartition("/")[0]
        dead = f"{place}/{owner.pid}-{engine_container._started(owner.pid)}"
        owner.communicate()
    kept = {"here": engine_container.this_process(), "elsewhere": "another-boot/pid:[1]/1-1", "unknown": ""}
    run = "test-sweep"
    for label in (dead, *kept.values()):
        client.containers.create(
            postgres_image().name, labels={"migration-grader.owner": label, "migration-grader.run": run}
        )

    backend = ContainerBackend()
    try:
        with backend.server():
            left = {item.labels["migration-grader.owner"] for item in of_run(client, run)}
    finally:
        backend.close()
        for item in of_run(client, run):
            item.remove(force=True)

    assert left == set(kept.values())


def test_image_that_is_missing_is_named_and_never_pulled(
    container_backend: ContainerBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = Image("migration-grader-none-such", {"Dockerfile": b""})
    monkeypatch.setattr(container_module, "postgres_image", lambda: missing)

    assert "grader image build" in (container_backend.problem() or "")
    with pytest.raises(HarnessFault, match="none-such"), container_backend.server():
        pytest.fail("there is no image to start from")


def test_image_is_built_with_progress(client: docker.DockerClient) -> None:
    image = postgres_image()

    events = list(image.build())

    assert client.images.get(image.name)
    steps = [event.title for event in events if isinstance(event, BuildStep)]
    assert steps == [f"step {number} of {len(steps)}" for number in range(1, len(steps) + 1)]
    assert any("Step 1/" in event for event in events if isinstance(event, str))
    assert image.ensure(pytest.fail) == image.name


def test_failing_build_says_why(client: docker.DockerClient) -> None:
    assert client.ping()
    files = {"Dockerfile": b"FROM debian:trixie-slim\nRUN echo no luck today && false\n"}

    with pytest.raises(UnavailableError, match="no luck today") as caught:
        list(Image("migration-grader-failing", files).build())

    assert "debian:trixie-slim" in caught.value.next_step


def test_missing_engine_and_missing_image_have_different_messages(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")

    problem = ContainerBackend().problem() or ""

    assert "No container engine can be used" in problem
    assert "docker info" in problem
    assert choose_backend("auto").name == "embedded"
    with pytest.raises(UnavailableError) as caught:
        choose_backend("container")
    assert caught.value.exit_code == 4


def test_server_that_does_not_start_says_why(
    container_backend: ContainerBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert container_backend.problem() is None
    monkeypatch.setattr(container_module, "server_settings", lambda _major: {"shared_buffers": "a lot"})
    backend = ContainerBackend()

    with pytest.raises(HarnessFault, match='invalid value for parameter "shared_buffers"'), backend.server():
        pytest.fail("the server cannot have started")
    backend.close()


def test_engine_that_stops_the_server_half_way_is_a_fault(
    client: docker.DockerClient, container_backend: ContainerBackend
) -> None:
    assert container_backend.problem() is None
    backend = ContainerBackend()
    with backend.server() as server:
        database = StudentDatabase.create(server)
        (container,) = of_run(client, backend._run)
        container.kill()
        _wait_until_removed(container)
        with pytest.raises(HarnessFault, match="PostgreSQL failed while"):
            database.after_step()
    backend.close()


def _wait_until_removed(container: Any) -> None:
    import docker.errors  # noqa: PLC0415 - only here

    try:
        container.wait(condition="removed", timeout=SECONDS)
    except docker.errors.NotFound:
        return


def _children(parent: int) -> list[int]:
    """The processes that a process has started."""
    stats = ((path, path.read_text()) for path in Path("/proc").glob(f"{parent}/task/*/children"))
    return [int(pid) for _, text in stats for pid in text.split()]

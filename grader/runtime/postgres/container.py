"""PostgreSQL in a container for each submission, from an image of our own; never pulls anything.

The container has no network. The harness reaches it by a Unix socket in a folder that both see. An engine in
a virtual machine or on another host cannot share a folder; there it is a published port. The container ends
when its standard input ends, so it never outlives the harness; see `image/run-server`.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from docker.types import Mount, Ulimit
from testcontainers.core.config import ConnectionMode

from grader.errors import HarnessFault
from grader.runtime.engine.attachment import AttachmentError
from grader.runtime.engine.client import engine_faults, engine_identity
from grader.runtime.engine.container import AttachedContainer, sweep
from grader.runtime.postgres.folders import PORT, fresh_folder, socket_root
from grader.runtime.postgres.images import postgres_image
from grader.runtime.postgres.interface import Endpoint, PostgresBackend, PostgresServer, ReservedServer
from grader.runtime.postgres.sessions import take_over
from grader.runtime.postgres.settings import FIRST_TO_END, SESSION_BYTES, as_arguments, server_settings
from grader.runtime.postgres.supervisor import Supervisor, SupervisorRequest

Reach = Literal["socket", "port"]

_MAJOR = 17
_USER_ID = 5432
"""The image's user `postgres`."""
_DATA_SIZE = "256m"
_SPACE_SIZE = "512m"
"""What the submission's databases may hold. It is apart from the data folder: a full data folder ends the
server, a full tablespace only fails the statement."""
_MEMORY_SIZE = "1280m"
"""For the two above, which are in memory, and for the processes."""
_PROCESSES = 160
_START_SECONDS = 60.0
_TABLESPACE = "submission"
_LOCAL_ENGINE = "http+docker://localhost"
"""The address that the docker client has for an engine behind a Unix socket."""
_INSTEAD = "--postgres embedded"


class PostgresContainer(AttachedContainer):
    """One container with a server in it. Its socket is in `folder`; without a folder it has a port."""

    def __init__(self, image: str, run: str, folder: Path | None) -> None:
        """Describe the container; `start` makes it. Everyone may write to `folder`."""
        super().__init__(image, run)
        self._folder = folder
        self.password = ""

    def start(self) -> PostgresContainer:
        """Start the container and wait until its server is ready.

        Raises:
            AttachmentError: the server did not start; the text says why.
            docker.errors.DockerException: the engine refused.
        """
        super().start()
        self._wait(time.monotonic() + _START_SECONDS)
        return self

    def endpoint(self) -> Endpoint:
        """How to reach the server, with the superuser's password from the image."""
        if self._folder is not None:
            return Endpoint(str(self._folder), PORT, "postgres", self.password)
        client = self.get_docker_client()
        local = client.client.api.base_url.startswith(_LOCAL_ENGINE)
        if local and client.get_connection_mode() != ConnectionMode.docker_host:
            host, port = client.bridge_ip(self.get_container_id()), PORT
        else:
            host, port = self.get_container_host_ip(), self.get_exposed_port(PORT)
        return Endpoint(host, port, "postgres", self.password, sslmode="require")

    def options(self) -> dict[str, object]:
        """See `AttachedContainer.options`."""
        settings = server_settings(_MAJOR) | {
            "unix_socket_directories": "/srv/socket",
            "listen_addresses": "",
        }
        mine = f"uid={_USER_ID},gid={_USER_ID},mode=0700,nosuid,nodev,noexec"
        tmpfs = {"/srv/data": f"{mine},size={_DATA_SIZE}", "/srv/space": f"{mine},size={_SPACE_SIZE}"}
        options = super().options()
        if self._folder is not None:
            options["mounts"] = [Mount("/srv/socket", str(self._folder), type="bind")]
        else:
            settings |= {"listen_addresses": "*", "ssl": "on"}
            tmpfs["/srv/socket"] = mine
            del options["network_mode"], options["network_disabled"]
            options |= self._tcp_options()
        return options | {
            "command": as_arguments(settings),
            "tmpfs": tmpfs,
            "mem_limit": _MEMORY_SIZE,
            "memswap_limit": _MEMORY_SIZE,
            "pids_limit": _PROCESSES,
            "environment": FIRST_TO_END,
            "ulimits": [Ulimit(name="data", soft=SESSION_BYTES, hard=SESSION_BYTES)],
        }

    def _tcp_options(self) -> dict[str, object]:
        """The options for a server without a socket. They let in as few others as the engine allows."""
        client = self.get_docker_client()
        port = f"{PORT}/tcp"
        if not client.client.api.base_url.startswith(_LOCAL_ENGINE):
            return {"ports": {port: None}}
        if client.get_connection_mode() == ConnectionMode.docker_host:
            return {"ports": {port: ("127.0.0.1", None)}}
        # The harness runs in a container too: both are on one network, and no port is published.
        return {"network": client.find_host_network() or "bridge"}

    def _wait(self, deadline: float) -> None:
        said: list[str] = []
        try:
            while (line := self.attachment.read_line(deadline)) not in ("ready", "ended"):
                if line.startswith("password "):
                    self.password = line.removeprefix("password ")
                else:
                    said.append(line)
        except AttachmentError as error:
            raise AttachmentError("\n  ".join([str(error), *said])) from None
        if line == "ended":
            raise AttachmentError("\n  ".join(["the server ended by itself", *said]))


class ContainerBackend(PostgresBackend):
    """Servers in containers; see `PostgresBackend`."""

    name = "container"
    good_for = "strongest"

    def __init__(self, reach: Reach | None = None) -> None:
        """Nothing is started yet.

        Args:
            reach: how to reach the servers; None: try both ways with the first server.
        """
        self._reach = reach
        self._lock = threading.Lock()
        self._run = secrets.token_hex(4)
        self._preparing: threading.Thread | None = None
        self._supervisor: Supervisor | None = None
        self._folder: Path | None = None
        self._release: weakref.finalize[..., ContainerBackend] | None = None

    @property
    def release(self) -> str:
        """See `PostgresBackend.release`."""
        return str(_MAJOR)

    @property
    def identity(self) -> tuple[str, ...] | None:
        """See `PostgresBackend.identity`: the engine, and the image."""
        return (*engine_identity(), postgres_image().name)

    @property
    def sockets(self) -> bool:
        """Whether its servers have Unix sockets. True until the first server shows that they cannot."""
        return self._reach != "port"

    def problem(self) -> str | None:
        """Why no server can be started here, and what to do about it; None when one can."""
        return postgres_image().problem()

    def ensure_image(self, progress: Callable[[str], None]) -> None:
        """See `PostgresBackend.ensure_image`."""
        postgres_image().ensure(progress)

    def prepare(self) -> None:
        """See `PostgresBackend.prepare`."""

        def begin() -> None:
            with contextlib.suppress(HarnessFault):  # `reserve` raises the same again
                self._prepared()

        self._preparing = threading.Thread(target=begin, name="sockets", daemon=True)
        self._preparing.start()

    @contextmanager
    def reserve(self) -> Iterator[ReservedServer]:
        """See `PostgresBackend.reserve`.

        Raises:
            HarnessFault: the engine cannot be reached.
        """
        folder = self._prepared() / secrets.token_hex(4)
        folder.mkdir()
        started: list[PostgresContainer] = []

        def start() -> PostgresServer:
            container, server = self._start(folder)
            started.append(container)
            return server

        def begin_stop() -> None:
            for container in started:
                container.attachment.end_input()

        try:
            folder.chmod(0o777)  # for the server's user; the folder above is closed to all others
            try:
                yield ReservedServer(start, folder if self.sockets else None, begin_stop)
            finally:
                with engine_faults("stopping a container", _INSTEAD):
                    for container in started:
                        container.stop()
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Remove the folder for sockets. May be called twice."""
        if self._preparing is not None:  # it could still make the folder
            self._preparing.join()
        with self._lock:
            if self._release is not None:
                self._release()
            self._supervisor = self._folder = self._release = None

    def _prepared(self) -> Path:
        """The folder for the sockets of this run. The first call also removes what killed runs have left."""
        with self._lock:
            if self._folder is None:
                sweep()
                folder = fresh_folder(socket_root())
                self._supervisor = Supervisor(SupervisorRequest(folder), seconds=_START_SECONDS).wait()
                self._release = weakref.finalize(self, self._supervisor.close)
                self._folder = Path(folder)
            return self._folder

    def _start(self, folder: Path) -> tuple[PostgresContainer, PostgresServer]:
        """Start a container, reached in the way that works here. The first call finds that out."""
        if self._reach is not None:
            return self._start_by(self._reach, folder)
        try:
            started = self._start_by("socket", folder)
            self._reach = "socket"
        except HarnessFault:
            started = self._start_by("port", folder)
            self._reach = "port"
        return started

    def _start_by(self, reach: Reach, folder: Path) -> tuple[PostgresContainer, PostgresServer]:
        with engine_faults("starting a container", _INSTEAD):
            image = postgres_image().name
            container = PostgresContainer(image, self._run, folder if reach == "socket" else None)
            try:
                container.start()
                endpoint, version = take_over(
                    container.endpoint(), f"CREATE TABLESPACE {_TABLESPACE} LOCATION '/srv/space'"
                )
            except BaseException:
                container.stop()
                raise
        return container, PostgresServer(self.name, endpoint, version, tablespace=_TABLESPACE, contained=True)

"""PostgreSQL in a container for each submission, from an image of our own; never pulls anything.

The container has no network. The harness reaches it by a Unix socket in a folder that both see. An engine in
a virtual machine or on another host cannot share a folder; there a relay leads to the socket over the
container's own streams. The container ends when its standard input ends, so it never outlives the harness;
see `image/run-server`.
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

from docker.types import Mount

from grader.errors import HarnessFault, UnavailableError
from grader.runtime.engine.attachment import AttachmentError
from grader.runtime.engine.client import engine_faults, engine_identity
from grader.runtime.engine.container import AttachedContainer, sweep
from grader.runtime.engine.sharing import forget, shares_files, shares_nothing
from grader.runtime.postgres.folders import PORT, fresh_folder, socket_root
from grader.runtime.postgres.images import postgres_image
from grader.runtime.postgres.interface import Endpoint, PostgresBackend, PostgresServer, ReservedServer
from grader.runtime.postgres.relay import Relay
from grader.runtime.postgres.sessions import take_over
from grader.runtime.postgres.settings import FIRST_TO_END, SESSION_BYTES, as_arguments, server_settings
from grader.runtime.postgres.supervisor import Supervisor, SupervisorRequest
from grader.runtime.sockets import SOCKETS, SUBMISSION, Sockets

_MAJOR = 17
_USER_ID = 5432
"""The image's user `postgres`."""
_DATA_BYTES = 256 * 1024**2
_SPACE_BYTES = 512 * 1024**2
"""What the submission's databases may hold. It is apart from the data folder: a full data folder ends the
server, a full tablespace only fails the statement."""
_MEMORY_SIZE = "1280m"
"""For the two above, which are in memory, and for the processes."""
_PROCESSES = 160
_START_SECONDS = 60.0
_TABLESPACE = "submission"
_INSTEAD = "--postgres embedded"


class PostgresContainer(AttachedContainer):
    """One container with a server in it, whose socket is in a folder that this machine sees, too."""

    def __init__(self, image: str, run: str, folder: Path) -> None:
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
        return Endpoint(str(self._folder), PORT, "postgres", self.password)

    def reserve(self) -> Sockets:
        """Where a sandbox finds the server's socket. Must be called once, before the start.

        Raises:
            docker.errors.DockerException: the engine refused.
        """
        return Sockets(self._folder)

    def options(self) -> dict[str, object]:
        """See `AttachedContainer.options`."""
        settings = server_settings(_MAJOR) | {"unix_socket_directories": SOCKETS, "listen_addresses": ""}
        mine = f"uid={_USER_ID},gid={_USER_ID},mode=0700,nosuid,nodev,noexec"
        return super().options() | {
            "mounts": self._mounts(),
            "command": as_arguments(settings),
            "tmpfs": {"/srv/data": f"{mine},size={_DATA_BYTES}", "/srv/space": f"{mine},size={_SPACE_BYTES}"},
            "mem_limit": _MEMORY_SIZE,
            "memswap_limit": _MEMORY_SIZE,
            "pids_limit": _PROCESSES,
            "environment": FIRST_TO_END,
            "ulimits": {"data": SESSION_BYTES},
        }

    def _mounts(self) -> list[Mount]:
        return [Mount(SOCKETS, str(self._folder), type="bind")]

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


class RelayedContainer(PostgresContainer):
    """One container of an engine that does not see the files of this machine.

    The server's socket is in a volume, and the sandbox's container gets its volumes. They have no names: the
    engine removes them with the last container that has them. The container's own streams lead to the server
    from a socket of ours in `folder`.
    """

    def __init__(self, image: str, run: str, folder: Path) -> None:
        """See `PostgresContainer`."""
        super().__init__(image, run, folder)
        self._relay: Relay | None = None

    def start(self) -> RelayedContainer:
        """See `PostgresContainer.start`."""
        super().start()
        endpoint = self.endpoint()
        assert endpoint.socket is not None  # noqa: S101 - its host is a folder
        self._relay = Relay(self.attachment.requests, self.attachment.replies, endpoint.socket)
        return self

    def stop(self, force: bool = True, delete_volume: bool = True) -> None:
        """See `AttachedContainer.stop`."""
        self.begin_stop()
        if self._relay is not None:
            self._relay.close()
        super().stop(force, delete_volume)

    def reserve(self) -> Sockets:
        """Create the container: a sandbox that starts before the server has to find its volume."""
        return Sockets(self._folder, self.create_only())

    def options(self) -> dict[str, object]:
        """See `AttachedContainer.options`."""
        options = super().options()
        return options | {"environment": {**FIRST_TO_END, "RELAY": "1"}}

    def _mounts(self) -> list[Mount]:
        return [Mount(place, None, type="volume") for place in (SOCKETS, SUBMISSION)]


class ContainerBackend(PostgresBackend):
    """Servers in containers; see `PostgresBackend`."""

    name = "container"
    good_for = "strongest"

    def __init__(self) -> None:
        """Nothing is started yet."""
        self._lock = threading.Lock()
        self._run = secrets.token_hex(4)
        self._shared = True
        """Whether the engine sees the files of this machine; known with the folder."""
        self._reached = False
        """Whether a server was reached."""
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
        """Whether its servers have Unix sockets: they do, wherever the engine is."""
        return True

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
        try:
            folder.chmod(0o777)  # for the server's user; the folder above is closed to all others
            with engine_faults("reaching the engine", _INSTEAD):
                kind = PostgresContainer if self._shared else RelayedContainer
                container = kind(postgres_image().name, self._run, folder)
            try:
                with engine_faults("creating a container", _INSTEAD):
                    sockets = container.reserve()
                yield ReservedServer(lambda: self._start(container), sockets, container.begin_stop)
            finally:
                with engine_faults("stopping a container", _INSTEAD):
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
                try:
                    self._shared = shares_files(postgres_image().name, self._run, self._folder)
                except UnavailableError as error:
                    raise HarnessFault(error.message, next_step=error.next_step) from error
            return self._folder

    def _start(self, container: PostgresContainer) -> PostgresServer:
        with engine_faults("starting a container", _INSTEAD):
            try:
                container.start()
            except Exception:
                if not self._reached and self._folder is not None:
                    forget(self._folder)
                raise
            try:
                endpoint, version = take_over(
                    container.endpoint(), f"CREATE TABLESPACE {_TABLESPACE} LOCATION '/srv/space'"
                )
            except HarnessFault:
                if not self._reached and self._shared:  # by its socket: the next try goes without
                    assert self._folder is not None  # noqa: S101 - the container's folder is in it
                    shares_nothing(self._folder)
                    self._shared = False
                raise
        self._reached = True
        return PostgresServer(self.name, endpoint, version, tablespace=_TABLESPACE, contained=True)

"""The worker in a container of its own, without a network and without rights.

The worker sees the staged submission, the folder of its server's socket and a file for `/etc/hosts`, all
read-only; see `container_files.py`. Its image holds Python, the students' packages and the worker. It can
write only to a small `/tmp`.
The worker is the container's first process: when its standard input ends, it ends, and the container with it.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from pathlib import Path

from grader.errors import HarnessFault, UnavailableError
from grader.runtime.engine.client import engine_faults, engine_identity
from grader.runtime.engine.container import AttachedContainer, sweep
from grader.runtime.engine.sharing import shares_files
from grader.runtime.memory import FIRST_TO_END
from grader.runtime.sandbox.container_files import ContainerFiles, files_of_container
from grader.runtime.sandbox.extras import NO_EXTRAS, ExtraPackages
from grader.runtime.sandbox.images import sandbox_image
from grader.runtime.sandbox.interface import MEGABYTE, SandboxBackend
from grader.runtime.sandbox.packages import IMAGE_PYTHON
from grader.runtime.sandbox.process import CONFINED, WorkerSandbox, step_environment
from grader.runtime.sockets import SOCKETS, SUBMISSION, Sockets

_SCRATCH = "/tmp"  # noqa: S108 - the container's own
_PYTHON_FOLDER = Path("/opt/packages/bin")
_USERS = range(20_000, 60_000)
"""User ids without a name. An engine that runs without root has them too."""
_MEMORY_BYTES = 2304 * MEGABYTE
"""More than one process may have (see `StepLimits`), so that a process can report that its memory is used
up."""
_PROCESSES = 128
"""For the submission."""
_WORKER_PROCESSES = 64
"""For the worker and its wardens."""
_SCRATCH_BYTES = 64 * MEGABYTE
_SCRATCH_FILES = 10_000
_FILE_BYTES = 256 * MEGABYTE
_OPEN_FILES = 1024
"""For the worker; its steps get fewer."""
_CPU_PERIOD = 100_000
_CPUS = 2
"""Two passes run side by side."""
_INSTEAD = "--isolation bubblewrap"


class WorkerContainer(AttachedContainer):
    """One container with a worker in it; once started, a `WorkerHandle`."""

    process = None

    def __init__(self, image: str, run: str, files: ContainerFiles) -> None:
        """Describe the container; `start` creates it."""
        super().__init__(image, run)
        self._files = files
        self._lock = threading.Lock()

    def options(self) -> dict[str, object]:
        """See `AttachedContainer.options`."""
        user = secrets.choice(_USERS)
        limits = {"nofile": _OPEN_FILES, "fsize": _FILE_BYTES, "core": 0}
        return super().options() | {
            **self._files.options(),
            "tmpfs": {
                _SCRATCH: f"mode=1777,size={_SCRATCH_BYTES},nr_inodes={_SCRATCH_FILES},nosuid,nodev,noexec"
            },
            "command": [CONFINED],
            "user": f"{user}:{user}",
            "hostname": "sandbox",
            "oom_score_adj": FIRST_TO_END,
            "ipc_mode": "none",
            "mem_limit": _MEMORY_BYTES,
            "memswap_limit": _MEMORY_BYTES,
            "cpu_period": _CPU_PERIOD,
            "cpu_quota": _CPUS * _CPU_PERIOD,
            "pids_limit": _PROCESSES + _WORKER_PROCESSES,
            "ulimits": limits,
        }

    def start(self) -> WorkerContainer:
        """See `AttachedContainer.start`."""
        super().start()
        self.requests, self.replies = self.attachment.requests, self.attachment.replies
        return self

    def bring_in(self) -> None:
        """See `WorkerHandle.bring_in`."""
        with engine_faults("copying the submission into a container", _INSTEAD):
            self._files.bring_in(self.get_docker_client().client.api)

    def end(self) -> None:
        """See `WorkerHandle.end`."""
        with self._lock, engine_faults("stopping a container", _INSTEAD):
            self.stop()


class ContainerSandboxBackend(SandboxBackend):
    """Starts workers in containers; see `SandboxBackend`."""

    name = "container"
    good_for = "strongest"
    confined = True

    def __init__(self, extras: ExtraPackages = NO_EXTRAS) -> None:
        """Store the packages that students' code gets besides those of every exercise."""
        self._extras = extras
        self._lock = threading.Lock()
        self._run = secrets.token_hex(4)
        self._image: str | None = None

    @property
    def python(self) -> str:
        """See `SandboxBackend.python`: Debian's, whatever runs the grader."""
        return IMAGE_PYTHON

    @property
    def identity(self) -> tuple[str, ...] | None:
        """See `SandboxBackend.identity`: the engine, and the image."""
        return (*engine_identity(), sandbox_image(self._extras).name)

    def problem(self) -> str | None:
        """Why no container can be started here, and what to do about it; None when one can."""
        try:
            if self._extras:  # its image is made by `prepare`, and needs none of ours
                sandbox_image(self._extras).present()
                return None
            return sandbox_image().problem()
        except UnavailableError as error:
            return f"{error.message} {error.next_step}"

    def unprepared(self) -> bool:
        """See `SandboxBackend.unprepared`."""
        return bool(self._extras) and not sandbox_image(self._extras).present()

    def prepare(self, progress: Callable[[str], None]) -> None:
        """See `SandboxBackend.prepare`."""
        if self._extras:
            sandbox_image(self._extras).ensure(progress)

    def ensure_image(self, progress: Callable[[str], None]) -> None:
        """See `SandboxBackend.ensure_image`."""
        if not self._extras:
            sandbox_image().ensure(progress)

    def sandbox(self, staged: Path, sockets: Sockets | None) -> WorkerSandbox:
        """Start a worker for a staged submission.

        Raises:
            HarnessFault: the engine failed, or the server has no socket to show.
        """
        if sockets is None:
            raise HarnessFault(
                "a submission in a container has no network, and this PostgreSQL server has no Unix socket",
                next_step="Use `--postgres embedded`, or a container engine on this machine; or, for code "
                "that you trust, `--isolation none`.",
            )
        with engine_faults("starting a container", _INSTEAD):
            image = self._prepared()
            if sockets.container is None and not self._shares_files(image, staged.parent):
                raise HarnessFault(
                    "the container engine does not see the files of this machine, so a submission in a "
                    "container cannot reach this PostgreSQL server",
                    next_step="Use `--postgres container`, or `--isolation bubblewrap`.",
                )
            container = WorkerContainer(image, self._run, files_of_container(staged, sockets))
            try:
                container.start()
            except BaseException:
                container.stop()
                raise
        return WorkerSandbox(
            container,
            isolation=self.name,
            root=SUBMISSION,
            environment=step_environment(_PYTHON_FOLDER, _SCRATCH),
            sockets=SOCKETS,
            processes=_PROCESSES,
            own_group=True,
        )

    def _shares_files(self, image: str, folder: Path) -> bool:
        try:
            return shares_files(image, self._run, folder)
        except UnavailableError as error:
            raise HarnessFault(error.message, next_step=error.next_step) from error

    def _prepared(self) -> str:
        """The name of the image. The first call also removes containers that killed runs have left."""
        with self._lock:
            if self._image is None:
                sweep()
                self._image = sandbox_image(self._extras).name
            return self._image

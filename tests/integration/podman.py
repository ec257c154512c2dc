"""A Podman of the tests' own: its service on a socket, with images and containers of its own."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from grader.runtime.engine.client import engine
from tests.waiting import wait_until

LABEL = "migration-grader.owner"
_HYBRID = Path("/sys/fs/cgroup/unified")
"""Where version 2 of control groups is beside version 1. crun runs nothing there."""
_NOBODY_OF_OURS = "grader-podman"
"""The user of the tests' rootless Podman."""


@dataclass(frozen=True)
class Podman:
    """A running service."""

    address: str
    """For `DOCKER_HOST`."""

    def client(self) -> docker.DockerClient:
        """A client of the service; close it."""
        return docker.DockerClient(base_url=self.address)

    def load(self, *images: str) -> None:
        """Copy images from the engine that the tests use."""
        with engine(seconds=600) as other:
            saved = [other.images.get(name).save(named=name) for name in images]
            for stream in saved:
                own = docker.DockerClient(base_url=self.address, timeout=600)
                own.images.load(stream)
                own.close()

    def left(self) -> list[str]:
        """The grader's containers and volumes."""
        client = self.client()
        try:
            return [
                *(item.name for item in client.containers.list(all=True, filters={"label": LABEL})),
                *(item.name for item in client.volumes.list(filters={"label": LABEL})),
            ]
        finally:
            client.close()


def lacks(reason: str) -> None:
    """Skip the test; fail it under `GRADER_REQUIRE_ALL=1`."""
    if os.environ.get("GRADER_REQUIRE_ALL") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@contextmanager
def podman_of_root() -> Iterator[Podman]:
    """A service that runs as root."""
    if shutil.which("podman") is None:
        lacks("there is no podman")
    if os.geteuid() != 0:
        pytest.skip("only root runs a Podman of root")
    with _folder() as folder, _service(folder, (), "/root") as podman:
        yield podman


@contextmanager
def podman_without_root() -> Iterator[Podman]:
    """A service of a user who is made for it."""
    if shutil.which("podman") is None or shutil.which("newuidmap") is None:
        lacks("there is no podman, or no newuidmap")
    if os.geteuid() != 0:
        pytest.skip("only root makes users")
    try:
        user = pwd.getpwnam(_NOBODY_OF_OURS)
    except KeyError:
        subprocess.run(["useradd", "--create-home", _NOBODY_OF_OURS], check=True)
        user = pwd.getpwnam(_NOBODY_OF_OURS)
    become = ("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--init-groups")
    with _folder() as folder:
        os.chown(folder, user.pw_uid, user.pw_gid)
        with _service(folder, become, user.pw_dir) as podman:
            yield podman


@contextmanager
def _service(folder: Path, become: Sequence[str], home: str) -> Iterator[Podman]:
    socket, places = folder / "socket", ("--root", str(folder / "storage"), "--runroot", str(folder / "run"))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "XDG_RUNTIME_DIR": str(folder),
        "TMPDIR": str(folder),
    }
    runtime = ("--runtime", "runc") if _HYBRID.is_dir() and shutil.which("runc") else ()
    podman = [
        *become,
        "podman",
        *places,
        "--cgroup-manager",
        "cgroupfs",
        "--storage-driver",
        "overlay",
        *runtime,
    ]
    with (
        tempfile.NamedTemporaryFile() as log,
        subprocess.Popen(
            [*podman, "system", "service", "--time=0", f"unix://{socket}"],
            cwd="/",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        ) as process,
    ):
        try:
            wait_until(lambda: socket.exists() or process.poll() is not None, "podman's socket is there")
            assert process.poll() is None, Path(log.name).read_text()
            yield Podman(f"unix://{socket}")
        finally:
            os.killpg(process.pid, signal.SIGTERM)  # without root, there is a second one behind it
            process.wait()
            for pause in folder.rglob("pause.pid"):  # without root, it holds the user's namespaces
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pause.read_text()), signal.SIGKILL)
            for mount in sorted(_mounts_below(folder), reverse=True):
                subprocess.run(["umount", mount], check=False)


@contextmanager
def _folder() -> Iterator[Path]:
    """A new folder for a service. Its path is short: Podman takes no more than 50 characters."""
    folder = Path(tempfile.mkdtemp(prefix="podman-", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _mounts_below(folder: Path) -> list[str]:
    listed = subprocess.run(
        ["findmnt", "--json", "--list", "--output", "TARGET"], capture_output=True, check=True
    )
    targets = [item["target"] for item in json.loads(listed.stdout)["filesystems"]]
    return [target for target in targets if target.startswith(f"{folder}/")]

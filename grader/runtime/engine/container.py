"""A container that ends when the harness ends it or dies: what our two kinds of container have in common.

It has no network, a read-only file system, no rights and no log, unless its kind says otherwise. Must not
know what runs in it. `docs/decisions/0006-attach-before-start.md` says what testcontainers does here and what
not.
"""

from __future__ import annotations

import contextlib
import os
from http import HTTPStatus
from pathlib import Path
from typing import Any

import docker
import docker.errors
import requests.exceptions
from docker.types import LogConfig
from testcontainers.core.container import DockerContainer

from grader.errors import UnavailableError
from grader.runtime.engine.attachment import Attachment, AttachmentError
from grader.runtime.engine.client import client_options, engine
from grader.runtime.engine.creation import Created, create, remove_volumes

_OWNER_LABEL = "migration-grader.owner"
_RUN_LABEL = "migration-grader.run"
_GRACE_SECONDS = 10
"""How long a container may take to end after its input has ended; then it is removed by force."""
_NO_LIMITS = (
    "it does not limit how much memory containers take. An engine that runs without root can do so only with "
    "version 2 of control groups"
)
_REMOVAL_SECONDS = 60
"""How long the engine may take to remove a container: usually less than one, and more on a busy machine."""


class AttachedContainer(DockerContainer):
    """One container from an image of ours. The harness attaches to it before it starts.

    testcontainers finds the engine, and the host and port of a container. Starting and stopping are our own:
    its `start` pulls a missing image and a clean-up container from a registry, and returns without a standard
    input.
    """

    def __init__(self, image: str, run: str) -> None:
        """Describe the container; `start` creates it.

        Args:
            image: the name of its image.
            run: a label. All containers of one run of the harness have the same.
        """
        super().__init__(image, docker_client_kw=client_options())
        self.image = image  # without the registry's prefix that testcontainers adds: nothing is pulled
        self._run = run
        self._attachment: Attachment | None = None
        self._created: Created | None = None

    @property
    def attachment(self) -> Attachment:
        """Its streams; `start` opens them."""
        if self._attachment is None:
            raise RuntimeError("the container has not been started")
        return self._attachment

    def options(self) -> dict[str, object]:
        """The arguments of `creation.create`; every kind of container adds its own."""
        return {
            "labels": owner_labels(self._run),
            "stdin_open": True,
            "auto_remove": True,
            "network_mode": "none",
            # Says the same again. With it, Docker starts no program for the network, and starts twice as
            # fast.
            "network_disabled": True,
            "read_only": True,
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges"],
            "log_config": LogConfig(type="none"),
        }

    def create_only(self) -> str:
        """Create the container, and give its id; `start` starts it.

        Raises:
            AttachmentError: the engine does not limit the container's memory.
            docker.errors.DockerException: the engine refused.
        """
        client = self.get_docker_client().client
        self._created = create(client, self.image, self.options())
        self._container = self._created.container
        if not self._created.memory_limited:
            raise AttachmentError(_NO_LIMITS)
        return self.get_container_id()

    def start(self) -> AttachedContainer:
        """Create the container unless it is there, attach to it, and start it.

        Raises:
            AttachmentError: the engine does not limit the container's memory.
            docker.errors.DockerException: the engine refused.
        """
        container = self.create_only() if self._container is None else self.get_container_id()
        # Attach first: without a standard input the container ends at once, and its first lines are lost.
        self._attachment = Attachment(self.get_docker_client().client.api, container)
        self.get_wrapped_container().start()
        return self

    def begin_stop(self) -> None:
        """End the container's input, if it has been started, and do not wait for its end."""
        if self._attachment is not None:
            self._attachment.end_input()

    def stop(self, force: bool = True, delete_volume: bool = True) -> None:
        """End the container's input and wait until the engine has removed it. May be called twice."""
        self.begin_stop()
        api = self.get_docker_client().client.api
        if self._container is not None:
            container = self._container.id
            self._container = None
            if self._attachment is None:
                api.remove_container(container, force=force, v=delete_volume)
            else:
                with contextlib.suppress(docker.errors.NotFound):  # it is removed already
                    try:
                        api.wait(container, timeout=_GRACE_SECONDS, condition="removed")
                    except requests.exceptions.RequestException:
                        remove(api, container)
        if self._created is not None:
            remove_volumes(api, self._created.volumes)
        if self._attachment is not None:
            self._attachment.close()
        api.close()


def remove(api: docker.APIClient, container: str) -> None:
    """Remove a container by force, or wait where the engine is about to remove it by itself.

    Raises:
        docker.errors.APIError: the engine refused.
        requests.exceptions.RequestException: it has not removed the container in time.
    """
    try:
        api.remove_container(container, force=True, v=True)
    except docker.errors.APIError as error:
        if error.status_code != HTTPStatus.CONFLICT:
            raise
        api.wait(container, timeout=_REMOVAL_SECONDS, condition="removed")


def sweep() -> None:
    """Remove what harnesses have left that were killed: containers that were not started, and volumes."""
    with contextlib.suppress(UnavailableError), engine() as client:
        found: list[Any] = client.containers.list(
            all=True, filters={"label": _OWNER_LABEL}, ignore_removed=True
        )
        for container in found:
            if is_gone(container.labels.get(_OWNER_LABEL, "")):
                with contextlib.suppress(docker.errors.APIError):  # another harness may do the same
                    container.remove(force=True, v=True)
        for volume in client.volumes.list(filters={"label": _OWNER_LABEL}):
            if is_gone((volume.attrs.get("Labels") or {}).get(_OWNER_LABEL, "")):
                with contextlib.suppress(docker.errors.APIError):  # its container is about to end
                    volume.remove(force=True)


def owner_labels(run: str) -> dict[str, str]:
    """The labels of every container of ours: whose it is, and of which run."""
    return {_OWNER_LABEL: this_process(), _RUN_LABEL: run}


def this_process() -> str:
    """A name that no other process on any machine has; empty where the system offers none."""
    return _name(os.getpid())


def is_gone(owner: str) -> bool:
    """Whether a process has ended. False where that cannot be known from here.

    Process ids mean something only within one start of one machine, and within one namespace of ids there.
    """
    here, _, _ = this_process().rpartition("/")
    place, _, process = owner.rpartition("/")
    pid, _, _ = process.partition("-")
    return bool(here) and place == here and pid.isdecimal() and _name(int(pid)) != owner


def _name(pid: int) -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return ""
    return f"{boot}/{namespace}/{pid}-{_started(pid)}"


def _started(pid: int) -> str:
    """When a process started, in ticks since the machine did; empty when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    # The name, in parentheses, may hold anything; the start is the 20th field after it.
    return text.rpartition(")")[2].split()[19]

"""A container that ends when the harness ends it or dies: what our two kinds of container have in common.

It has no network, a read-only file system, no rights and no log, unless its kind says otherwise. Must not
know what runs in it. `docs/decisions/0006-attach-before-start.md` says what testcontainers does here and what
not.
"""

from __future__ import annotations

import contextlib
from typing import Any

import docker.errors
import requests.exceptions
from docker.types import LogConfig
from testcontainers.core.container import DockerContainer

from grader.errors import UnavailableError
from grader.runtime.engine import owners
from grader.runtime.engine.attachment import Attachment
from grader.runtime.engine.client import client_options, engine

_OWNER_LABEL = "migration-grader.owner"
_RUN_LABEL = "migration-grader.run"
_GRACE_SECONDS = 10
"""How long a container may take to end after its input has ended; then it is removed by force."""


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

    @property
    def attachment(self) -> Attachment:
        """Its streams; `start` opens them."""
        if self._attachment is None:
            raise RuntimeError("the container has not been started")
        return self._attachment

    def options(self) -> dict[str, object]:
        """The arguments of docker's `create`; every kind of container adds its own."""
        return {
            "labels": {_OWNER_LABEL: owners.this_process(), _RUN_LABEL: self._run},
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

    def start(self) -> AttachedContainer:
        """Create the container, attach to it, and start it.

        Raises:
            docker.errors.DockerException: the engine refused.
        """
        client = self.get_docker_client().client
        self._container = client.containers.create(self.image, **self.options())
        # Attach first: without a standard input the container ends at once, and its first lines are lost.
        self._attachment = Attachment(client.api, self.get_container_id())
        self._container.start()
        return self

    def stop(self, force: bool = True, delete_volume: bool = True) -> None:
        """End the container's input and wait until the engine has removed it. May be called twice."""
        if self._attachment is not None:
            self._attachment.end_input()
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
                        api.remove_container(container, force=True, v=delete_volume)
        if self._attachment is not None:
            self._attachment.close()
        api.close()


def sweep() -> None:
    """Remove containers whose harness was killed after creating them and before starting them."""
    with contextlib.suppress(UnavailableError), engine() as client:
        found: list[Any] = client.containers.list(
            all=True, filters={"label": _OWNER_LABEL}, ignore_removed=True
        )
        for container in found:
            if owners.is_gone(container.labels.get(_OWNER_LABEL, "")):
                with contextlib.suppress(docker.errors.APIError):  # another harness may do the same
                    container.remove(force=True, v=True)

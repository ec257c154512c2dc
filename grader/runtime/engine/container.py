"""A container that ends when whoever made it lets go of it, or dies: what all of ours have in common.

No network, a file system that cannot be written to, no rights, no log, and limits, unless its maker says
otherwise. Knows nothing of what runs in it.
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
"""How long a container may take to end by itself once it is let go of."""


class AttachedContainer(DockerContainer):
    """One container from an image of ours, attached to before it starts."""

    def __init__(self, image: str, run: str) -> None:
        """Describe the container; `start` makes it.

        Args:
            image: its image's name.
            run: put on it as a label, by which all containers of one run of the harness can be found.
        """
        super().__init__(image, docker_client_kw=client_options())
        self.image = image  # as it is: a prefix for registries is of no use where nothing is pulled
        self._run = run
        self._attachment: Attachment | None = None

    @property
    def attachment(self) -> Attachment:
        """The line to it; there is one from `start` on."""
        if self._attachment is None:
            raise RuntimeError("the container has not been started")
        return self._attachment

    def options(self) -> dict[str, object]:
        """How it is made, as arguments of docker's `create`; every kind of container adds its own."""
        return {
            "labels": {_OWNER_LABEL: owners.this_process(), _RUN_LABEL: self._run},
            "stdin_open": True,
            "auto_remove": True,
            "network_mode": "none",
            # The same again, which spares Docker a program for each: half of what starting it takes.
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
        # First attach: the container would end at once without a standard input, and its answers be lost.
        self._attachment = Attachment(client.api, self.get_container_id())
        self._container.start()
        return self

    def stop(self, force: bool = True, delete_volume: bool = True) -> None:
        """Let go of the container and wait until the engine has removed it. May be called twice."""
        if self._attachment is not None:
            self._attachment.let_go()
        api = self.get_docker_client().client.api
        if self._container is not None:
            container = self._container.id
            self._container = None
            if self._attachment is None:
                api.remove_container(container, force=force, v=delete_volume)
            else:
                with contextlib.suppress(docker.errors.NotFound):  # it was quicker
                    try:
                        api.wait(container, timeout=_GRACE_SECONDS, condition="removed")
                    except requests.exceptions.RequestException:
                        api.remove_container(container, force=True, v=delete_volume)
        if self._attachment is not None:
            self._attachment.close()
        api.close()


def sweep() -> None:
    """Remove containers of ours whose owner was killed between making and starting them."""
    with contextlib.suppress(UnavailableError), engine() as client:
        found: list[Any] = client.containers.list(
            all=True, filters={"label": _OWNER_LABEL}, ignore_removed=True
        )
        for container in found:
            if owners.is_gone(container.labels.get(_OWNER_LABEL, "")):
                with contextlib.suppress(docker.errors.APIError):  # another harness may do the same
                    container.remove(force=True, v=True)

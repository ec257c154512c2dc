"""Creating a container with limits that every engine keeps, in the way that this engine understands.

Docker takes all mount options for a file system in memory: the largest number of files, and whose it is.
Podman refuses these two, but passes them on for a volume: there such a file system is a volume of the
container's own. Which of the two an engine is, shows when it refuses. Must not know what runs in a container.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import docker
import docker.errors
from docker.types import Ulimit

from grader.runtime.engine.client import engine_address

_NOT_EVERYWHERE = ("nr_inodes=", "uid=", "gid=")
"""How the mount options begin that not every engine takes."""
_FOR_CONTAINER = ("nosuid", "nodev", "noexec")
"""Options that a volume loses on its way into the container, unless the container names them, too."""
_OPEN_FILES = 4096
_PROCESSES_OF_USER = 4096
"""Podman would raise both limits as far as it can. Without the right to raise them, no container starts."""
_READ_ONLY = "ro,size=4k"
_WRITABLE_ELSEWHERE = ("/run", "/tmp", "/var/tmp")  # noqa: S108 - the container's own
"""Where Podman puts an empty file system without limits, although the container is read-only."""
_volumes_instead: set[str] = set()
"""The addresses of engines that have refused one of `_NOT_EVERYWHERE`."""


@dataclass(frozen=True)
class Created:
    """A container that was created and not started."""

    container: Any
    """docker's object."""
    volumes: tuple[str, ...]
    """Volumes of its own. They are to be removed after it."""

    @property
    def memory_limited(self) -> bool:
        """Whether the engine keeps its limit of memory. Podman without root and cgroup version 2 does not."""
        return bool(self.container.attrs["HostConfig"].get("Memory"))


def create(client: docker.DockerClient, image: str, options: Mapping[str, object]) -> Created:
    """Create a container.

    Args:
        client: the engine.
        image: the name of the image.
        options: docker's; but `ulimits` is a mapping of the limits that differ from those of every container.

    Raises:
        docker.errors.DockerException: the engine refused.
    """
    ulimits = {"nofile": _OPEN_FILES, "nproc": _PROCESSES_OF_USER} | cast(
        "dict[str, int]", options.get("ulimits", {})
    )
    tmpfs = dict.fromkeys(_WRITABLE_ELSEWHERE, _READ_ONLY) | cast("dict[str, str]", options.get("tmpfs", {}))
    complete = {
        **options,
        "tmpfs": tmpfs,
        "ulimits": [Ulimit(name=name, soft=value, hard=value) for name, value in ulimits.items()],
    }
    address = engine_address()
    if address not in _volumes_instead:
        try:
            return Created(client.containers.create(image, **complete), ())
        except docker.errors.APIError as error:
            if not any(option in str(error) for option in _NOT_EVERYWHERE):
                raise
            _volumes_instead.add(address)
    return _with_volumes(client, image, complete, tmpfs)


def remove_volumes(api: docker.APIClient, volumes: tuple[str, ...]) -> None:
    """Remove the volumes of a container that is gone. Those that are gone, too, are none of its business.

    Raises:
        docker.errors.APIError: the engine refused.
    """
    for name in volumes:
        with contextlib.suppress(docker.errors.NotFound):
            api.remove_volume(name, force=True)


def _with_volumes(
    client: docker.DockerClient, image: str, options: Mapping[str, object], tmpfs: Mapping[str, str]
) -> Created:
    """Create a container whose file systems with such options are volumes."""
    made: list[str] = []
    shown: dict[str, dict[str, str]] = {}
    try:
        for path, words in tmpfs.items():
            if _special(words):
                name = f"migration-grader-{secrets.token_hex(8)}"
                client.volumes.create(
                    name,
                    driver="local",
                    driver_opts={"type": "tmpfs", "device": "tmpfs", "o": _for_volume(words)},
                    labels=options.get("labels"),
                )
                made.append(name)
                mode = ",".join(["rw", *(word for word in words.split(",") if word in _FOR_CONTAINER)])
                shown[name] = {"bind": path, "mode": mode}
        own = {path: words for path, words in tmpfs.items() if not _special(words)}
        volumes = {**cast("dict[str, Any]", options.get("volumes", {})), **shown}
        container = client.containers.create(image, **{**options, "tmpfs": own, "volumes": volumes})
    except BaseException:
        remove_volumes(client.api, tuple(made))
        raise
    return Created(container, tuple(made))


def _special(words: str) -> bool:
    return any(word.startswith(_NOT_EVERYWHERE) for word in words.split(","))


def _for_volume(words: str) -> str:
    """The options of a tmpfs, with its size in pages.

    Podman 4 takes `size` for a quota of the disk, which few disks have.
    """
    return ",".join(
        f"nr_blocks={-(-int(word.partition('=')[2]) // _page_bytes())}" if word.startswith("size=") else word
        for word in words.split(",")
    )


def _page_bytes() -> int:
    """The size of a page where the engine runs: here, or in a virtual machine with pages of 4 KB."""
    return 4096 if sys.platform == "darwin" else os.sysconf("SC_PAGE_SIZE")

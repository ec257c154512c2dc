"""Whether containers of the engine see the files of this machine. Tried once for each engine.

An engine in a virtual machine or on another host does not see them, nor does an engine in a container beside
ours. Where files are seen through a virtual machine, a Unix socket among them leads nowhere: so the kernel
has to be the same one, too.
"""

from __future__ import annotations

import contextlib
import platform
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import docker
import docker.errors
from docker.types import Mount

from grader.runtime.engine.client import engine, engine_address
from grader.runtime.engine.container import owner_labels
from grader.runtime.workspace import workspace

_found: dict[str, bool] = {}
"""What was found, by the engine's address."""


def shares_files(image: str, run: str, folder: Path) -> bool:
    """Whether the engine's containers see what this machine has in its folders, Unix sockets included.

    A container is made that is to show a folder of ours, and is never started.

    Args:
        image: an image of ours. Where the engine lacks it, the answer is yes: whoever starts a container of
            it learns more.
        run: the label of the container.
        folder: a folder to try, besides one for temporary files. Nothing is left in it.

    Raises:
        UnavailableError: the engine does not answer.
    """
    address = engine_address()
    if address not in _found:
        with engine() as client, contextlib.suppress(docker.errors.ImageNotFound):
            _found[address] = _same_kernel(client) and _seen(client, image, run, folder)
    return _found.get(address, True)


def shares_nothing() -> None:
    """Remember that a socket which a container of the engine has made leads nowhere from here."""
    _found[engine_address()] = False


def _same_kernel(client: docker.DockerClient) -> bool:
    return str(client.version().get("KernelVersion", "")) == platform.release()


def _seen(client: docker.DockerClient, image: str, run: str, folder: Path) -> bool:
    """Whether files of ours show up in a container."""
    with ExitStack() as stack:
        folders = (folder, stack.enter_context(workspace()))
        name = f".{secrets.token_hex(8)}"
        for place in folders:
            (place / name).touch()
            stack.callback((place / name).unlink)
        try:
            container = stack.enter_context(_created(client, image, run, folders))
        except docker.errors.ImageNotFound:
            raise
        except docker.errors.APIError:  # there is no such folder where the engine is
            return False
        return all(_has(client, container, f"{target}/{name}") for target in _targets(folders))


def _has(client: docker.DockerClient, container: str, path: str) -> bool:
    """Whether a file is in a container. docker asks that only together with the file's contents."""
    answer = client.api.head(
        client.api._url("/containers/{0}/archive", container),  # noqa: SLF001
        params={"path": path},
    )
    return bool(answer.status_code == HTTPStatus.OK)


def _targets(folders: Sequence[Path]) -> list[str]:
    return [f"/probe{number}" for number, _ in enumerate(folders)]


@contextmanager
def _created(client: docker.DockerClient, image: str, run: str, folders: Sequence[Path]) -> Iterator[str]:
    made: Any = client.containers.create(
        image,
        labels=owner_labels(run),
        network_mode="none",
        network_disabled=True,
        mounts=[
            Mount(target, str(folder), type="bind", read_only=True)
            for target, folder in zip(_targets(folders), folders, strict=True)
        ],
    )
    try:
        yield made.id
    finally:
        with contextlib.suppress(docker.errors.NotFound):
            made.remove(force=True, v=True)

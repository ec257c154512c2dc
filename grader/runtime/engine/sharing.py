"""Whether containers of the engine see the files of this machine. Tried once for each engine.

An engine in a virtual machine or on another host does not see them, nor does an engine in a container beside
ours. Where files are seen through a virtual machine, a Unix socket among them leads nowhere: so the kernel
has to be the same one, too.

That takes a tenth of a second or more, before anything else can start. So where the engine is behind a socket
of this machine, a yes is kept until the engine, the machine or a folder is another one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import docker
import docker.errors
from docker.types import Mount

from grader.files.cache import FileCache
from grader.runtime.engine.client import engine, engine_address
from grader.runtime.engine.container import owner_labels
from grader.runtime.workspace import workspace

_found: dict[str, bool] = {}
"""What was found, by the engine's address."""
_KIND = "engines"
_YES = b"yes"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


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
        kept = _kept_name(address, folder)
        if kept is not None and FileCache(_KIND).read(kept) == _YES:
            _found[address] = True
            return True
        with engine() as client, contextlib.suppress(docker.errors.ImageNotFound):
            _found[address] = _same_kernel(client) and _seen(client, image, run, folder)
        if kept is not None and _found.get(address):
            FileCache(_KIND).write(kept, _YES)
    return _found.get(address, True)


def shares_nothing(folder: Path) -> None:
    """Remember that a socket which a container has made in the folder leads nowhere from here."""
    _found[engine_address()] = False
    forget(folder)


def forget(folder: Path) -> None:
    """Let the next run try again: a container that was to show the folder could not be started."""
    kept = _kept_name(engine_address(), folder)
    if kept is not None:
        FileCache(_KIND).write(kept, b"")


def _kept_name(address: str, folder: Path) -> str | None:
    """The name of the file in the cache, from all that the answer depends on; None if it cannot be kept.

    An engine that is started again makes a new socket, and so does whatever leads to an engine elsewhere.
    """
    path = address.removeprefix("unix://")
    if path == address:
        return None
    try:
        socket, temporary = Path(path).stat(), Path(tempfile.gettempdir()).stat()
        facts = (
            *(path, socket.st_dev, socket.st_ino, socket.st_ctime_ns),
            *(tempfile.gettempdir(), temporary.st_dev, temporary.st_ino, folder.stat().st_dev),
            *(_BOOT.read_text(encoding="ascii"), os.geteuid()),
        )
    except OSError:
        return None
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


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

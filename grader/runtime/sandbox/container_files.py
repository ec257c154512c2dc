"""How a submission's files, and its server's socket, get into a container: shown where they are, or copied.

An engine on this machine shows a container our folders. An engine elsewhere cannot. There, the server's
container has volumes for the socket and for the files, which are copied over the engine's API. The sandbox's
container gets these volumes, read-only.
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import Any, Protocol

from docker.types import Mount

from grader.runtime.sandbox.process import HOSTS
from grader.runtime.sockets import SOCKETS, SUBMISSION, Sockets

_IN_MEMORY = 4 * 1024 * 1024
"""Up to how many bytes an archive is kept in memory; a larger one is on the disk."""
_READABLE = 0o444
_NOT_OTHERS = 0o755
"""The rights that a file keeps. It belongs to root, who is nobody in either container."""


class ContainerFiles(Protocol):
    """The submission's files and the socket, for one container."""

    def options(self) -> dict[str, object]:
        """The arguments of docker's `create`."""

    def bring_in(self, api: Any) -> None:
        """Bring the files into the running container, if it does not see them.

        Args:
            api: the docker client's low-level API.

        Raises:
            docker.errors.DockerException: the engine refused.
        """


def files_of_container(staged: Path, sockets: Sockets) -> ContainerFiles:
    """The way for a submission and a server.

    Args:
        staged: the submission's folder.
        sockets: where the server's socket is.
    """
    if sockets.container is None:
        return ShownFiles(staged, sockets.folder)
    return CopiedFiles(staged, sockets.container)


class ShownFiles(ContainerFiles):
    """Folders of this machine, which the engine shows to the container, read-only."""

    def __init__(self, staged: Path, sockets: Path) -> None:
        """Write the file for `/etc/hosts`."""
        # An engine writes no hosts file for a container without a network. The file is beside the submission,
        # because not every engine can show files from where the grader is installed.
        self._hosts = Path(shutil.copyfile(HOSTS, staged.with_name(f"{staged.name}-hosts")))
        self._staged = staged
        self._sockets = sockets

    def options(self) -> dict[str, object]:
        """See `ContainerFiles.options`."""
        return {
            "mounts": [
                Mount("/etc/hosts", str(self._hosts), type="bind", read_only=True),
                Mount(SUBMISSION, str(self._staged), type="bind", read_only=True),
                Mount(SOCKETS, str(self._sockets), type="bind", read_only=True),
            ]
        }

    def bring_in(self, api: Any) -> None:
        """See `ContainerFiles.bring_in`: there is nothing to do."""


class CopiedFiles(ContainerFiles):
    """The volumes of the server's container, one of which the files are copied to."""

    def __init__(self, staged: Path, server: str) -> None:
        """Store the arguments.

        Args:
            staged: the submission's folder.
            server: the container of the server.
        """
        self._staged = staged
        self._server = server

    def options(self) -> dict[str, object]:
        """See `ContainerFiles.options`."""
        return {
            "volumes_from": [f"{self._server}:ro"],
            # So the engine writes a hosts file. What it would copy from its own machine is of no use, and not
            # the submission's business.
            "network_disabled": False,
            "dns": ["127.0.0.1"],
            "dns_search": ["."],
        }

    def bring_in(self, api: Any) -> None:
        """See `ContainerFiles.bring_in`."""
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as archive:
            with tarfile.open(fileobj=archive, mode="w") as writer:
                for path in sorted(self._staged.iterdir()):
                    writer.add(path, path.name, filter=_of_root)
            archive.seek(0)
            api.put_archive(self._server, SUBMISSION, archive)


def _of_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = (entry.mode | _READABLE) & _NOT_OTHERS
    return entry

"""Where a sandbox finds the Unix socket of its server, and containers have what they share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SOCKETS = "/sockets"
"""The folder of the server's socket, in the containers of server and sandbox."""
SUBMISSION = "/submission"
"""The submission's folder, likewise. A server that shares files with this machine does not have it."""


@dataclass(frozen=True)
class Sockets:
    """The folder of a server's socket."""

    folder: Path
    """As this machine sees it."""
    container: str | None = None
    """The container that has the folder, and one for the submission, in volumes of its own: where the engine
    does not see the files of this machine. None: it does, and can show the folder to a container."""

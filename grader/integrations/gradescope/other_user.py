"""Isolation by another user of this machine, for containers in which namespaces are not available.

It keeps students' code from the files and processes of other users, and from nothing else: the code sees the
file system, can write where everyone can, and has the machine's network. The grader has to run as root.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.errors import HarnessFault
from grader.runtime.sandbox.extras import NO_EXTRAS, ExtraPackages, Interpreter
from grader.runtime.sandbox.interface import SandboxBackend
from grader.runtime.sandbox.process import WORKER, ProcessHandle, WorkerSandbox, step_environment
from grader.runtime.sockets import Sockets

USER = 64178
"""The user id of the workers: nothing else on a machine has it, not even the embedded servers."""
_PROCESSES = 128
"""The most processes and threads of a worker."""


class OtherUserBackend(SandboxBackend):
    """Starts workers that give up root before they load any file of a submission."""

    name = "another user"
    good_for = "Gradescope, where bubblewrap does not work"
    confined = True
    """A worker reaches its server by the socket only: embedded servers do not listen on the network."""

    def __init__(self, extras: ExtraPackages = NO_EXTRAS) -> None:
        """Store the packages that students' code gets besides those of every exercise."""
        self._interpreter = Interpreter(extras)

    def unprepared(self) -> bool:
        """See `SandboxBackend.unprepared`."""
        return not self._interpreter.ready()

    def problem(self) -> str | None:
        """Why it does not work on this machine; None if it does."""
        if sys.platform != "linux" or os.geteuid() != 0:
            return "another user can only be had by root, on Linux"
        return None

    @contextmanager
    def sandbox(self, staged: Path, sockets: Sockets | None) -> Iterator[WorkerSandbox]:
        """Start a worker for a staged submission; it can read the files and cannot change them.

        Args:
            staged: the submission's folder; its files stay owned by root.
            sockets: the folder of its server's socket.

        Raises:
            HarnessFault: the server has no socket, or the folders cannot be prepared.
        """
        if sockets is None:
            raise HarnessFault("a worker of another user needs a server with a Unix socket")
        try:
            _make_reachable(staged)
            _make_reachable(sockets.folder)
            home = Path(tempfile.mkdtemp(prefix="grader-home-"))
            os.chown(home, USER, USER)
        except OSError as error:
            raise HarnessFault(f"another user cannot get at the submission: {error}") from error
        python = self._interpreter.program
        try:
            with WorkerSandbox(
                ProcessHandle([*_no_new_privileges(), str(python), "-I", str(WORKER), str(USER)]),
                isolation=self.name,
                root=str(staged),
                environment=step_environment(python.parent, str(home)),
                sockets=str(sockets.folder),
                processes=_PROCESSES,
            ) as worker:
                yield worker
        finally:
            shutil.rmtree(home, ignore_errors=True)


def _make_reachable(folder: Path) -> None:
    """Let every user pass through the private folders above a folder; nobody can list them."""
    for above in folder.parents:
        mode = stat.S_IMODE(above.stat().st_mode)
        if mode & stat.S_ISVTX:  # the common temporary folder; everyone can pass from here on up
            return
        above.chmod(mode | stat.S_IXOTH)


def _no_new_privileges() -> list[str]:
    """A command prefix that keeps programs such as `su` from becoming root again."""
    program = shutil.which("setpriv")
    return [program, "--no-new-privs", "--"] if program else []

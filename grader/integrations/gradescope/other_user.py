"""The worker as another user of this machine: what there is where namespaces are not to be had.

Keeps students' code from the files and processes of others, and no more: it sees the file system, may write
to what everyone may write to, and has whatever network the machine has. Needs to be root to begin with.
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
from grader.runtime.sandbox.environment import step_environment
from grader.runtime.sandbox.interface import SandboxBackend
from grader.runtime.sandbox.process import ProcessLine, WorkerSandbox
from grader.runtime.sandbox.unconfined import WORKER

USER = 64178
"""One that nothing else on a machine runs as, and not the one of the embedded servers."""
_PROCESSES = 128
"""How many processes and threads it may have."""


class OtherUserBackend(SandboxBackend):
    """Starts workers that give up root before they load anything of a submission."""

    name = "another user"
    good_for = "Gradescope, where bubblewrap does not work"
    confined = True
    """It reaches its server by the socket alone: no server of ours listens on the network."""

    def problem(self) -> str | None:
        """Why it cannot work here; None when it can."""
        if sys.platform != "linux" or os.geteuid() != 0:
            return "another user can only be had by root, on Linux"
        return None

    @contextmanager
    def sandbox(self, staged: Path, sockets: Path | None) -> Iterator[WorkerSandbox]:
        """Start a worker for a staged submission, which it can read and not change.

        Args:
            staged: the submission's folder; what is in it stays root's.
            sockets: the folder of its server's socket.

        Raises:
            HarnessFault: there is no socket to reach a server by, or no folder to write to can be made.
        """
        if sockets is None:
            raise HarnessFault("a worker of another user needs a server with a Unix socket")
        try:
            _open_way_to(staged)
            _open_way_to(sockets)
            home = Path(tempfile.mkdtemp(prefix="grader-home-"))
            os.chown(home, USER, USER)
        except OSError as error:
            raise HarnessFault(f"another user cannot get at the submission: {error}") from error
        try:
            with WorkerSandbox(
                ProcessLine([*_for_good(), sys.executable, "-I", str(WORKER), str(USER)]),
                isolation=self.name,
                root=str(staged),
                environment=step_environment(Path(sys.executable).parent, str(home)),
                sockets=str(sockets),
                processes=_PROCESSES,
            ) as worker:
                yield worker
        finally:
            shutil.rmtree(home, ignore_errors=True)


def _open_way_to(folder: Path) -> None:
    """Let everyone pass through the private folders above one; what is in those stays as closed as it was."""
    for above in folder.parents:
        mode = stat.S_IMODE(above.stat().st_mode)
        if mode & stat.S_ISVTX:  # the common folder for temporary files, and whatever is above that
            return
        above.chmod(mode | stat.S_IXOTH)


def _for_good() -> list[str]:
    """What keeps programs such as `su` from giving back the rights that the worker gives up."""
    program = shutil.which("setpriv")
    return [program, "--no-new-privs", "--"] if program else []

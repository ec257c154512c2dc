"""The worker behind bubblewrap: Linux namespaces, for machines without a container engine.

It sees the interpreter, the libraries, the staged submission and the folder of its server's socket, all read-only,
and an empty `/tmp`. No network, processes of its own only, an empty environment, no capabilities.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from grader.errors import HarnessFault
from grader.sandbox.process import ProcessLine, WorkerSandbox
from grader.sandbox.unconfined import WORKER

_PACKAGE = Path(__file__).parents[1]
_SYSTEM = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
"""Beside `/usr`: links into it on a merged system, folders on others."""
_SETTINGS = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/usr/share/zoneinfo")
_ROOT = "/submission"
_SOCKETS = "/sockets"
_WORKER = "/worker.py"
_SCRATCH_BYTES = 64 * 1024 * 1024
_FIRST_USER = 1 << 20
_LAST_USER = 1 << 30
_PROBE_SECONDS = 20
PROCESSES = 128
"""How many processes and threads the submission's user may have."""


class BubblewrapBackend:
    """Starts workers in namespaces of their own."""

    name = "bubblewrap"
    confined = True

    def problem(self) -> str | None:
        """Why it cannot work here, and what to do about it; None when it can. Tries it out."""
        if sys.platform != "linux":
            return "bubblewrap is for Linux only"
        program = shutil.which("bwrap")
        if program is None:
            return "bubblewrap is not installed: `apt-get install bubblewrap` or the like"
        try:
            tried = subprocess.run(
                [*_walls(program), "--", sys.executable, "-I", "-S", "-c", "pass"],
                capture_output=True,
                text=True,
                timeout=_PROBE_SECONDS,
                check=False,
                env={},
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"bubblewrap does not start: {error}"
        if tried.returncode != 0:
            said = (tried.stderr.strip().splitlines() or ["it gave no reason"])[-1]
            return (
                f"bubblewrap does not work here: {said}. Unprivileged user namespaces may be switched off: see "
                "`sysctl kernel.unprivileged_userns_clone` and `kernel.apparmor_restrict_unprivileged_userns`."
            )
        return None

    def sandbox(self, staged: Path, sockets: Path | None) -> WorkerSandbox:
        """Start a worker for a staged submission.

        Args:
            staged: The submission, shown read-only.
            sockets: The folder of its server's socket.

        Raises:
            HarnessFault: there is no socket to show, or bubblewrap is gone.
        """
        program = shutil.which("bwrap")
        if program is None or sockets is None:
            raise HarnessFault("bubblewrap needs its program and a server with a Unix socket")
        shown = [
            *("--ro-bind", str(staged), _ROOT),
            *("--ro-bind", str(sockets), _SOCKETS),
            *("--ro-bind", str(WORKER), _WORKER),
            *("--chdir", _ROOT),
        ]
        # As root there is no user namespace to hide in: the worker takes a user of its own, once it is inside.
        user = str(_FIRST_USER + secrets.randbelow(_LAST_USER - _FIRST_USER)) if os.geteuid() == 0 else ""
        return WorkerSandbox(
            ProcessLine(
                [*_walls(program), *shown, "--as-pid-1", "--", sys.executable, "-I", _WORKER, *filter(None, [user])]
            ),
            isolation=self.name,
            root=_ROOT,
            environment=confined_environment(Path(sys.executable).parent),
            sockets=_SOCKETS,
            processes=PROCESSES,
        )


def confined_environment(scripts: Path) -> dict[str, str]:
    """What a confined step finds in its environment besides the database's address."""
    return {
        "PATH": f"{scripts}:/usr/local/bin:/usr/bin:/bin",
        "HOME": "/tmp",  # noqa: S108 - the sandbox's own
        "TMPDIR": "/tmp",  # noqa: S108
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "COLUMNS": "120",
    }


def _walls(program: str) -> list[str]:
    """The options that are the same for every submission."""
    options = [
        program,
        *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
        *("--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox"),
        *("--cap-drop", "ALL"),
    ]
    if os.geteuid() == 0:
        options += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        options += ["--unshare-user"]
    options += ["--proc", "/proc", "--dev", "/dev", "--size", str(_SCRATCH_BYTES), "--tmpfs", "/tmp"]  # noqa: S108
    if os.geteuid() == 0:
        options += ["--chmod", "1777", "/tmp"]  # noqa: S108
    for folder in _SYSTEM:
        if Path(folder).is_symlink():
            options += ["--symlink", str(Path(folder).readlink()), folder]
        elif Path(folder).is_dir():
            options += ["--ro-bind", folder, folder]
    for tree in _trees():
        for folder in reversed(Path(tree).parents[:-1]):  # else made for their owner alone
            options += ["--perms", "0755", "--dir", str(folder)]
        options += ["--ro-bind", tree, tree]
    for setting in _SETTINGS:
        options += ["--ro-bind-try", setting, setting]
    if any(_PACKAGE.is_relative_to(tree) for tree in _trees()):
        # An installed grader lies among the libraries: its code and the reference are no business of theirs.
        options += ["--tmpfs", str(_PACKAGE)]
    return options


def _trees() -> Iterator[str]:
    """The folders of the interpreter and its libraries, each once, the outer before the inner."""
    yield "/usr"
    seen = [Path("/usr")]
    for prefix in (sys.base_prefix, sys.base_exec_prefix, sys.prefix, sys.exec_prefix):
        path = Path(prefix)
        if not any(path.is_relative_to(other) for other in seen):
            seen.append(path)
            yield str(path)

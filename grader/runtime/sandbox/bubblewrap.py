"""The worker behind bubblewrap: Linux namespaces, for machines without a container engine.

The worker sees the interpreter, the libraries, the staged submission and the folder of its server's socket.
It can write only to a small `/tmp`. It has no network and no capabilities, an empty environment, and sees
only its own processes. The memory of each process is limited; only a container can limit all of them
together.
"""

from __future__ import annotations

import os
import platform
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from grader.errors import HarnessFault
from grader.runtime.sandbox.extras import NO_EXTRAS, ExtraPackages, Interpreter
from grader.runtime.sandbox.interface import SandboxBackend
from grader.runtime.sandbox.process import (
    BESIDE_WORKER,
    CONFINED,
    HOSTS,
    WORKER,
    ProcessHandle,
    WorkerSandbox,
    step_environment,
)
from grader.runtime.sockets import Sockets
from grader.runtime.system import LINUX

_PACKAGE = Path(__file__).parents[2]
_PROGRAMS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
"""Folders of `/` and of `/usr` that are shown. On a merged system those of `/` are links."""
_SETTINGS = (
    *("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime"),
    *("/usr/share/zoneinfo", "/usr/local/bin", "/usr/local/lib"),
)
_HIDDEN = ("/proc/keys", "/proc/key-users", "/proc/locks")
"""What tells of keys and locks outside of the sandbox."""
_PYTHON = ("bin", "lib", "lib64", "pyvenv.cfg")
"""The parts of an installation or a virtual environment that are shown: Python and its packages. The rest is
not: the folder may be that of a project."""
_ROOT = "/submission"
_SOCKETS = "/sockets"
_WORKER = "/worker.py"
_SCRATCH = "/tmp"  # noqa: S108 - the sandbox's own
_SCRATCH_BYTES = 64 * 1024 * 1024
_USERS = range(1 << 20, 1 << 30)
_PROBE_SECONDS = 20
_PROCESSES = 128
"""How many processes and threads the submission's user may have."""
_OWN = Path(sys.executable)
"""The interpreter of the grader."""
_COUNTED_BY_NAMESPACE = (5, 14)
"""From this release on, Linux does not count a user's processes outside of the namespace."""


class BubblewrapBackend(SandboxBackend):
    """Starts workers in namespaces of their own."""

    name = "bubblewrap"
    good_for = "needs no Docker"
    confined = True

    def __init__(self, extras: ExtraPackages = NO_EXTRAS) -> None:
        """Store the packages that students' code gets besides those of every exercise."""
        self._interpreter = Interpreter(extras)

    @property
    def identity(self) -> tuple[str, ...] | None:
        """See `SandboxBackend.identity`: the program, and the interpreter."""
        program = shutil.which("bwrap")
        if program is None:
            return None
        state = Path(program).stat()
        return program, str(state.st_size), str(state.st_mtime_ns), str(self._interpreter.program)

    def problem(self) -> str | None:
        """Try bubblewrap. Why it cannot work here, and what to do about it; None when it can."""
        if not LINUX:
            return "bubblewrap is for Linux only"
        program = shutil.which("bwrap")
        if program is None:
            return "bubblewrap is not installed: `apt-get install bubblewrap` or the like"
        try:
            tried = subprocess.run(
                [*_walls(program, _OWN), "--remount-ro", "/", "--", sys.executable, "-I", "-S", "-c", "pass"],
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
                f"bubblewrap does not work here: {said}. Unprivileged user namespaces may be switched off: "
                "see `sysctl kernel.unprivileged_userns_clone` and "
                "`kernel.apparmor_restrict_unprivileged_userns`."
            )
        return None

    def unprepared(self) -> bool:
        """See `SandboxBackend.unprepared`."""
        return not self._interpreter.ready()

    def prepare(self, progress: Callable[[str], None]) -> None:
        """See `SandboxBackend.prepare`."""
        self._interpreter.ensure(progress)

    def sandbox(self, staged: Path, sockets: Sockets | None) -> WorkerSandbox:
        """See `SandboxBackend.sandbox`. The submission is shown read-only.

        Raises:
            HarnessFault: there is no socket to show, or bubblewrap is gone.
        """
        program = shutil.which("bwrap")
        if program is None or sockets is None:
            raise HarnessFault("bubblewrap needs its program and a server with a Unix socket")
        shown = [
            *("--ro-bind", str(staged), _ROOT),
            *("--ro-bind", str(sockets.folder), _SOCKETS),
            *("--ro-bind", str(WORKER), _WORKER),
            *(word for name in BESIDE_WORKER for word in _shown_beside(name)),
            *("--ro-bind", str(HOSTS), "/etc/hosts"),
            *("--remount-ro", "/"),
            *("--chdir", _ROOT),
        ]
        # For root there is no user namespace. So the worker changes to a user of its own once it has started.
        user = [str(secrets.choice(_USERS))] if os.geteuid() == 0 else []
        python = self._interpreter.program
        worker = [str(python), "-I", _WORKER, CONFINED, *user]
        return WorkerSandbox(
            ProcessHandle([*_walls(program, python), *shown, "--as-pid-1", "--", *worker]),
            isolation=self.name,
            root=_ROOT,
            environment=step_environment(python.parent, _SCRATCH),
            sockets=_SOCKETS,
            processes=_PROCESSES if user or _release() >= _COUNTED_BY_NAMESPACE else None,
        )


def _shown_beside(name: str) -> tuple[str, str, str]:
    """The options that show a file of the grader beside the worker."""
    return "--ro-bind", str(WORKER.with_name(name)), str(Path(_WORKER).with_name(name))


def _walls(program: str, python: Path) -> list[str]:
    """The options that are the same for every submission.

    Args:
        program: bubblewrap.
        python: the interpreter that is shown with its packages.
    """
    options = [
        program,
        *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
        *("--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox"),
        *("--cap-drop", "ALL"),
    ]
    if os.geteuid() == 0:
        options += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        told = subprocess.run([program, "--help"], capture_output=True, text=True, check=False, env={})
        options += ["--unshare-user", *(["--disable-userns"] if "--disable-userns" in told.stdout else [])]
    # Read-only: a step could make another process the first to be ended when memory runs out.
    options += ["--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    for name in _HIDDEN:
        if Path(name).exists():
            options += ["--ro-bind", os.devnull, name]
    options += ["--perms", "1777", "--size", str(_SCRATCH_BYTES), "--tmpfs", _SCRATCH]
    trees = list(_trees(python))
    for name in _PROGRAMS:
        if (folder := Path("/", name)).is_symlink():
            options += ["--symlink", str(folder.readlink()), str(folder)]
        else:
            trees.append(folder)
    for tree in trees:
        for folder in reversed(tree.parents[:-1]):  # bubblewrap would make them for their owner alone
            options += ["--perms", "0755", "--dir", str(folder)]
        options += ["--ro-bind-try", str(tree), str(tree)]
    if any(_PACKAGE.is_relative_to(tree) for tree in trees):
        # An installed grader is among the libraries. Its code and the reference are hidden from submissions.
        options += ["--tmpfs", str(_PACKAGE), "--remount-ro", str(_PACKAGE)]
    return options


def _trees(python: Path) -> Iterator[Path]:
    """The folders of this machine that are shown: programs, libraries, the interpreter and its packages."""
    yield from map(Path, _SETTINGS)
    yield from (Path("/usr", name) for name in _PROGRAMS)
    seen = {Path("/"), Path("/usr"), Path("/usr/local")}
    prefixes = [Path(sys.base_prefix), Path(sys.base_exec_prefix)]
    prefixes += [Path(sys.prefix), Path(sys.exec_prefix)] if python == _OWN else [python.parent.parent]
    # The interpreter of a virtual environment is a link, and may lead to further links.
    program = python
    while program.is_symlink():
        program = program.parent / program.readlink()
        prefixes.append(program.parent.parent)
    for prefix in prefixes:
        if prefix not in seen:
            seen.add(prefix)
            yield from (prefix / name for name in _PYTHON)


def _release() -> tuple[int, ...]:
    """The version of the kernel; empty if it is not a number."""
    found = re.match(r"(\d+)\.(\d+)", platform.release())
    return tuple(map(int, found.groups())) if found else ()

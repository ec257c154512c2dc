"""On other systems than Linux: everything is loaded, or one sentence says that nothing can be graded."""

from __future__ import annotations

import subprocess
import sys

import pytest

AS_ON_A_MAC = """
import importlib, os, pkgutil, sys
import grader

def modules():
    for item in pkgutil.walk_packages(grader.__path__, "grader."):
        if not item.name.endswith(("__main__", ".files")):
            yield item.name

for name in modules():  # what others import of the standard library is there on every system
    importlib.import_module(name)
for name in [name for name in sys.modules if name.partition(".")[0] == "grader"]:
    del sys.modules[name]
import ctypes, resource, signal, socket
LACKING = {
    os: ("sched_getaffinity", "pidfd_open", "memfd_create", "setresuid", "setresgid", "unshare", "setns",
         "copy_file_range", "posix_fadvise", "getrandom", "O_PATH", "O_TMPFILE", "O_DIRECT", "splice"),
    socket: ("SO_PEERCRED", "AF_NETLINK", "SOCK_CLOEXEC", "SOCK_NONBLOCK", "TCP_USER_TIMEOUT"),
    signal: ("SIGRTMIN", "SIGPWR", "SIGSTKFLT", "pidfd_send_signal", "sigtimedwait", "sigwaitinfo"),
    resource: ("prlimit", "RLIMIT_RTPRIO", "RLIMIT_MSGQUEUE", "RLIMIT_SIGPENDING"),
}
for owner, names in LACKING.items():
    for name in names:
        if hasattr(owner, name):
            delattr(owner, name)
sys.platform = "darwin"
loaded = [importlib.import_module(name).__name__ for name in modules()]
from grader.runtime.sandbox.bubblewrap import BubblewrapBackend
from grader.runtime.machine import cores, jobs_here
from grader.runtime.memory import Memory
from grader.runtime.memory_group import MemoryGroups
from grader.runtime.system import limits_here
from pathlib import Path
nowhere = Path("/nowhere")
memory = Memory(nowhere, nowhere)
assert (memory.free(), memory.total(), memory.kills()) == (None, None, None)
assert cores() >= 1 and jobs_here() >= 1
print(len(loaded), BubblewrapBackend().problem(), limits_here(), sep="|")
"""

AS_ON_WINDOWS = """
import os, signal, sys
import rich.console  # what prints would call Windows itself
for name in ("fork", "geteuid", "getuid", "killpg", "setsid", "O_NOFOLLOW", "O_DIRECTORY"):
    delattr(os, name)
del signal.SIGHUP
for name in ("fcntl", "pwd", "grp", "resource", "termios"):
    sys.modules[name] = None
sys.platform = "win32"
from grader.cli.main import main
main(sys.argv[1:])
"""


def run(source: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of Python by itself."""
    return subprocess.run(
        [sys.executable, "-c", source, *arguments], capture_output=True, text=True, check=False, timeout=120
    )


def test_everything_is_loaded_where_the_calls_of_linux_are_missing() -> None:
    done = run(AS_ON_A_MAC)
    assert done.returncode == 0, done.stderr
    count, problem, limits = done.stdout.strip().split("|")
    assert int(count) > 300
    assert problem == "bubblewrap is for Linux only"
    assert "only containers confine students' code" in limits


@pytest.mark.parametrize("command", [("grade", "ada"), ("doctor",), ("--version",)])
def test_windows_gets_a_sentence_from_every_command(command: tuple[str, ...]) -> None:
    done = run(AS_ON_WINDOWS, *command)
    assert done.returncode == 4, done.stderr
    assert done.stderr.splitlines() == [
        "grader: the grader does not run on Windows itself",
        "Run it inside WSL 2 (https://aka.ms/wsl).",
    ]

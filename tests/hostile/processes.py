"""Submissions that do not end, take more than they may, or turn on the processes that watch them."""

from __future__ import annotations

from tests.catalogue.case import ENV, Case, breaks_at, extra, nothing_ran, replace

LOOP = """\
import signal

for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
while True:
    pass"""
FORK_BOMB = """\
import os

while True:
    try:
        if os.fork() == 0:
            os.setsid()
    except OSError:
        pass"""
MEMORY = """\
held = []
while True:
    held.append(bytes(16 * 1024 * 1024))"""
FLOOD = """\
import os

while True:
    os.write(1, b"x" * 65536)"""
KILL_ALL = """
import os
import signal

# As the first process of a machine that is not this one.
if os.getpid() < 1000:
    os.kill(-1, signal.SIGKILL)
    os.kill(1, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)"""
STOP_WARDEN = """\
import os
import signal
import time

os.kill(os.getppid(), signal.SIGSTOP)
time.sleep(600)"""
STARVE = """\
import contextlib
import os
import resource

# As one of the few processes of a machine that is not this one.
for process in range(1, os.getpid() if os.getpid() < 1000 else 0):
    for limit in (resource.RLIMIT_AS, resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC, resource.RLIMIT_CPU):
        with contextlib.suppress(OSError):
            resource.prlimit(process, limit, (0, 0))
            print("starved", process)"""
TRACE = """\
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
for process in (1, os.getppid()):
    attached = libc.ptrace(16, process, None, None)
    print("ptrace", process, attached, os.strerror(ctypes.get_errno()))
    for name in ("mem", "environ", "fd"):
        try:
            print(name, os.open(f"/proc/{process}/{name}", os.O_RDONLY))
        except OSError as error:
            print(name, error.strerror)"""
DAEMON = """\
import os
import signal
import time

if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork() == 0:  # with the pipes of the step still in its hands
        while True:
            try:
                os.open("/dev/null", os.O_RDONLY)
            except OSError:
                pass
            time.sleep(0.1)
    os._exit(0)"""
RECURSION = """\
def deeper():
    return deeper()

deeper()"""


def _limited(name: str, why: str, code: str, *hint: str) -> Case:
    return breaks_at(5, name, why, (extra(code),), *hint, diagnoses=(), flags=("limit_hit",))


PROCESSES: tuple[Case, ...] = (
    _limited("hostile_loop", "A revision ignores every signal and goes round in circles.", LOOP),
    _limited(
        "hostile_fork_bomb", "A revision forks without end, each process in a session of its own.", FORK_BOMB
    ),
    _limited("hostile_memory", "A revision takes all memory that there is.", MEMORY),
    _limited("hostile_output", "A revision prints without end.", FLOOD),
    nothing_ran(
        "hostile_kill_all",
        "env.py kills every process that it may: those of the steps beside it, too.",
        (replace(ENV, ("target_metadata =", f"{KILL_ALL}\ntarget_metadata =")),),
        "ended by a signal",
        diagnoses=(),
        flags=("limit_hit",),
    ),
    _limited("hostile_stopped_warden", "A revision stops the process that watches it.", STOP_WARDEN),
    Case("hostile_starve", "A revision takes all limits of the processes that watch it.", (extra(STARVE),)),
    Case("hostile_trace", "A revision tries to take over the processes that watch it.", (extra(TRACE),)),
    Case("hostile_daemon", "A revision leaves a daemon behind that holds its pipes.", (extra(DAEMON),)),
    breaks_at(
        5, "hostile_recursion", "A revision calls itself without end.", (extra(RECURSION),), diagnoses=()
    ),
)
"""Whatever does not end by itself, or ends others."""

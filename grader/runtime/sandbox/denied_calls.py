"""The system calls that students' code in a sandbox may not make, as a program for the kernel's filter.

Namespaces keep apart nearly all that processes share. They do not keep apart keys, which belong to a login
session and to a user. Nor do they hide who reads a file that several sandboxes show: `inotify`, `fanotify`,
and two commands of `fcntl` tell that. And the segments, semaphores and queues of System V and POSIX stay in a
sandbox after the step that made them: by them a later step could count how often it has been run. The worker
runs as the user of the steps, so one of them could end it by a limit of nothing: `prlimit` is only for the
caller itself.

Lies beside the worker, which loads it as a file, so it imports nothing of the harness.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Sequence
from typing import NamedTuple

_SET_FILTER = 1
_AS_FAST_AS_BEFORE = 4
"""Leaves out what older kernels do against another attack, which slows down everything that has a filter."""
_SECCOMP_ALLOW = 0x7FFF0000
_SECCOMP_ERRNO = 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
"""Instructions: load a word of the call's description, compare it, end."""
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT, _SECOND_ARGUMENT = 0, 4, 16, 24
"""Where in the description they are. Of an argument, the lower half is read."""
_FCNTL_COMMANDS = (1024, 1026)
"""`F_SETLEASE` and `F_NOTIFY`."""


class _Machine(NamedTuple):
    """How a kind of machine numbers its calls."""

    architecture: int
    denied: Sequence[int]
    """Keys: `add_key`, `request_key`, `keyctl`. Files: `inotify_init`, where it is there, `inotify_init1`,
    `inotify_add_watch`, `fanotify_init`, `fanotify_mark`. Memory and queues: `shmget`, `semget`, `msgget`,
    `mq_open`."""
    filter: int
    """`seccomp`."""
    fcntl: int
    prlimit: int
    """Its first argument is a process, 0 for the caller."""
    others_from: int | None = None
    """From this number on, calls have a second numbering, which no program here needs."""


_MACHINES = {
    "x86_64": _Machine(
        *(0xC000003E, (248, 249, 250, 253, 294, 254, 300, 301, 29, 64, 68, 240), 317, 72, 302, 0x40000000)
    ),
    "aarch64": _Machine(0xC00000B7, (217, 218, 219, 26, 27, 262, 263, 194, 190, 186, 180), 277, 25, 261),
}


def deny_calls() -> None:
    """Deny the calls to this process and to all that it starts. It must not be able to gain rights any more.

    Does nothing on a kind of machine whose calls are not listed here.

    Raises:
        OSError: the kernel takes no filter.
    """
    program = call_filter()
    if program is None:
        return
    rows = ctypes.create_string_buffer(program, len(program))
    described = struct.pack("@HP", len(program) // 8, ctypes.addressof(rows))
    number = _MACHINES[platform.machine()].filter
    if ctypes.CDLL(None, use_errno=True).syscall(number, _SET_FILTER, _AS_FAST_AS_BEFORE, described) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"the kernel takes no filter of system calls: {os.strerror(code)}")


def call_filter() -> bytes | None:
    """The filter for this machine; None for a kind of machine whose calls are not listed here.

    A denied call fails with `EPERM`. So does every call in another machine's numbering.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None or sys.byteorder != "little":
        return None
    denied = [(_EQUAL, number, "deny", "") for number in machine.denied]
    if machine.others_from is not None:
        denied.insert(0, (_AT_LEAST, machine.others_from, "deny", ""))
    rows: list[tuple[int, int, str, str]] = [
        (_LOAD, _ARCHITECTURE, "", ""),
        (_EQUAL, machine.architecture, "", "deny"),
        (_LOAD, _NUMBER, "", ""),
        *denied,
        (_EQUAL, machine.prlimit, "", "others"),
        (_LOAD, _FIRST_ARGUMENT, "", ""),
        (_EQUAL, 0, "allow", "deny"),
        (_EQUAL, machine.fcntl, "", "allow"),
        (_LOAD, _SECOND_ARGUMENT, "", ""),
        *((_EQUAL, command, "deny", "") for command in _FCNTL_COMMANDS),
    ]
    # An instruction, its value, and where to go on if it holds and if it does not; by default with the next.
    ends = {
        "allow": len(rows),
        "deny": len(rows) + 1,
        "others": rows.index((_EQUAL, machine.fcntl, "", "allow")),
    }
    program = b""
    for place, (kind, value, met, unmet) in enumerate(rows):
        jumps = (ends[where] - place - 1 if where else 0 for where in (met, unmet))
        program += struct.pack("=HBBI", kind, *jumps, value)
    program += struct.pack("=HBBI", _RETURN, 0, 0, _SECCOMP_ALLOW)
    return program + struct.pack("=HBBI", _RETURN, 0, 0, _SECCOMP_ERRNO | errno.EPERM)

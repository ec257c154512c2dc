"""The system calls that a worker behind bubblewrap may not make, as a program for the kernel's filter.

Namespaces keep apart nearly all that processes share. They do not keep apart keys, which belong to a login
session and to a user. Nor do they hide who reads a file that several sandboxes show: `inotify`, `fanotify`,
and two commands of `fcntl` tell that. A container engine denies keys by a filter of its own, and each
container has files of its own. Must not know who starts the worker.
"""

from __future__ import annotations

import errno
import platform
import struct
import sys
from collections.abc import Sequence
from typing import NamedTuple

_SECCOMP_ALLOW = 0x7FFF0000
_SECCOMP_ERRNO = 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
"""Instructions: load a word of the call's description, compare it, end."""
_NUMBER, _ARCHITECTURE, _SECOND_ARGUMENT = 0, 4, 24
"""Where in the description they are. Of the second argument, the lower half is read."""
_FCNTL_COMMANDS = (1024, 1026)
"""`F_SETLEASE` and `F_NOTIFY`."""


class _Machine(NamedTuple):
    """How a kind of machine numbers its calls."""

    architecture: int
    denied: Sequence[int]
    """`add_key`, `request_key`, `keyctl`; `inotify_init`, where it is there, `inotify_init1`,
    `inotify_add_watch`; `fanotify_init`, `fanotify_mark`."""
    fcntl: int
    others_from: int | None = None
    """From this number on, calls have a second numbering, which no program here needs."""


_MACHINES = {
    "x86_64": _Machine(0xC000003E, (248, 249, 250, 253, 294, 254, 300, 301), 72, 0x40000000),
    "aarch64": _Machine(0xC00000B7, (217, 218, 219, 26, 27, 262, 263), 25),
}


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
        (_EQUAL, machine.fcntl, "", "allow"),
        (_LOAD, _SECOND_ARGUMENT, "", ""),
        *((_EQUAL, command, "deny", "") for command in _FCNTL_COMMANDS),
    ]
    # An instruction, its value, and where to go on if it holds and if it does not; by default with the next.
    ends = {"allow": len(rows), "deny": len(rows) + 1}
    program = b""
    for place, (kind, value, met, unmet) in enumerate(rows):
        jumps = (ends[where] - place - 1 if where else 0 for where in (met, unmet))
        program += struct.pack("=HBBI", kind, *jumps, value)
    program += struct.pack("=HBBI", _RETURN, 0, 0, _SECCOMP_ALLOW)
    return program + struct.pack("=HBBI", _RETURN, 0, 0, _SECCOMP_ERRNO | errno.EPERM)

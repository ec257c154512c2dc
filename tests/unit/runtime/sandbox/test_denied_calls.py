"""The filter of system calls, run by an interpreter of its instructions."""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Mapping

import pytest

from grader.runtime.sandbox.denied_calls import call_filter

ALLOWED, DENIED = 0x7FFF0000, 0x00050000 | errno.EPERM
X86, ARM, X86_32 = 0xC000003E, 0xC00000B7, 0x40000003


def verdict(program: bytes, architecture: int, number: int, *arguments: int) -> int:
    """What the kernel would answer to a call."""
    words = struct.pack("<IIQ6Q", number, architecture, 0, *(*arguments, *[0] * 6)[:6])
    rows = list(struct.iter_unpack("<HBBI", program))
    place = loaded = 0
    while True:
        kind, met, unmet, value = rows[place]
        place += 1
        if kind == 0x20:
            (loaded,) = struct.unpack_from("<I", words, value)
        elif kind == 0x15:
            place += met if loaded == value else unmet
        elif kind == 0x35:
            place += met if loaded >= value else unmet
        else:
            return int(value)


CALLS: Mapping[str, tuple[int, Mapping[str, int]]] = {
    "x86_64": (
        X86,
        {"add_key": 248, "request_key": 249, "keyctl": 250, "inotify_init1": 294, "fanotify_init": 300},
    ),
    "aarch64": (ARM, {"add_key": 217, "request_key": 218, "keyctl": 219, "inotify_init1": 26}),
}


@pytest.mark.parametrize("machine", CALLS)
def test_calls(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    architecture, calls = CALLS[machine]
    program = call_filter()
    assert program is not None
    assert {
        name for name, number in calls.items() if verdict(program, architecture, number) == ALLOWED
    } == set()
    fcntl = {"x86_64": 72, "aarch64": 25}[machine]
    assert [verdict(program, architecture, fcntl, 3, command) for command in (1, 6, 1024, 1026, 1032)] == [
        *(ALLOWED, ALLOWED, DENIED, DENIED, ALLOWED)
    ]
    prlimit = {"x86_64": 302, "aarch64": 261}[machine]
    assert [verdict(program, architecture, prlimit, process) for process in (0, 1, 7)] == [
        *(ALLOWED, DENIED, DENIED)
    ]
    others = {253, 254, 301, 29, 64, 68, 240} if machine == "x86_64" else {27, 262, 263, 180, 186, 190, 194}
    known = {*calls.values(), *others}
    assert all(verdict(program, architecture, number) == DENIED for number in known)
    assert all(
        verdict(program, architecture, number) == ALLOWED for number in range(500) if number not in known
    )
    assert verdict(program, X86_32, 1) == DENIED
    if machine == "x86_64":
        assert verdict(program, architecture, 0x40000000 + 250) == DENIED


def test_a_machine_whose_calls_are_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert call_filter() is None

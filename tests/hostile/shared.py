"""Submissions that leave things in the kernel for others, and that look for what others have left there."""

from __future__ import annotations

from tests.catalogue.case import Case, extra

_PLACES = """\
import ctypes
import platform
import socket

kernel = ctypes.CDLL(None)
add_key, keyctl = {"x86_64": (248, 250), "aarch64": (217, 219)}[platform.machine()]
name, number = b"left-by-a-neighbour", 0x6C656674
"""
LEAVE = (
    _PLACES
    + """\
for ring in (-3, -4):
    kernel.syscall(add_key, b"user", name, name, len(name), ring)
kernel.shmget(number, 64, 0o1666)
kernel.semget(number, 1, 0o1666)
kernel.msgget(number, 0o1666)
kernel.mq_open(b"/" + name, 0o102, 0o666, None)
socket.socket(socket.AF_UNIX).bind(b"\\0" + name)
for folder in ("/dev/shm", "/tmp", "/var/tmp"):
    try:
        open(f"{folder}/{name.decode()}", "w").close()
    except OSError:
        pass"""
)
LOOK = (
    _PLACES
    + """\
import os

found = [ring for ring in (-3, -4) if kernel.syscall(keyctl, 10, ring, b"user", name, 0) != -1]
found += [call for call in ("shmget", "msgget") if getattr(kernel, call)(number, 0, 0) != -1]
found += ["semget"] if kernel.semget(number, 1, 0) != -1 else []
found += ["mq_open"] if kernel.mq_open(b"/" + name, 2) != -1 else []
found += [path for path in ("/dev/shm", "/tmp", "/var/tmp") if os.path.exists(f"{path}/{name.decode()}")]
try:
    found += ["keys"] if open("/proc/keys").read() else []
except OSError:
    pass
if found:
    raise RuntimeError(f"reached {found}")"""
)

SHARED: tuple[Case, ...] = (
    Case("hostile_leaves_things", "A revision leaves keys, memory, queues and files.", (extra(LEAVE),)),
    Case("hostile_looks_for_things", "A revision looks for what a neighbour has left.", (extra(LOOK),)),
)
"""What processes of one machine may share."""

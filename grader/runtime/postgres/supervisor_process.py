"""A process that makes one folder, runs one program in it, and removes both when the harness ends.

Runs as a program of its own: `python -I -S supervisor_process.py`. The first line of its standard input is an
order in JSON. The end of its standard input means that the harness has closed it or is dead. Then the
supervisor ends the program and removes the folder, so that even a harness that is killed leaves nothing
behind.

While a server has more than its room, the folder has a file `exceeded`. It holds a line for each time that
sessions were ended: `disk` or `memory`.

Imports only small parts of the standard library, so that it starts fast. Must not know SQL.

The order:
    folder   made by the supervisor with `mode`; must not exist yet
    folders  names of folders to make in it, open for everyone to enter
    files    name in the folder to text
    trees    [source, name in the folder] pairs, copied with their modes, links kept
    data     {"template": data folder, "shared": [sub-folders never written to], "left_out": [sub-folders]},
             copied to `folder/data`
    command  program and arguments, or null; `owner` [uid, gid] or null is the user it is run as
    largest  the size in bytes of the largest file that the program may write, or null
    memory   how many bytes of memory each of its processes may take for itself, or null
    room     {"disk": bytes, "memory": bytes, "spared": user}, or null: while the folder, or the memory of the
             processes that a server has started, is larger, its sessions of all other users are ended
    ready    a text that the program writes to its standard error when it is ready; null: the program is
             ready when it has ended with 0
    settle   [uid, gid] that owns everything once the program is ready, or null
The supervisor answers with two lines of JSON: {"made": 0} when the folder and the folders in it are there,
then {"ready": pid}. Instead of either it answers {"failed": what the program wrote last}.
"""

# This process has to start fast, and importing pathlib takes as long as all the rest that it imports.
# ruff: noqa: PTH102, PTH103, PTH114, PTH116, PTH123, PTH211

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys
import time
from typing import Any

_TAIL = 4000
"""Bytes of a program's errors that are kept for a message."""
_ROOM_SECONDS = 0.1
"""How often the room of a server is looked at. That takes about 0.2 ms."""
_UNCOUNTED_BYTES = 96 * 1024 * 1024
"""How much fuller a disk gets before the files of a server are counted again, which takes about 5 ms."""
_STOP_SECONDS = 8.0
"""How long a server may take to stop before it is killed; PostgreSQL itself kills its sessions after 5 s."""


def main() -> int:
    """Carry out one order; return the exit status."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    os.umask(0o022)  # what others have to reach is made for them, whatever the harness was started with
    line = _read_line(0)
    if not line:
        return 0
    order = json.loads(line)
    try:
        os.mkdir(order["folder"], order["mode"])
    except OSError as error:
        _answer(failed=str(error))
        return 1
    try:
        return _supervise(order)
    except OSError as error:
        _answer(failed=str(error))
        return 1
    finally:
        _remove(order["folder"])


def _supervise(order: dict[str, Any]) -> int:
    """Fill the folder, run the command in it, and stay until the standard input ends."""
    folder = order["folder"]
    for name in order["folders"]:
        os.mkdir(f"{folder}/{name}", 0o755)
    _answer(made=0)
    for name, text in order["files"].items():
        with open(f"{folder}/{name}", "x", encoding="utf-8") as file:
            file.write(text)
    for source, name in order["trees"]:
        _copy_tree(source, f"{folder}/{name}")
    if order["owner"]:
        _give(folder, *order["owner"])
    if order["command"] is None:
        _answer(ready=0)
        _wait_for_end()
        return 0
    errors, child = _start(order)
    try:
        return _watch(order, child, errors)
    finally:
        _stop(child, errors, signal.SIGQUIT if order["ready"] else signal.SIGKILL)


def _start(order: dict[str, Any]) -> tuple[int, int]:
    """Fork the program; return the reading end of its standard error, and its process id."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return reading, child
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.setpgid(0, 0)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        os.dup2(writing, 2)
        if order["owner"]:
            uid, gid = order["owner"]
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        if order["largest"]:
            resource.setrlimit(resource.RLIMIT_FSIZE, (order["largest"], order["largest"]))
        if order["memory"]:
            resource.setrlimit(resource.RLIMIT_DATA, (order["memory"], order["memory"]))
        os.umask(0o077)
        os.chdir(order["folder"])
        if order["data"]:
            _copy_data(**order["data"])
        os.execve(order["command"][0], order["command"], order["environment"])  # noqa: S606 - no shell wanted
    except BaseException as error:  # noqa: BLE001 - a forked child may not return to its parent's code
        os.write(2, str(error).encode())
    finally:
        os._exit(127)


def _watch(order: dict[str, Any], child: int, errors: int) -> int:
    """Answer when the program is ready; return when the standard input or the program has ended."""
    wanted = order["ready"].encode() if order["ready"] else None
    tail = b""
    ready = False
    room: _Room | None = None
    while True:
        readable, _, _ = select.select([0, errors], [], [], _ROOM_SECONDS if room else None)
        if room:
            room.keep()
        if errors in readable:
            chunk = os.read(errors, 65536)
            if not chunk:
                break
            said = tail + chunk
            if wanted and not ready and wanted in said:
                ready = True
                _answer(ready=child)
                room = _Room(order["folder"], child, **order["room"]) if order["room"] else None
            tail = b"" if ready else said[-_TAIL:]
        if 0 in readable and not os.read(0, 4096):
            return 0
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if ready:
        return 1
    if wanted or status != 0:
        _answer(failed=tail.decode("utf-8", "replace") or f"it ended with status {status}")
        return 1
    if order["settle"]:
        _give(order["folder"], *order["settle"])
    _answer(ready=0)
    _wait_for_end()
    return 0


class _Room:
    """Ends sessions of a server while it takes more disk or memory than it may."""

    def __init__(self, folder: str, server: int, disk: int, memory: int, spared: str) -> None:
        self._folder = folder
        self._server = server
        self._most = {"disk": disk, "memory": memory}
        self._spared = spared
        self._used_when_counted = 0
        self._counted = 0

    def keep(self) -> None:
        """Look, and end the sessions if there is too much."""
        try:
            sessions = self._processes()
            over = [name for name, most in self._most.items() if self._taken(name, sessions) > most]
        except OSError:  # files and processes come and go meanwhile
            return
        if not over:
            return
        with open(f"{self._folder}/exceeded", "a", encoding="ascii") as file:
            file.write(f"{over[0]}\n")
        for process in sessions:
            if self._is_session(process):
                _quietly(lambda name: os.kill(int(name), signal.SIGTERM), process)

    def _taken(self, name: str, processes: list[str]) -> int:
        return self._disk() if name == "disk" else sum(map(_own_memory, processes))

    def _disk(self) -> int:
        """Bytes of the files. While the disk is about as full as it was, they are not counted again."""
        usage = os.statvfs(self._folder)
        used = (usage.f_blocks - usage.f_bfree) * usage.f_frsize
        if self._counted > self._most["disk"] or used - self._used_when_counted > _UNCOUNTED_BYTES:
            self._counted = _size(f"{self._folder}/data")
            self._used_when_counted = used
        self._used_when_counted = min(self._used_when_counted, used)
        return self._counted

    def _processes(self) -> list[str]:
        with open(f"/proc/{self._server}/task/{self._server}/children", encoding="ascii") as file:
            return file.read().split()

    def _is_session(self, process: str) -> bool:
        """Whether a process serves somebody else than `spared`: `postgres: user database [local] ...`."""
        try:
            with open(f"/proc/{process}/cmdline", "rb") as file:
                title = file.read(400).replace(b"\0", b" ").decode("utf-8", "replace").split(" ")
        except OSError:
            return False
        return title[0] == "postgres:" and title[1:2] != [self._spared] and "[local]" in title


def _own_memory(process: str) -> int:
    """Bytes that a process shares with no file and no other program."""
    try:
        with open(f"/proc/{process}/statm", encoding="ascii") as file:
            _, resident, shared, *_ = file.read().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * resource.getpagesize()


def _size(folder: str) -> int:
    """Bytes that a tree takes on the disk, without what links lead to."""
    total = 0
    for path, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.lstat(f"{path}/{name}").st_blocks * 512
            except OSError:  # it has just been removed
                continue
    return total


def _stop(child: int, errors: int, first: signal.Signals) -> None:
    """End the program and all that it started; returns when it is gone."""
    try:
        if os.waitpid(child, os.WNOHANG)[0]:
            return
        (os.kill if first == signal.SIGQUIT else os.killpg)(child, first)
        deadline = time.monotonic() + _STOP_SECONDS
        # The pipe reaches its end when the last process of the server is gone.
        while (left := deadline - time.monotonic()) > 0 and select.select([errors], [], [], left)[0]:
            if not os.read(errors, 65536):
                break
        else:
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
    except (ChildProcessError, ProcessLookupError):
        return


def _wait_for_end() -> None:
    while os.read(0, 4096):
        pass


def _read_line(descriptor: int) -> bytes:
    """Read up to the first newline; empty when the input ended before an order came."""
    line = b""
    while not line.endswith(b"\n"):
        chunk = os.read(descriptor, 65536)
        if not chunk:
            return b""
        line += chunk
    return line


def _answer(**fields: object) -> None:
    try:
        os.write(1, json.dumps(fields).encode() + b"\n")
    except BrokenPipeError:
        return


def _copy_data(template: str, shared: list[str], left_out: list[str]) -> None:
    """Copy a data folder to `data`. Sub-folders in `shared` become links, as no server writes to them."""
    os.mkdir("data", 0o700)
    for path, folders, files in os.walk(template):
        relative = os.path.relpath(path, template)
        for name in folders.copy():
            inner = os.path.normpath(f"{relative}/{name}")
            if inner in shared:
                os.symlink(f"{path}/{name}", f"data/{inner}")
            elif inner not in left_out:
                os.mkdir(f"data/{inner}", 0o700)
                continue
            folders.remove(name)
        for name in files:
            _copy_file(f"{path}/{name}", f"data/{relative}/{name}", 0o600)


def _copy_file(source: str, target: str, mode: int) -> None:
    reading = os.open(source, os.O_RDONLY)
    try:
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            while chunk := os.read(reading, 1 << 20):
                os.write(writing, chunk)
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _copy_tree(source: str, target: str) -> None:
    """Copy programs. Everyone may read the copies, and run those that could be run."""
    os.makedirs(target, 0o755)
    for path, folders, files in os.walk(source):
        copy = f"{target}/{os.path.relpath(path, source)}"
        for name in folders:
            os.mkdir(f"{copy}/{name}", 0o755)
        for name in files:
            executable = os.stat(f"{path}/{name}").st_mode & 0o111
            _copy_file(f"{path}/{name}", f"{copy}/{name}", 0o755 if executable else 0o644)


def _give(folder: str, uid: int, gid: int) -> None:
    os.chown(folder, uid, gid)
    for path, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(f"{path}/{name}", uid, gid, follow_symlinks=False)


def _remove(folder: str) -> None:
    """Remove a tree as far as possible. Links are removed, not followed."""
    for path, folders, files in os.walk(folder, topdown=False):
        for name in files:
            _quietly(os.unlink, f"{path}/{name}")
        for name in folders:
            full = f"{path}/{name}"
            _quietly(os.unlink if os.path.islink(full) else os.rmdir, full)
    _quietly(os.rmdir, folder)


def _quietly(action: Any, path: str) -> None:
    try:
        action(path)
    except OSError:
        return


if __name__ == "__main__":
    sys.exit(main())

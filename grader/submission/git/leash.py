"""Runs a program for exactly as long as the harness holds on to it.

Run as a process of its own (`python -I -S leash.py PROGRAM ARGUMENT...`), first of a session of its own. Its
standard input is the harness's hold on it: at its end, by whatever cause, the program and all that it has
started are killed. Otherwise it ends as the program does. Imports nothing of the harness.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import NoReturn


def main() -> NoReturn:
    """Start the program and wait for its end."""
    child = os.fork()
    if child == 0:
        _become(sys.argv[1:])
    threading.Thread(target=_hold, daemon=True).start()
    _, status = os.waitpid(child, 0)
    os._exit(abs(os.waitstatus_to_exitcode(status)))


def _become(command: list[str]) -> NoReturn:
    try:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.execvp(command[0], command)  # noqa: S606 - no shell wanted
    except BaseException as error:  # noqa: BLE001 - a forked child may not return to its parent's code
        os.write(2, str(error).encode())
    finally:
        os._exit(127)


def _hold() -> None:
    while os.read(0, 4096):
        pass
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()

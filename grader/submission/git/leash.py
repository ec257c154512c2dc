"""Runs a program that ends when the harness does.

Runs as a process of its own (`python -I -S leash.py PROGRAM ARGUMENT...`) in a session of its own. When its
standard input ends, because the harness has closed it or is dead, it kills its session: the program and all
that the program has started. Else it ends with the exit code of the program. Imports nothing of the harness.
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
        _execute(sys.argv[1:])
    threading.Thread(target=_kill_at_end_of_input, daemon=True).start()
    _, status = os.waitpid(child, 0)
    os._exit(abs(os.waitstatus_to_exitcode(status)))


def _execute(command: list[str]) -> NoReturn:
    try:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.execvp(command[0], command)  # noqa: S606 - no shell wanted
    except BaseException as error:  # noqa: BLE001 - a forked child may not return to its parent's code
        os.write(2, str(error).encode())
    finally:
        os._exit(127)


def _kill_at_end_of_input() -> None:
    while os.read(0, 4096):
        pass
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()

"""Loads what the worker loads, and forks a worker for each request that comes over its standard input.

Run by `warm_workers.py`, with the path of the worker's file as the only argument.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import signal
import socket
import sys
from typing import Any, NoReturn


def load(path: str) -> Any:
    """The worker's file as a module, with the packages loaded, as it does it itself when it starts."""
    spec = importlib.util.spec_from_file_location("loaded_ahead", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.open_streams()  # the packages keep `sys.stdout`
    module.load_packages()
    module.__name__ = "__main__"  # only now, so that it did not begin to work
    return module


def become_worker(module: Any, path: str, requests: int, replies: int) -> NoReturn:
    """Do what the worker's file does when it is started with these streams."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number, descriptor in enumerate((requests, replies, nowhere)):
        os.dup2(descriptor, number)
    os.closerange(3, 4096)
    sys.argv = [path]
    sys.modules["__main__"] = module
    streams = sys.stdout, sys.stderr
    open_streams = module.open_streams

    def open_below_them() -> None:
        open_streams()
        sys.stdout, sys.stderr = streams

    module.open_streams = open_below_them
    module.main()
    os._exit(0)


def serve(path: str) -> None:
    """Fork workers until the input ends."""
    harness = socket.socket(fileno=os.dup(0))
    gc.disable()
    module = load(path)
    gc.freeze()
    gc.enable()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the workers here
    while True:
        _, descriptors, _, _ = socket.recv_fds(harness, 1, 2)
        if len(descriptors) != 2:
            return
        process = os.fork()
        if process == 0:
            become_worker(module, path, *descriptors)
        watched = os.pidfd_open(process)
        socket.send_fds(harness, [b"."], [watched])
        for descriptor in (*descriptors, watched):
            os.close(descriptor)


if __name__ == "__main__":
    serve(sys.argv[1])

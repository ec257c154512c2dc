"""Spreads work that only computes over all cores. Must not know what is computed.

Processes and not threads, because Python computes in one thread at a time. They end with the one that
started them, however that ends.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

WORTH_IT = 64
"""From how many items on other processes save more time than they take to start."""
_CHUNKS_A_CORE = 8
_OBJECTS_BETWEEN_COLLECTIONS = 200_000


def map_over_cores(
    function: Callable[[Item], Result], items: Sequence[Item], *, worth_it: int = WORTH_IT
) -> list[Result]:
    """Apply a function to each item; results are in the order of the items, and the first error is raised.

    Args:
        function: defined in a module, or a `partial` of such a one; it, the items and the results have to be
            values that can be sent to another process.
        items: what to apply it to.
        worth_it: with fewer items than this no process is started.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores == 1 or len(items) < worth_it:
        return [function(item) for item in items]
    chunk = max(1, len(items) // (cores * _CHUNKS_A_CORE))
    with ProcessPoolExecutor(max_workers=cores, initializer=_set_up) as pool:
        return list(pool.map(function, items, chunksize=chunk))


def _set_up() -> None:
    # An interrupt at the keyboard reaches all processes; the parent alone deals with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Values are made by the hundred thousand and hardly ever in circles: look for such circles seldom.
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent,), daemon=True).start()


def _exit_after(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)

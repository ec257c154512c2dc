"""Spreads pure computation over all cores. Must not know what is computed.

It uses processes, because threads of one Python process compute one at a time. The processes end with the
one that started them, however it ends.
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

from grader.runtime.machine import cores

Item = TypeVar("Item")
Result = TypeVar("Result")

WORTH_IT = 64
"""From this many items on, other processes save more time than it takes to start them."""
_CHUNKS_A_CORE = 8
_OBJECTS_BETWEEN_COLLECTIONS = 200_000


def map_over_cores(
    function: Callable[[Item], Result], items: Sequence[Item], *, worth_it: int = WORTH_IT
) -> list[Result]:
    """Apply a function to each item. The results keep the order of the items; the first error is raised.

    Args:
        function: a function defined in a module, or a `partial` of one. The function, the items and the
            results are pickled.
        items: what to apply it to.
        worth_it: with fewer items than this, everything is computed in this process.
    """
    if cores() == 1 or len(items) < worth_it:
        return [function(item) for item in items]
    chunk = max(1, len(items) // (cores() * _CHUNKS_A_CORE))
    with ProcessPoolExecutor(max_workers=cores(), initializer=_set_up) as pool:
        return list(pool.map(function, items, chunksize=chunk))


def _set_up() -> None:
    # An interrupt at the keyboard reaches all processes; only the parent handles it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Observations and reports are many objects and hardly any cycles: look for cycles less often.
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent,), daemon=True).start()


def _exit_after(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)

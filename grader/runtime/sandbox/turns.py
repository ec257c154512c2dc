"""Lets steps run side by side, or one of them alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Who may run now. Who wants to be alone waits for the others, and those that come wait for it."""

    def __init__(self) -> None:
        """Nobody runs."""
        self._changed = threading.Condition()
        self._running = 0
        self._alone = 0

    @contextmanager
    def taken(self, *, alone: bool) -> Iterator[None]:
        """Wait for a turn; it ends with the `with` block.

        Args:
            alone: whether nobody else may run meanwhile.
        """
        with self._changed:
            self._alone += alone
            try:
                self._changed.wait_for(lambda: not self._running if alone else not self._alone)
            except BaseException:
                self._alone -= alone
                raise
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._alone -= alone
                self._changed.notify_all()

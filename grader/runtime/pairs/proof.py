"""What the trials of a run show about its pair: that it works, or that no submission can be tried with it.

Nothing is tried ahead: the first submission that gets to its database proves the pair. Where one does not,
the tiny submission of `trial.py` tells whose fault that is. Must not know how a submission is graded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from grader.errors import BrokenPair, HarnessFault

WAITS = (2.0, 10.0)
"""Seconds to wait before a pair that has worked in this run is tried for the second time, and for the third:
an engine may be starting again."""


class PairProof:
    """Says whether the pair of a run works. May be used from several threads."""

    def __init__(
        self,
        names: tuple[str, str],
        attempt: Callable[[], None],
        *,
        known: bool = False,
        passed: Callable[[], None] = lambda: None,
        failed: Callable[[str], None] = lambda _: None,
        waits: tuple[float, ...] = WAITS,
    ) -> None:
        """Store the arguments; nothing is tried yet.

        Args:
            names: the pair: the PostgreSQL backend and the isolation.
            attempt: tries the pair; raises a HarnessFault if it does not work.
            known: whether an earlier run has shown that the pair works.
            passed: called once, when this run shows that it works, unless that is known.
            failed: called with what was seen, when the pair fails before it has worked in this run.
            waits: see `WAITS`.
        """
        self._names = names
        self._attempt = attempt
        self._known = known
        self._passed = passed
        self._failed = failed
        self._waits = waits
        self._worked = False
        self._broken: BrokenPair | None = None
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    @property
    def problem(self) -> BrokenPair | None:
        """Why no submission can be tried; None as long as one can."""
        return self._broken

    def check(self) -> None:
        """Raise the problem, if there is one.

        Raises:
            BrokenPair: the pair does not work.
        """
        if self._broken is not None:
            raise self._broken

    def works(self) -> None:
        """A submission got to its database."""
        if not self._worked:
            with self._lock:
                self._set_works()

    def doubt(self) -> None:
        """A submission did not get to its database. That may be its own doing: try the pair, if unknown.

        Raises:
            BrokenPair: the pair does not work.
        """
        if not self._known and not self._worked:
            with self._lock:
                if not self._worked:
                    self._try()

    def fault(self) -> None:
        """A trial ended in a fault: try the pair. If it works, the fault belongs to that trial alone.

        Raises:
            BrokenPair: the pair does not work, or does not work any more.
        """
        with self._lock:
            self._try()

    def stop(self) -> None:
        """Wait no longer: the run was stopped."""
        self._stopped.set()

    def _try(self) -> None:
        self.check()
        waits = iter(self._waits if self._worked else ())
        while True:
            try:
                self._attempt()
            except HarnessFault as fault:
                seconds = next(waits, None)
                if seconds is None or self._stopped.wait(seconds):
                    self._broken = broken_pair(self._names, fault, worked=self._worked)
                    if not self._worked and not self._stopped.is_set():
                        self._failed(fault.message)
                    raise self._broken from fault
            else:
                return self._set_works()

    def _set_works(self) -> None:
        if not self._worked:
            self._worked = True
            if not self._known:
                self._passed()


def broken_pair(names: tuple[str, str], fault: HarnessFault, *, worked: bool) -> BrokenPair:
    """The error that says that no submission can be tried with a pair.

    Args:
        names: the pair.
        fault: what was seen.
        worked: whether the pair has worked in this run.
    """
    postgres, isolation = names
    still = "not work any more" if worked else "not work on this machine"
    mending = fault.next_step if "grader doctor" not in fault.next_step else ""
    return BrokenPair(
        names,
        f"PostgreSQL ({postgres}) with the isolation {isolation} does {still}, so no submission can be "
        f"tried: {fault.message}",
        next_step=f"{mending} `grader doctor` tries every pair on this machine and says what to do. Reports "
        "that are finished are kept: after that, the same command goes on where it stopped.".strip(),
        reason=fault.message,
        worked=worked,
    )

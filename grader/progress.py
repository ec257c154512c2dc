"""What a person sees while a run goes on: a live line in a terminal, a plain line a submission elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from grader.batch import Progress as ProgressProtocol
from grader.grading import Graded
from grader.untrusted_text import single_line, without_ci_commands

MOST_SHOWN = 3
"""How many of the submissions that run now are named."""


def outcome_of(graded: Graded) -> str:
    """A submission's outcome in a few words."""
    report = graded.report
    if report.score is None:
        return "needs a new run"
    bonus = f" + {report.bonus:g}" if report.bonus else ""
    return f"{report.score:g}{bonus} of {report.max_score:g}"


def shown_name(submission_id: str) -> str:
    """A submission's name, fit for a terminal and for a CI system's log: it may come from a student."""
    return without_ci_commands(single_line(submission_id))


class PlainProgress:
    """One line when a submission is done, for logs."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._lock = threading.Lock()
        self._count = 0

    def step(self, submission_id: str, what: str) -> None:
        """Say nothing: a log is read afterwards."""

    def done(self, submission_id: str, graded: Graded) -> None:
        """Print a line."""
        with self._lock:
            self._count += 1
            line = f"[{self._count}/{self._total}] {shown_name(submission_id)}: {outcome_of(graded)}"
            self._console.print(Text(line), soft_wrap=True)


class LiveProgress:
    """A bar with what is running now."""

    def __init__(self, bar: Progress, total: int) -> None:
        self._bar = bar
        self._lock = threading.Lock()
        self._running: dict[str, str] = {}
        self._task = bar.add_task("", total=total)

    def step(self, submission_id: str, what: str) -> None:
        """Show what a submission is at."""
        with self._lock:
            self._running[submission_id] = what
            self._show()

    def done(self, submission_id: str, graded: Graded) -> None:  # noqa: ARG002 - the report comes at the end
        """Count it."""
        with self._lock:
            self._running.pop(submission_id, None)
            self._bar.advance(self._task)
            self._show()

    def _show(self) -> None:
        running = [f"{shown_name(name)} ({what})" for name, what in self._running.items()]
        more = f" and {len(running) - MOST_SHOWN} more" if len(running) > MOST_SHOWN else ""
        self._bar.update(self._task, description=", ".join(running[:MOST_SHOWN]) + more)


@contextmanager
def progress_for(console: Console, total: int) -> Iterator[ProgressProtocol]:
    """The progress display that fits where the output goes."""
    if not console.is_terminal:
        yield PlainProgress(console, total)
        return
    columns = (
        BarColumn(20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        yield LiveProgress(bar, total)

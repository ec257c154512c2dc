"""Shows the progress of a run: a live display in a terminal, plain lines elsewhere, a summary at the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from grader.runs.batch import Progress
from grader.runs.graded import Graded
from grader.text.untrusted import shorten, single_line, without_ci_commands

MOST_SHOWN = 8
"""The most running submissions that get a line."""
_MINUTE = 60.0
_HOUR = 3600.0
_BAR_WIDTH = 24
_REASON_CHARACTERS = 160


def outcome_of(graded: Graded) -> str:
    """A submission's outcome in a few words."""
    report = graded.report
    if report.score is None:
        return "needs a new run"
    bonus = f" + {report.bonus:g}" if report.bonus else ""
    return f"{report.score:g}{bonus} of {report.max_score:g}"


def shown_name(submission_id: str) -> str:
    """A submission's name, made safe for a terminal and a CI system's log: students may choose it."""
    return without_ci_commands(single_line(submission_id))


def span(seconds: float) -> str:
    """A duration in words: `8 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


class ProgressCounts:
    """Counts the finished submissions of a run, from several threads."""

    def __init__(self, total: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.total = total
        self.graded = 0
        self.taken_over = 0
        self.errors = 0
        self._clock = clock
        self._began = clock()
        self._lock = threading.Lock()

    def count(self, graded: Graded) -> int:
        """Count a submission that is done; returns how many are done."""
        with self._lock:
            if graded.taken_over:
                self.taken_over += 1
            elif graded.report.score is None:
                self.errors += 1
            else:
                self.graded += 1
            return self.done

    @property
    def done(self) -> int:
        """Submissions whose files are written or taken over."""
        return self.graded + self.taken_over + self.errors

    @property
    def seconds(self) -> float:
        """Seconds since the start of the run."""
        return self._clock() - self._began

    @property
    def pace(self) -> float | None:
        """Submissions a minute, without those taken over; None until one is done."""
        tried = self.graded + self.errors
        return _MINUTE * tried / self.seconds if tried and self.seconds > 0 else None

    @property
    def left(self) -> float | None:
        """Seconds until the end at the current pace; None without a pace."""
        return None if self.pace is None else _MINUTE * (self.total - self.done) / self.pace

    def now(self) -> str:
        """The current state, in one line."""
        parts = [f"{self.done}/{self.total}", span(self.seconds)]
        if self.pace is not None and self.left is not None:
            parts += [f"{self.pace:.1f} a minute", f"{span(self.left)} left"]
        if self.taken_over:
            parts.append(f"{self.taken_over} taken over")
        if self.errors:
            parts.append(f"{self.errors} to run again")
        return " · ".join(parts)

    def summary(self) -> str:
        """The result of the run, in one line."""
        parts = [f"{self.graded} graded"]
        if self.taken_over:
            parts.append(f"{self.taken_over} unchanged and taken over")
        if self.errors:
            parts.append(f"{self.errors} to run again")
        parts.append(span(self.seconds))
        if self.pace is not None and self.graded + self.errors > 1:
            parts.append(f"{self.pace:.1f} a minute")
        return " · ".join(parts)


class PlainProgress:
    """One line when a submission is done, for logs."""

    def __init__(self, console: Console, counts: ProgressCounts) -> None:
        self._console = console
        self._counts = counts
        self._lock = threading.Lock()

    def step(self, submission_id: str, phase: str) -> None:
        """Print nothing: a log is read afterwards."""

    def retrying(self, submission_id: str, reason: str, seconds: float | None) -> None:
        """Print a line."""
        with self._lock:
            self._console.print(Text(_retry_line(submission_id, reason, seconds)), soft_wrap=True)

    def done(self, submission_id: str, graded: Graded) -> None:
        """Print a line."""
        with self._lock:  # so that the numbers come in order
            number = self._counts.count(graded)
            line = f"[{number}/{self._counts.total}] {shown_name(submission_id)}: {outcome_of(graded)}"
            line += ", unchanged" if graded.taken_over else ""
            self._console.print(Text(line), soft_wrap=True)


class LiveProgress:
    """How far the run is and the phase of each submission, redrawn in the same place."""

    def __init__(self, console: Console, counts: ProgressCounts) -> None:
        self._console = console
        self._counts = counts
        self._lock = threading.Lock()
        self._running: dict[str, tuple[str, float]] = {}
        """By submission: its phase, and the age of the run in seconds when the phase began."""

    def step(self, submission_id: str, phase: str) -> None:
        """Show the phase."""
        with self._lock:
            self._running[submission_id] = (phase, self._counts.seconds)

    def retrying(self, submission_id: str, reason: str, seconds: float | None) -> None:
        """Print a line above the display."""
        with self._lock:
            self._running.pop(submission_id, None)
        self._console.print(Text(_retry_line(submission_id, reason, seconds)), soft_wrap=True)

    def done(self, submission_id: str, graded: Graded) -> None:
        """Count it; if it needs a new run, print a line above the display."""
        with self._lock:
            self._running.pop(submission_id, None)
        self._counts.count(graded)
        if graded.report.score is None:
            reason = _shown_reason(graded.report.error or "")
            line = f"{shown_name(submission_id)}: {outcome_of(graded)}: {reason}"
            self._console.print(Text(line), soft_wrap=True)

    def __rich__(self) -> RenderableType:
        """The current display."""
        with self._lock:
            running = list(self._running.items())
        head = Table.grid(padding=(0, 1))
        head.add_row(
            ProgressBar(total=max(1, self._counts.total), completed=self._counts.done, width=_BAR_WIDTH),
            Text(self._counts.now()),
        )
        lines = Table.grid(padding=(0, 2))
        lines.add_column(no_wrap=True, overflow="ellipsis")
        lines.add_column(no_wrap=True)
        lines.add_column(no_wrap=True, justify="right", style="dim")
        for name, (phase, since) in running[:MOST_SHOWN]:
            seconds = span(self._counts.seconds - since)
            lines.add_row(Text(f"  {shown_name(name)}"), Text(phase), Text(seconds))
        if len(running) > MOST_SHOWN:
            lines.add_row(Text(f"  and {len(running) - MOST_SHOWN} more"), "", "")
        return Group(head, lines)


def _retry_line(submission_id: str, reason: str, seconds: float | None) -> str:
    when = "when nothing else runs" if seconds is None else f"in {span(seconds)}"
    return f"{shown_name(submission_id)}: {_shown_reason(reason)}; trying it again {when}"


def _shown_reason(text: str) -> str:
    return shorten(shown_name(text), _REASON_CHARACTERS)


@contextmanager
def progress_for(console: Console, counts: ProgressCounts) -> Iterator[Progress]:
    """The live display for a terminal, plain lines for everything else."""
    if not console.is_terminal:
        yield PlainProgress(console, counts)
        return
    display = LiveProgress(console, counts)
    with Live(get_renderable=display.__rich__, console=console, transient=True, refresh_per_second=4):
        yield display

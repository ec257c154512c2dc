"""What is shown while a run goes on."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from grader.cli.progress import (
    MOST_SHOWN,
    LiveProgress,
    PlainProgress,
    ProgressCounts,
    outcome_of,
    progress_for,
    span,
)
from grader.judging.judge import error_report, judge
from grader.report.model import SubmissionInfo
from grader.runs.graded import Graded
from tests.unit.observation_builders import assignment, perfect

GRADED = Graded(judge(perfect(), assignment()), None)
UNCHANGED = replace(GRADED, taken_over=True)
FAILED = Graded(error_report(assignment(), SubmissionInfo("ada", "ada/", ""), "The server ended."), None)
HOSTILE = "a\x1b[2Jb\n::error::x [bold]y[/bold] :smile: \u202e"


def console(*, terminal: bool, width: int = 100) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=width, _environ={"TERM": "xterm"})


def text_of(made: Console) -> str:
    assert isinstance(made.file, io.StringIO)
    return made.file.getvalue()


@pytest.mark.parametrize(
    ("score", "bonus", "words"),
    [
        (100.0, 5.0, "100 + 5 of 100"),
        (62.5, 0.0, "62.5 of 100"),
        (0.0, 0.0, "0 of 100"),
        (None, None, "needs a new run"),
    ],
)
def test_outcome_in_a_few_words(score: float | None, bonus: float | None, words: str) -> None:
    assert outcome_of(Graded(replace(GRADED.report, score=score, bonus=bonus), None)) == words


class Clock:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert span(seconds) == words


# --- counting ---------------------------------------------------------------------------------------------


def test_pace_and_time_left_count_only_graded_submissions() -> None:
    clock = Clock()
    counts = ProgressCounts(20, clock=clock)
    assert (counts.pace, counts.left, counts.now()) == (None, None, "0/20 · 0 s")
    for _ in range(10):
        counts.count(UNCHANGED)
    clock.now += 30
    counts.count(GRADED)
    counts.count(FAILED)
    assert (counts.pace, counts.left) == (4.0, 120.0)
    assert counts.now() == "12/20 · 30 s · 4.0 a minute · 2 min 0 s left · 10 taken over · 1 to run again"
    assert counts.summary() == "1 graded · 10 unchanged and taken over · 1 to run again · 30 s · 4.0 a minute"


def test_a_summary_says_only_what_there_is_to_say() -> None:
    clock = Clock()
    counts = ProgressCounts(1, clock=clock)
    clock.now += 3
    counts.count(GRADED)
    assert counts.summary() == "1 graded · 3 s"


# --- displays ---------------------------------------------------------------------------------------------


def test_a_log_gets_a_line_when_a_submission_is_done() -> None:
    made = console(terminal=False, width=20)
    with progress_for(made, ProgressCounts(4)) as progress:
        assert isinstance(progress, PlainProgress)
        progress.step("ada", "staging")
        progress.done("a name that is longer than a line", GRADED)
        progress.retrying("grace", "PostgreSQL did not become ready in time", 10.0)
        progress.done("linus", UNCHANGED)
        progress.done("grace", FAILED)
    assert text_of(made).splitlines() == [
        "[1/4] a name that is longer than a line: 100 + 5 of 100",
        "grace: PostgreSQL did not become ready in time; trying it again in 10 s",
        "[2/4] linus: 100 + 5 of 100, unchanged",
        "[3/4] grace: needs a new run",
    ]


def drawn(progress: object, width: int = 100) -> list[str]:
    """The lines of the current display."""
    assert isinstance(progress, LiveProgress)
    made = console(terminal=False, width=width)
    made.print(progress)
    return [line.rstrip() for line in text_of(made).splitlines()]


def test_a_terminal_shows_the_phase_of_each_submission() -> None:
    clock, made = Clock(), console(terminal=True)
    progress = LiveProgress(made, ProgressCounts(3, clock=clock))
    progress.step("ada", "staging")
    clock.now += 2
    progress.step("grace", "starting")
    progress.step("ada", "trying the chain")
    clock.now += 4
    head, *lines = drawn(progress)
    assert head.endswith("0/3 · 6 s")
    assert [line.split() for line in lines] == [
        ["ada", "trying", "the", "chain", "4", "s"],
        ["grace", "starting", "4", "s"],
    ]
    progress.done("ada", GRADED)
    progress.done("linus", UNCHANGED)
    head, *lines = drawn(progress)
    assert head.endswith("2/3 · 6 s · 10.0 a minute · 6 s left · 1 taken over")
    assert [line.split()[0] for line in lines] == ["grace"]


def test_a_terminal_shows_faults_above_the_display() -> None:
    made = console(terminal=True)
    with progress_for(made, ProgressCounts(2)) as progress:
        progress.step("ada", "starting")
        progress.retrying("ada", "the server ended", 2.0)
        progress.retrying("grace", "memory ran out", None)
        assert drawn(progress)[1:] == []
        progress.done("ada", FAILED)
    text = text_of(made)
    assert "ada: the server ended; trying it again in 2 s" in text
    assert "grace: memory ran out; trying it again when nothing else runs" in text
    assert "ada: needs a new run: The server ended." in text


def test_more_submissions_than_the_display_shows() -> None:
    progress = LiveProgress(console(terminal=True), ProgressCounts(MOST_SHOWN + 3))
    for number in range(MOST_SHOWN + 3):
        progress.step(f"s{number}", "staging")
    lines = drawn(progress)[1:]
    assert len(lines) == MOST_SHOWN + 1
    assert lines[-1].strip() == "and 3 more"


def test_a_narrow_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    progress = LiveProgress(console(terminal=True), ProgressCounts(2))
    progress.step("a name that is longer than a line of this terminal", "trying the chain")
    assert all(len(line) <= 40 for line in drawn(progress, width=40))
    assert capsys.readouterr().out == ""


def test_a_terminal_is_left_clean() -> None:
    made = console(terminal=True)
    with progress_for(made, ProgressCounts(1)) as progress:
        progress.step("ada", "staging")
    assert text_of(made).rstrip("\n").endswith("\x1b[2K")


@pytest.mark.parametrize("terminal", [True, False])
def test_a_hostile_name_is_shown_and_not_acted_on(terminal: bool) -> None:
    made = console(terminal=terminal, width=300)
    with progress_for(made, ProgressCounts(1)) as progress:
        progress.step(HOSTILE, "staging")
        text = "\n".join(drawn(progress, width=300)) if terminal else ""
        progress.retrying(HOSTILE, HOSTILE, 1.0)
        progress.done(HOSTILE, FAILED)
    text += text_of(made)
    assert text.count("ab :\\:error::x [bold]y[/bold] :smile: \\u202e") >= 3
    assert "\x1b[2J" not in text

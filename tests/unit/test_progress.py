"""What is shown while a run goes on."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from grader.grading import Graded
from grader.judging import judge
from grader.progress import LiveProgress, PlainProgress, outcome_of, progress_for
from tests.unit.observation_builders import assignment, perfect

GRADED = Graded(judge(perfect(), assignment()), None)
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


def test_a_log_gets_a_line_when_a_submission_is_done() -> None:
    made = console(terminal=False, width=20)
    with progress_for(made, 2) as progress:
        assert isinstance(progress, PlainProgress)
        progress.step("ada", "staging")
        progress.done("a name that is longer than a line", GRADED)
        progress.step("grace", "staging")
        progress.done("grace", GRADED)
    assert text_of(made).splitlines() == [
        "[1/2] a name that is longer than a line: 100 + 5 of 100",
        "[2/2] grace: 100 + 5 of 100",
    ]


def test_a_terminal_gets_a_bar_that_goes_away() -> None:
    made = console(terminal=True)
    with progress_for(made, 3) as progress:
        assert isinstance(progress, LiveProgress)
        for name in ("ada", "grace", "linus", "edsger"):
            progress.step(name, "staging")
        progress.step("ada", "starting")
        progress._bar.refresh()
        assert "ada (starting), grace (staging), linus (staging) and 1 more" in text_of(made)
        progress.done("ada", GRADED)
        progress._bar.refresh()
        assert "1/3" in text_of(made)
    assert text_of(made).rstrip("\n").endswith("\x1b[2K")


@pytest.mark.parametrize("terminal", [True, False])
def test_a_hostile_name_is_shown_and_not_acted_on(terminal: bool) -> None:
    made = console(terminal=terminal, width=300)
    with progress_for(made, 1) as progress:
        progress.step(HOSTILE, "staging")
        if isinstance(progress, LiveProgress):
            progress._bar.refresh()
        progress.done(HOSTILE, GRADED)
    text = text_of(made)
    assert "ab :\\:error::x [bold]y[/bold] :smile: \\u202e" in text
    assert "\x1b[2J" not in text

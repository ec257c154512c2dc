"""Results of submissions: timed phases, and faults of the grader."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from grader.errors import GraderError
from grader.runs.graded import Graded, Phases, broken
from tests.unit.observation_builders import assignment


def break_down() -> NoReturn:
    raise ValueError("postgresql://u:hunter2@host/db \x1b[31m::error::")


def failed() -> Graded:
    try:
        break_down()
    except ValueError as error:
        return broken(Path("ada"), "ada", assignment(), error)


# --- phases -----------------------------------------------------------------------------------------------


def test_phases_are_reported_and_timed_one_after_the_other() -> None:
    told: list[str] = []
    phases = Phases(told.append)
    assert phases.seconds() == {}
    for name in ("staging", "starting", "staging"):
        phases.begin(name)
    assert told == ["staging", "starting", "staging"]
    assert list(phases.seconds()) == ["staging", "starting"]


def test_phases_go_on_after_their_seconds_are_read() -> None:
    phases = Phases(lambda _: None)
    phases.begin("staging")
    before = phases.seconds()["staging"]
    threading.Event().wait(0.01)
    assert phases.seconds()["staging"] >= before + 0.009


# --- faults of the grader ---------------------------------------------------------------------------------


def test_a_bug_of_the_grader_becomes_a_report_that_says_so() -> None:
    made = failed()
    assert (made.report.status, made.report.score, made.observations) == ("error", None, None)
    assert made.report.error is not None
    assert made.report.error.startswith(
        "the grader itself failed: ValueError: postgresql://u:***@host/db ::error"
    )
    assert "fault.txt" in made.report.error
    assert made.fault is not None
    assert made.fault.startswith("Traceback (most recent call last):\n")
    assert "test_graded.py" in made.fault


def test_a_fault_shows_neither_passwords_nor_escape_sequences() -> None:
    made = failed()
    for text in (made.report.error, made.fault):
        assert text is not None
        assert "hunter2" not in text
        assert "\x1b" not in text


def test_an_expected_fault_says_what_to_do() -> None:
    fault = GraderError("the disk is full", next_step="Make room.")
    made = broken(Path("ada"), "ada", assignment(), fault)
    assert made.report.error == "the disk is full\nMake room."
    assert replace(made.report, error=None).criteria


def test_the_message_of_a_fault_is_cut() -> None:
    made = broken(Path("ada"), "ada", assignment(), ValueError("x\n" * 100_000))
    assert made.report.error is not None
    assert len(made.report.error) < 3000

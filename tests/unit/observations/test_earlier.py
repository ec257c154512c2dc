"""Observations that an earlier version saved are read, and judged as they were judged then."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from grader.judging.diagnosis import all_diagnoses
from grader.judging.judge import judge
from grader.observations.model import decode, encode
from grader.observations.steps import Pass, StepAction
from grader.runs.assignments import load
from tests.unit.observation_builders import perfect

SAVED = Path(__file__).with_name("saved_before_steps_had_names.json")
"""Of a submission whose env.py makes the tables after migrations that do nothing."""
NEW_KEYS = ("trial_pass", "action", "target", "revision")


def without_new_keys(value: Any) -> Any:
    """The same JSON as an earlier version wrote it."""
    if isinstance(value, list):
        return [without_new_keys(item) for item in value]
    if not isinstance(value, dict):
        return value
    is_step = "exit_code" in value
    return {key: without_new_keys(item) for key, item in value.items() if not (is_step and key in NEW_KEYS)}


def test_the_place_of_a_step_says_what_it_is() -> None:
    then = replace(perfect(), atomic=None, offline=None)  # passes that there were not yet
    saved = msgspec.json.encode(without_new_keys(json.loads(encode(then))))
    assert decode(saved) == then


def test_a_saved_file_gets_the_verdict_that_it_got_then() -> None:
    observations = decode(SAVED.read_bytes())
    report = judge(observations, load())

    assert {item.id: item.points for item in report.criteria if item.points} == {"history": 6.0}
    assert [flag.id for flag in report.flags] == ["schema_outside_migrations"]
    assert [item.id for item in all_diagnoses(observations)] == [
        "schema_outside_migrations",
        "empty_revision",
    ]


def test_steps_of_a_saved_file_are_told_as_their_commands_say() -> None:
    for step in decode(SAVED.read_bytes()).all_steps():
        words = ["upgrade" if step.action is StepAction.REAPPLY else step.action.value]
        words += [step.target] if step.target is not None else []
        if step.trial_pass is Pass.MODELS:
            assert step.command == "create the tables of your models"
        elif step.trial_pass is Pass.REPLAY:
            assert step.command == f"{' '.join(words)}, without your env.py"
        else:
            assert step.command == f"alembic {' '.join(words)}"


@pytest.mark.parametrize("data", [b"{}", b"[]", b"null", b'{"graph": null}', b'{"graph": 3, "rows": 1}'])
def test_what_are_no_observations_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode(data)

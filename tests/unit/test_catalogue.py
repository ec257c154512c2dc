"""The catalogue of submissions: written out as it says, and something wrong for everything that is judged."""

from __future__ import annotations

import json
import runpy
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.judging.diagnosis import DIAGNOSES
from grader.judging.judge import judge
from grader.runs.assignments import load
from tests.catalogue import CASES, case_named
from tests.catalogue.case import BLOCKED_BY_UPGRADE, INI, REFERENCE, write_all
from tests.catalogue.follow import WAYS
from tests.unit.observation_builders import perfect

if TYPE_CHECKING:
    from tests.catalogue.case import Case

LEAST_RIGHT = 12
LEAST_WRONG = 60

COMPANIONS = {
    # What these two ask for is part of the reference schema, so its half of models_match goes with them.
    "user_columns": {"models_match": ("reference",)},
    "category_table": {"models_match": ("reference",)},
}
CHECKS = {
    "upgrade_head": {"graph", "command", "version", "schema"},
    "current_revision": {"named", "version"},
    "history": {"listed", "line", "changes", "messages"},
    "downgrade": {"undone", "schema"},
    "models_match": {"own_models", "reference"},
    "configuration": {"connection", "hard_coded_url", "committed_env"},
    "reapply": {"command", "schema"},
    "offline": {"upgrade", "schema", "alone", "base"},
    "atomic": {"rolled_back"},
}
"""The checks of the criteria whose checks are the same for every submission and assignment."""
CHAIN_CHECKS = {"reversible_chain": {"revision", "base"}, "data_survival": {"up", "down"}}
"""Of those with a check for each revision: what the checks' ids begin with."""
NOT_PROVOKED = {
    "not_up_to_date": "only `alembic revision` and `alembic check` say so, and neither is run",
    "models_differ": "only `alembic check` says so, which is not run",
    "env_py_missing": "a script folder without env.py is found among the files, before anything is run",
}
"""Diagnoses that no submission can bring about, and why."""

RUBRIC = load()


def _alone(case: Case, criterion: str) -> bool:
    """Whether a submission fails this criterion, and no other that it could have passed."""
    others = {name: checks for name, checks in case.failed.items() if name != criterion}
    blocked = BLOCKED_BY_UPGRADE if criterion == "upgrade_head" else {}
    return criterion in case.failed and others == COMPANIONS.get(criterion, {}) and case.skipped == blocked


def test_names_are_unique_and_say_what_the_submission_is() -> None:
    names = [case.name for case in CASES]
    assert sorted(set(names)) == sorted(names)
    assert all(name.startswith(("right_", "wrong_")) for name in names)


def test_there_are_enough_of_both_kinds() -> None:
    names = [case.name for case in CASES]
    assert sum(name.startswith("right_") for name in names) >= LEAST_RIGHT
    assert sum(name.startswith("wrong_") for name in names) >= LEAST_WRONG


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.name.startswith("right_")], ids=lambda c: c.name
)
def test_right_answers_get_everything_but_an_optional_step_not_taken(case: Case) -> None:
    assert case.score == 100.0
    assert set(case.failed) <= {"username_length"}
    assert not case.skipped
    assert not case.flags


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_expectations_name_criteria_and_diagnoses_that_there_are(case: Case) -> None:
    known = {criterion.id for criterion in RUBRIC.criteria}
    assert set(case.failed) | set(case.skipped) | set(case.skipped.values()) <= known
    assert set(case.hints) <= set(case.failed)
    assert not set(case.failed) & set(case.skipped)
    assert set(case.diagnoses) <= set(DIAGNOSES)


@pytest.mark.parametrize("criterion", [criterion.id for criterion in RUBRIC.criteria])
def test_every_criterion_is_failed_alone_by_some_submission(criterion: str) -> None:
    assert any(_alone(case, criterion) for case in CASES), f"no submission fails {criterion} and nothing else"


def _failing(criterion: str) -> set[str]:
    """Every check of a criterion that fails somewhere."""
    return set(chain.from_iterable(case.failed.get(criterion, ()) for case in CASES))


@pytest.mark.parametrize("criterion", sorted(CHECKS))
def test_every_check_fails_in_some_submission(criterion: str) -> None:
    assert _failing(criterion) == CHECKS[criterion]


@pytest.mark.parametrize("criterion", sorted(CHAIN_CHECKS))
def test_every_kind_of_check_of_a_revision_fails_in_some_submission(criterion: str) -> None:
    assert {check.partition("_")[0] for check in _failing(criterion)} == CHAIN_CHECKS[criterion]


@pytest.mark.parametrize("criterion", ["user_columns", "category_table", "username_length"])
def test_every_check_that_the_assignment_asks_for_fails_in_some_submission(criterion: str) -> None:
    passed = judge(perfect(), RUBRIC).criteria
    asked = {check.id for item in passed if item.id == criterion for check in item.checks}
    assert len(asked) > 1
    assert _failing(criterion) == asked


def test_every_diagnosis_is_provoked_by_some_submission() -> None:
    provoked = set(chain.from_iterable(case.diagnoses for case in CASES))
    assert provoked == set(DIAGNOSES) - set(NOT_PROVOKED)


def test_every_hint_is_followed() -> None:
    missing = sorted(set(DIAGNOSES) - set(WAYS))
    assert not missing, f"tests/catalogue/follow/<family>.py needs a way to follow: {', '.join(missing)}"
    assert set(WAYS) <= set(DIAGNOSES)


@pytest.mark.parametrize("name", sorted(WAYS))
def test_every_way_takes_a_step_that_the_hint_says(name: str) -> None:
    assert WAYS[name]
    for way in WAYS[name]:
        assert all(way.says)
        assert way.commands or list(way.changes())
        assert way.then in ("", *DIAGNOSES)
        assert way.fails or name in case_named(way.case).diagnoses
        assert bool(way.fails) == bool(way.works)


def test_every_flag_is_raised_by_some_submission() -> None:
    raised = set(chain.from_iterable(case.flags for case in CASES))
    assert raised == {
        "schema_outside_migrations",
        "models_in_revision",
        "version_without_schema",
        "hard_coded_database",
        "secret_committed",
        "limit_hit",
        "privilege_attempt",
        "suspicious_file",
    }


def test_every_submission_is_written_into_a_folder_of_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "written"
    (folder / "wrong_no_longer_there").mkdir(parents=True)
    write_all(folder, CASES)
    assert {path.name for path in folder.iterdir()} == {case.name for case in CASES}
    for case in CASES:
        top = folder / case.name
        written = {path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file()}
        assert written == case.contents().keys()
    reference = folder / "right_reference"
    assert (reference / INI).read_bytes() == (REFERENCE / INI).read_bytes()
    assert json.loads((reference / "expected.json").read_bytes())["score"] == 100.0


@pytest.mark.parametrize("command", ["tests.catalogue", "tests.hostile"])
def test_the_command_writes_into_a_folder_that_git_ignores(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []
    monkeypatch.setattr("tests.catalogue.case.write_all", lambda folder, _: written.append(folder))
    monkeypatch.setattr(sys, "argv", [command])
    runpy.run_module(command, run_name="__main__")
    monkeypatch.setattr(sys, "argv", [command, str(tmp_path)])
    runpy.run_module(command, run_name="__main__")
    default, named = written
    assert f"{default.parts[0]}/" in (REFERENCE.parent / ".gitignore").read_text().splitlines()
    assert named == tmp_path

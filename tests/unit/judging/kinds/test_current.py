"""`current_revision`: what `alembic current` names, and what the version table holds."""

from __future__ import annotations

import pytest

from grader.judging.kinds.current import named_revisions
from grader.observations.steps import StepAction
from grader.report.model import Status
from tests.unit.observation_builders import (
    CHAIN,
    at,
    graph,
    perfect,
    step,
    untouched,
    with_one_shot,
)
from tests.unit.report_readers import failed_checks, judged


def test_current_passes() -> None:
    assert judged(perfect(), "current_revision").points == 10


@pytest.mark.parametrize(
    "stdout",
    ["", "INFO  [alembic.runtime.migration] Context impl PostgresqlImpl.\n", "ccc3\n", "ddd4 is it\n"],
)
def test_current_that_does_not_name_the_head_earns_nothing(stdout: str) -> None:
    result = judged(
        with_one_shot(perfect(), current=step(StepAction.CURRENT, versions=at(4), stdout=stdout)),
        "current_revision",
    )
    assert failed_checks(result) == ["named"]
    assert result.points == 0


def test_current_with_an_error_after_the_right_words() -> None:
    text = "ddd4 (head)\n"
    current = step(StepAction.CURRENT, versions=at(4), stdout=text, exit_code=1, stderr="Error: late")
    result = judged(with_one_shot(perfect(), current=current), "current_revision")
    assert failed_checks(result) == ["named"]
    assert result.evidence


def test_current_against_a_version_table_that_was_looked_at_after_it() -> None:
    current = step(StepAction.CURRENT, stdout="ddd4 (head)\n", versions=("ccc3",))
    result = judged(with_one_shot(perfect(), current=current), "current_revision")
    assert failed_checks(result) == ["version"]
    assert result.points == 0


def test_current_is_skipped_without_an_upgrade() -> None:
    result = judged(untouched(), "current_revision")
    assert (result.status, result.blocked_by) == (Status.SKIPPED, "upgrade_head")


def test_current_that_was_not_run_is_a_fault_of_ours() -> None:
    assert judged(with_one_shot(perfect(), current=None), "current_revision").status is Status.ERROR


@pytest.mark.parametrize(
    ("stdout", "names"),
    [
        ("ddd4 (head)\n", ("ddd4",)),
        ("ddd4\r\n", ("ddd4",)),
        ("ddd4 (users) (head)\n", ("ddd4",)),
        ("starting\nINFO  [x] Will assume transactional DDL.\nddd4 (head)\n", ("ddd4",)),
        ("ddd4 (head)\nccc3\n", ("ccc3", "ddd4")),
        ("Rev: ddd4 (head)\n", ()),
        ("eee5 (head)\n", ()),
    ],
)
def test_what_the_output_of_current_names(stdout: str, names: tuple[str, ...]) -> None:
    assert named_revisions(stdout, graph(*CHAIN)) == names

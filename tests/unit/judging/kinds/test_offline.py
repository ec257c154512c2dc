"""`offline`: the SQL that commands with `--sql` write, and what it makes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from grader.observations.model import Observations, OfflinePass
from grader.observations.steps import Pass, StepAction, StepRecord
from grader.report.model import Status
from grader.runs.assignments import load
from tests.unit.judging.diagnosis.examples import doing, with_revision
from tests.unit.observation_builders import (
    CATEGORIES,
    EMPTY,
    SHORTENED,
    Objects,
    at,
    offline_pass,
    perfect,
    step,
    table,
    thing,
    untouched,
    with_snapshots,
    with_stair,
)
from tests.unit.report_readers import failed_checks, found, hint, judged

READS = (
    "Traceback (most recent call last):\n"
    '  File "alembic/env.py", line 41, in <module>\n    run_migrations_offline()\n'
    '  File "alembic/versions/{revision}.py", line 22, in {function}\n    rows = bind.execute(query).all()\n'
    "AttributeError: 'NoneType' object has no attribute 'all'\n"
)
RUBRIC = load()


def run(offline: OfflinePass | None, *more: Objects) -> Observations:
    return with_snapshots(replace(perfect(), offline=offline), *more)


def written(target: str, **parts: Any) -> StepRecord:
    record = step(StepAction.WRITE_SQL, target, trial_pass=Pass.OFFLINE, **parts)
    return replace(record, command=f"alembic {'downgrade' if ':' in target else 'upgrade'} {target} --sql")


def ran(**parts: Any) -> StepRecord:
    return step(StepAction.RUN_SQL, trial_pass=Pass.OFFLINE, **parts)


def checks(observations: Observations) -> list[str]:
    return [check.id for check in judged(observations, "offline", RUBRIC).checks]


def test_all_is_as_with_a_database() -> None:
    result = judged(perfect(), "offline", RUBRIC)
    assert result.status is Status.PASSED
    assert [check.id for check in result.checks] == ["upgrade", "schema", "alone", "downgrade", "base"]


def test_it_waits_for_the_upgrade() -> None:
    assert judged(untouched(), "offline", RUBRIC).blocked_by == "upgrade_head"


def test_commands_that_nobody_ran_are_a_fault_of_ours() -> None:
    assert judged(run(None), "offline", RUBRIC).status is Status.ERROR


def test_a_command_that_fails() -> None:
    fails = written(
        "head", exit_code=1, stderr="sqlalchemy.exc.ArgumentError: Expected string or URL object, got None"
    )
    result = judged(run(OfflinePass(fails)), "offline", RUBRIC)
    assert failed_checks(result) == ["upgrade", "schema"]
    assert 'os.environ["DIRECT_URL"]' in hint(result)


def test_another_schema() -> None:
    other = (*SHORTENED, table("more"))
    result = judged(run(offline_pass(other), other), "offline", RUBRIC)
    assert failed_checks(result) == ["schema"]
    assert "table more is there and should not be" in found(result, "schema")


def test_whose_the_tables_are_does_not_count() -> None:
    other = (*SHORTENED[:-1], SHORTENED[-1])
    pooled = tuple(
        replace(item, properties={**item.properties, "owner": "pooled"})
        if "owner" in item.properties
        else item
        for item in other
    )
    assert judged(run(offline_pass(pooled), pooled), "offline", RUBRIC).status is Status.PASSED


def test_another_version() -> None:
    lower = replace(ran(versions=at(3), state=SHORTENED), command="the SQL")
    result = judged(run(offline_pass(SHORTENED, upgrade_run=lower)), "offline", RUBRIC)
    assert failed_checks(result) == ["schema"]
    assert "ccc3" in found(result, "schema")


def test_sql_that_postgresql_refuses() -> None:
    refused = ran(
        exit_code=1, state=EMPTY, stderr='psycopg2.errors.SyntaxError: syntax error at or near "x"\n'
    )
    passes = offline_pass(SHORTENED, upgrade_run=refused, downgrade_run=None)
    result = judged(run(passes), "offline", RUBRIC)
    assert failed_checks(result) == ["schema", "base"]
    assert found(result, "schema") == 'PostgreSQL refuses a statement of it: syntax error at or near "x"'


def test_what_is_printed_beside_the_sql() -> None:
    talks = written("head", stdout="-- made today\nLoading\n")
    result = judged(run(offline_pass(SHORTENED, upgrade=talks)), "offline", RUBRIC)
    assert failed_checks(result) == ["alone"]
    assert found(result, "alone") == "`Loading`"


def test_what_the_way_back_leaves() -> None:
    left = (thing("type", "mood", type="enum"),)
    result = judged(run(offline_pass(SHORTENED, left), left), "offline", RUBRIC)
    assert failed_checks(result) == ["base"]
    assert "type mood" in found(result, "base")


def test_the_way_back_is_only_asked_for_where_it_works_with_a_database() -> None:
    stuck = step(StepAction.DOWNGRADE, "ccc3", versions=at(4), state=SHORTENED, exit_code=1)
    fails = written("head:base", exit_code=1, stderr="NotImplementedError")
    seen = with_stair(run(offline_pass(SHORTENED, downgrade=fails, downgrade_run=None)), 4, down=stuck)
    assert checks(seen) == ["upgrade", "schema", "alone"]
    assert judged(seen, "offline", RUBRIC).status is Status.PASSED


def reading(observations: Observations, number: int, way: str) -> Observations:
    """The same; the file of a revision shows that it reads from the database."""
    return with_revision(observations, number, **{way: replace(doing(), reads_at=22)})


def test_a_revision_that_reads_is_named_and_costs_nothing() -> None:
    fails = written("head", exit_code=1, stderr=READS.format(revision="bbb2", function="upgrade"))
    seen = run(OfflinePass(fails))
    result = judged(reading(seen, 2, "upgrade"), "offline", RUBRIC)
    assert result.status is Status.PASSED
    assert "revision bbb2 reads from the database" in found(result, "upgrade")


def test_a_downgrade_that_reads_costs_nothing_either() -> None:
    fails = written("head:base", exit_code=1, stderr=READS.format(revision="bbb2", function="downgrade"))
    seen = run(offline_pass(SHORTENED, downgrade=fails, downgrade_run=None))
    result = judged(reading(seen, 2, "downgrade"), "offline", RUBRIC)
    assert result.status is Status.PASSED
    assert "in its downgrade()" in found(result, "downgrade")


@pytest.mark.parametrize(
    ("revision", "error"),
    [("bbb2", "NameError: name 'bind' is not defined"), ("ccc3", READS.splitlines()[-1])],
)
def test_only_the_file_and_the_error_together_show_that(revision: str, error: str) -> None:
    """Whoever prints such an error, or has such a line, has not yet shown it."""
    output = "\n".join([*READS.format(revision=revision, function="upgrade").splitlines()[:-1], error])
    seen = run(OfflinePass(written("head", exit_code=1, stderr=output)))
    result = judged(reading(seen, 2, "upgrade"), "offline", RUBRIC)
    assert failed_checks(result) == ["upgrade", "schema"]


def test_a_database_that_could_not_be_looked_at() -> None:
    hidden = replace(ran(versions=at(4)), unseen="it is locked")
    result = judged(run(offline_pass(SHORTENED, upgrade_run=hidden, downgrade_run=None)), "offline", RUBRIC)
    assert failed_checks(result) == ["schema", "base"]
    assert "it is locked" in found(result, "schema")


def test_a_difference_at_head_is_shown() -> None:
    result = judged(run(offline_pass(CATEGORIES)), "offline", RUBRIC)
    assert "users.username" in result.evidence[-1].text

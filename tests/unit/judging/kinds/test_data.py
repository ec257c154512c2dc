"""Kind `data`: what a criterion may say, and how the answers of a run are judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.assignment.data_probe import Expression
from grader.assignment.model import Assignment, Group
from grader.errors import ConfigurationError
from grader.observations.data import DataAnswer, DataRun
from grader.observations.model import Observations, decode, encode
from grader.observations.steps import Limit, Pass, StepAction
from grader.report.model import CriterionReport, Status
from grader.runs.assignments import load
from tests.unit.observation_builders import assignment, at, criterion, perfect, step
from tests.unit.report_readers import failed_checks, found, hint, judged

QUERY = "SELECT id, name FROM users ORDER BY id"
BACK = "SELECT full_name FROM users"
SETTINGS: dict[str, Any] = {
    "before": "users.name",
    "rows": {"users": [{"id": 1, "full_name": "Ada Lovelace"}]},
    "expect": [{"query": f"{QUERY};", "rows": [[1, "Ada"]]}],
    "after_downgrade": [{"query": BACK, "rows": [["Ada Lovelace"]], "title": "the full name is back"}],
}
RIGHT = DataAnswer(("id", "name"), ("integer", "text"), (("1", "Ada"),))
RIGHT_BACK = DataAnswer(("full_name",), ("text",), (("Ada Lovelace",),))


def rubric(**settings: Any) -> Assignment:
    names = criterion("names", "data", Group.REQUIRED, 10.0, **{**SETTINGS, **settings})
    return replace(
        assignment(), criteria=(*assignment().criteria, replace(names, requires=("upgrade_head",)))
    )


def run(**changes: Any) -> DataRun:
    """A run over rows that were put in before the third revision, in which all went well."""
    probe = rubric().of_kind("data")[0].settings.probe()
    kept = DataRun(
        key=probe.key,
        revision="ccc3",
        below=replace(step(StepAction.UPGRADE, "bbb2", versions=at(2)), trial_pass=Pass.DATA),
        upgrade=replace(step(StepAction.UPGRADE, "head", versions=at(4)), trial_pass=Pass.DATA),
        at_head={QUERY: RIGHT},
        downgrade=replace(step(StepAction.DOWNGRADE, "bbb2", versions=at(2)), trial_pass=Pass.DATA),
        after={BACK: RIGHT_BACK},
    )
    return replace(kept, **changes)


def result(*runs: DataRun, rubric_: Assignment | None = None) -> CriterionReport:
    observations: Observations = replace(perfect(), data=runs)
    assert decode(encode(observations)) == observations
    return judged(observations, "names", rubric_ or rubric())


def test_right_answers_get_all_points() -> None:
    report = result(run())
    assert (report.status, report.points, report.title) == (
        Status.PASSED,
        10,
        "Rows on the way to users.name",
    )
    assert [check.id for check in report.checks] == ["expect_1", "after_downgrade_1"]
    assert report.checks[1].title == "After the way back: the full name is back"


def test_each_query_is_a_check() -> None:
    wrong = replace(RIGHT, rows=(("1", None),))
    report = result(run(at_head={QUERY: wrong}))
    assert (failed_checks(report), report.points) == (["expect_1"], 5)
    assert found(report, "expect_1") == "(1, NULL) (NULL where a value is expected, in name)"
    assert "upgrade() of revision ccc3" in hint(report)
    assert report.evidence[0].title == "The rows of the exercise, just before revision ccc3"
    assert report.evidence[0].text == "users: id 1, full_name 'Ada Lovelace'"


def test_the_way_back_is_the_downgrade_s() -> None:
    report = result(run(after={BACK: replace(RIGHT_BACK, rows=(("Ada",),))}))
    assert failed_checks(report) == ["after_downgrade_1"]
    assert "downgrade() of revision ccc3" in hint(report)


FAILED = replace(
    step(StepAction.UPGRADE, "head", versions=at(2), exit_code=1, stderr="Error: no"), trial_pass=Pass.DATA
)


@pytest.mark.parametrize(
    ("changes", "failed", "words"),
    [
        ({"revision": None, "lacking": "no revision makes users.name"}, 2, "no revision makes users.name"),
        ({"refused": 'null value in column "x"', "code": "23502"}, 2, "server default"),
        ({"refused": 'column "full_name" of relation "users" does not exist'}, 2, "full_name"),
        ({"below": replace(FAILED, target="bbb2")}, 2, "`alembic upgrade head` stopped"),
        ({"upgrade": FAILED, "at_head": {}}, 2, "`alembic upgrade head` stopped"),
        (
            {"upgrade": replace(FAILED, limit=Limit.TIME), "at_head": {}},
            2,
            "did not end within its time limit",
        ),
        (
            {"downgrade": replace(FAILED, action=StepAction.DOWNGRADE), "after": {}},
            1,
            "stopped with exit code 1",
        ),
        ({"at_head": {QUERY: DataAnswer(refused="no column name", code="42703")}}, 1, "no column name"),
    ],
)
def test_what_a_submission_does_is_a_failed_check(changes: dict[str, Any], failed: int, words: str) -> None:
    report = result(run(**changes))
    assert (report.status, len(failed_checks(report))) == (Status.FAILED, failed)
    assert words in hint(report)


@pytest.mark.parametrize(
    ("changes", "settings", "words"),
    [
        ({"at_head": {QUERY: DataAnswer(refused="syntax error", code="42601")}}, {}, "cannot run the query"),
        ({"refused": "syntax error", "code": "42601"}, {}, None),
        ({}, {"expect": [{"query": QUERY, "rows": [[1]]}]}, "do not fit it"),
        ({}, {"expect": [{"query": "SELECT 2", "rows": [[1]]}]}, "have changed"),
    ],
)
def test_a_mistake_of_the_rubric_costs_nobody_a_point(
    changes: dict[str, Any], settings: dict[str, Any], words: str | None
) -> None:
    report = result(run(**changes), rubric_=rubric(**settings))
    if words is None:  # no row of the rubric is SQL
        assert report.status is Status.FAILED
    else:
        assert report.status is Status.ERROR
        assert words in report.evidence[0].text


def test_rows_of_another_rubric_are_not_judged() -> None:
    report = result(replace(run(), key="other"))
    assert (report.status, "Grade it again" in report.evidence[0].text) == (Status.ERROR, True)


def test_several_revisions_that_work_on_rows_are_named() -> None:
    observations = replace(perfect(), data=(run(at_head={QUERY: replace(RIGHT, rows=())}),))
    assert observations.graph is not None
    on_rows = tuple(
        replace(item, upgrade=replace(item.upgrade, operations=("op.execute",)))
        if item.upgrade and item.id in ("bbb2", "ddd4")
        else item
        for item in observations.graph.revisions
    )
    observations = replace(observations, graph=replace(observations.graph, revisions=on_rows))
    assert "upgrade() of revision ddd4" in hint(judged(observations, "names", rubric()))


HEAD = """\
schema_version = "2"
id = "a"
title = "b"
max_score = 10
[criteria.names]
kind = "data"
points = 10
"""
EXPECT = 'expect = [{ query = "SELECT id FROM users", rows = [[1]] }]\n'
DELETE = "DELETE FROM users"
ROWS = "rows = { users = [{ id = 1 }] }\n"


@pytest.mark.parametrize(
    ("table", "line", "words"),
    [
        (f'before = "cities"\n{EXPECT}', 5, "needs `rows` or `sql`"),
        (f'before = "cities"\n{ROWS}sql = "SELECT 1"\n{EXPECT}', 5, "has `rows` and `sql`"),
        (f'before = "users"\n{ROWS}{EXPECT}', 8, '`criteria.names.before` is "users", and `rows`'),
        (f'before = "a b"\n{ROWS}{EXPECT}', 8, "must be a table, or a table, a dot and a column"),
        (f"{ROWS}{EXPECT}", 5, "`criteria.names.before` is missing"),
        (f'before = "cities"\n{ROWS}', 5, "`criteria.names.expect` is missing"),
        (f'before = "cities"\n{ROWS}expect = []\n', 10, "one or more queries"),
        (f'before = "cities"\nrows = {{ users = [] }}\n{EXPECT}', 9, "a list of rows, each a table"),
        (
            f'before = "cities"\nrows = {{ users = [{{ id = [1] }}] }}\n{EXPECT}',
            9,
            "has a list or a table in it",
        ),
        (
            f'before = "cities"\n{ROWS}expect = [{{ query = "{DELETE}", rows = [] }}]\n',
            10,
            "one SELECT",
        ),
        (
            f'before = "cities"\n{ROWS}expect = [{{ query = "SELECT 1", rows = [1] }}]\n',
            10,
            "must be a list of",
        ),
        (
            f'before = "cities"\n{ROWS}expect = [{{ query = "SELECT 1", rows = [[1], [1, 2]] }}]\n',
            10,
            "has 2 values, and the row before it has 1",
        ),
        (f'before = "cities"\n{ROWS}expect = [{{ query = "SELECT 1" }}]\n', 10, "rows` is missing"),
        (f'before = "cities"\n{ROWS}{EXPECT}after_downgrades = []\n', 11, "Did you mean `after_downgrade`?"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_line(
    tmp_path: Path, table: str, line: int, words: str
) -> None:
    path = tmp_path / "assignment.toml"
    path.write_text(HEAD + table, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    assert caught.value.message.startswith(f"{path}, line {line}: ")
    assert words in caught.value.message


def test_dates_and_times_are_values(tmp_path: Path) -> None:
    path = tmp_path / "assignment.toml"
    row = 'id = 1, born = 1815-12-10, at = 07:30:00, ok = true, seen = { sql = "now()" }'
    rows = f"rows = {{ users = [{{ {row} }}] }}\n"
    path.write_text(f'{HEAD}before = "users.name"\n{rows}{EXPECT}', encoding="utf-8")
    (item,) = load(path).of_kind("data")
    assert item.settings.probe().rows == {
        "users": ({"id": 1, "born": "1815-12-10", "at": "07:30:00", "ok": True, "seen": Expression("now()")},)
    }
    assert item.text[0].endswith("give the expected answers at head.")

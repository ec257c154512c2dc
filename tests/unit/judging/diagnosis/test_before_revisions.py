"""An env.py that does not work comes before everything that is said of revisions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.judging.diagnosis import diagnose_environment, first_diagnosis, root_causes
from grader.observations.model import ModelsPass, Observations, OneShotPass, ReplayPass
from grader.observations.revisions import GraphProblem, ProblemKind, RevisionGraph
from grader.observations.steps import StepAction
from tests.unit.judging.diagnosis.examples import with_problem
from tests.unit.judging.diagnosis.outputs import failed
from tests.unit.observation_builders import EMPTY, STATES, perfect, replayed_to, step, with_snapshots

NO_REVISIONS = RevisionGraph(
    (), (), (), (GraphProblem(ProblemKind.NO_REVISIONS, "There are none. Make one."),)
)
ENV = 'Traceback (most recent call last):\n  File "alembic/env.py", line 3, in <module>\n    x\n'
READING = '  File "site-packages/alembic/script/revision.py", line 300, in _revision_map\n    x\n'


def without_revisions(**steps: object) -> Observations:
    upgrade = step(StepAction.UPGRADE, "head", versions=(), state=EMPTY)
    bare = replace(perfect(), graph=NO_REVISIONS, one_shot=OneShotPass(upgrade), stairway=(), rows=())
    return with_snapshots(replace(bare, **steps), EMPTY)  # type: ignore[arg-type]


def test_there_is_nothing_to_say_where_only_the_revisions_are_missing() -> None:
    bare = without_revisions(replay=ReplayPass(replayed_to("head", versions=(), state=EMPTY)))
    assert diagnose_environment(bare) is None
    assert root_causes(bare) == ("no_revisions",)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("KeyError: 'url'", "url_option_missing"),
        ("NameError: name 'Base' is not defined", "name_undefined"),
        ("ZeroDivisionError: division by zero", "unrecognised_error"),
    ],
)
def test_an_env_py_that_fails_comes_first(error: str, expected: str) -> None:
    for observations in (without_revisions(), with_problem("several_heads")):
        broken = replace(observations, one_shot=OneShotPass(failed(f"{ENV}{error}\n")))
        first = first_diagnosis(broken)
        assert first is not None
        assert first.id == expected


@pytest.mark.parametrize(
    "output",
    [
        "FAILED: Multiple head revisions are present",
        f"{ENV}{READING}SyntaxError: invalid syntax\n",
        f"INFO  [x] Running upgrade  -> aaa1, do\n{ENV}NameError: name 'sa' is not defined\n",
        "FAILED: something of Alembic's own",
    ],
)
def test_a_revision_that_fails_is_none_of_env_pys_faults(output: str) -> None:
    broken = replace(with_problem("several_heads"), one_shot=OneShotPass(failed(output)))
    assert diagnose_environment(broken) is None


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"one_shot": OneShotPass(step(StepAction.UPGRADE, "head", state=EMPTY))}, "claim_without_effect"),
        ({"models": ModelsPass(step(StepAction.CREATE_TABLES))}, "metadata_none"),
    ],
)
def test_an_env_py_with_which_no_revision_can_be_made(parts: dict[str, object], expected: str) -> None:
    found = diagnose_environment(without_revisions(**parts))
    assert found is not None
    assert found.id == expected


def test_tables_that_are_there_before_the_first_revision() -> None:
    upgrade = step(StepAction.UPGRADE, "head", versions=(), state=STATES[1])
    replay = ReplayPass(replayed_to("head", versions=(), state=EMPTY))
    bare = with_snapshots(without_revisions(one_shot=OneShotPass(upgrade), replay=replay), STATES[1])
    found = diagnose_environment(bare)
    assert found is not None
    assert found.id == "schema_outside_migrations"

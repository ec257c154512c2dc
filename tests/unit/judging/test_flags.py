"""Flags: what each is raised for, and what it is not raised for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.judging.flags import flags
from grader.observations.files import FindingKind
from grader.observations.model import Finding, Observations, ReplayPass
from grader.observations.revisions import ModelsCall
from grader.observations.steps import Limit, StepAction
from tests.unit.observation_builders import (
    CATEGORIES,
    EMPTY,
    INITIAL,
    SHORTENED,
    at,
    exits_at_once,
    perfect,
    replayed_to,
    step,
    taken_apart,
    untouched,
    with_head,
    with_one_shot,
)


def raised(observations: Observations) -> list[str]:
    return [flag.id for flag in flags(observations)]


def with_output(text: str) -> Observations:
    upgrade = step(StepAction.UPGRADE, "head", versions=at(4), state=SHORTENED, stderr=text)
    return with_one_shot(perfect(), upgrade=upgrade)


@pytest.mark.parametrize("observations", [perfect(), untouched(), exits_at_once()])
def test_nothing_to_look_at(observations: Observations) -> None:
    assert raised(observations) == []


def test_a_schema_from_outside_the_migrations() -> None:
    observations = with_head(perfect(), SHORTENED, replayed=INITIAL)
    assert raised(observations) == ["schema_outside_migrations"]
    assert "table categories" in flags(observations)[0].message


def test_tables_that_no_revision_makes() -> None:
    assert raised(with_head(perfect(), SHORTENED, replayed=EMPTY)) == ["schema_outside_migrations"]


@pytest.mark.parametrize(("head", "text"), [(EMPTY, "table"), (INITIAL, "these are not there")])
def test_a_version_without_its_schema(head: object, text: str) -> None:
    observations = with_head(perfect(), head, replayed=CATEGORIES)  # type: ignore[arg-type]
    assert raised(observations) == ["version_without_schema"]
    assert text in flags(observations)[0].message


@pytest.mark.parametrize(
    ("kind", "flag"),
    [
        ("hard_coded_url", "hard_coded_database"),
        ("committed_env", "secret_committed"),
        ("suspicious_file", "suspicious_file"),
    ],
)
def test_findings(kind: str, flag: str) -> None:
    findings = (
        Finding(FindingKind(kind), "first."),
        Finding(FindingKind(kind), "second", "env.py", 3),
        Finding(FindingKind.NESTED_ROOT, "no matter"),
    )
    facts = replace(perfect().submission, findings=findings)
    (found,) = flags(replace(perfect(), submission=facts))
    assert found.id == flag
    assert found.message.endswith(": first; second (env.py, line 3).")


def test_a_limit_in_any_pass() -> None:
    rows = list(perfect().rows)
    rows[1] = replace(rows[1], step=replace(rows[1].step, limit=Limit.TIME, exit_code=None))
    (found,) = flags(replace(perfect(), rows=tuple(rows)))
    assert found.id == "limit_hit"
    assert "`alembic upgrade bbb2`" in found.message
    assert "time limit" in found.message


@pytest.mark.parametrize(
    "text",
    [
        "permission denied to COPY to or from an external program",
        'DETAIL:  Only roles with privileges of the "pg_read_server_files" role may COPY from a file.',
        "permission denied for function pg_read_file",
        "permission denied for function lo_import",
        "permission denied to create event trigger",
        "permission denied to alter role",
        'permission denied to create extension "dblink"',
        "must be owner of database student",
        "ERROR: must be superuser to do this",
        "permission denied for table pg_authid",
    ],
)
def test_an_attempt_at_more_rights(text: str) -> None:
    assert raised(with_output(text)) == ["privilege_attempt"]


@pytest.mark.parametrize(
    "text",
    [
        "permission denied for schema public",
        "permission denied for table users",
        "must be owner of table users",
    ],
)
def test_everyday_refusals_are_no_attempt(text: str) -> None:
    assert raised(with_output(text)) == []


def test_the_same_refusal_is_named_once() -> None:
    again = "permission denied to alter role\n" * 3
    assert flags(with_output(again))[0].message.count("permission denied") == 1


def test_endings_of_runs_without_their_other_half_raise_no_flag() -> None:
    alone = replayed_to("head", exit_code=1, state=EMPTY, stderr="permission denied to alter role")
    observations = replace(perfect(), replay=ReplayPass(replace(alone, limit=Limit.TIME)))
    assert raised(taken_apart(observations, bodies=SHORTENED)) == []


def with_models_call(*, up: bool, down: bool) -> Observations:
    """The first revision has the models make tables, and drop them."""
    observations = perfect()
    assert observations.graph is not None
    first, *others = observations.graph.revisions
    assert first.upgrade is not None
    assert first.downgrade is not None
    first = replace(
        first,
        upgrade=replace(first.upgrade, models_call=ModelsCall(21, "db.create_all") if up else None),
        downgrade=replace(first.downgrade, models_call=ModelsCall(31, "db.drop_all") if down else None),
    )
    return replace(observations, graph=replace(observations.graph, revisions=(first, *others)))


@pytest.mark.parametrize(
    ("up", "down", "text"),
    [
        (True, True, "aaa1 makes them by db.create_all (alembic/versions/aaa1.py, line 21); aaa1 drops"),
        (False, True, "aaa1 drops them by db.drop_all (alembic/versions/aaa1.py, line 31)."),
    ],
)
def test_revisions_that_have_the_models_make_tables(*, up: bool, down: bool, text: str) -> None:
    (flag,) = flags(with_models_call(up=up, down=down))
    assert flag.id == "models_in_revision"
    assert text in flag.message
    assert "without touching it" in flag.message


def test_a_call_in_a_revision_that_makes_no_tables_is_no_flag() -> None:
    stays = replace(with_models_call(up=True, down=False), stairway=())
    assert flags(stays) == ()

"""`configuration`: the connection that was used, and secrets in files."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.observations.files import FindingKind, UrlNames
from grader.observations.model import Finding, Observations
from grader.report.model import Status
from tests.unit.observation_builders import (
    assignment,
    exits_at_once,
    perfect,
    untouched,
)
from tests.unit.report_readers import failed_checks, found, hint, judged


def with_findings(observations: Observations, *findings: Finding) -> Observations:
    return replace(observations, submission=replace(observations.submission, findings=findings))


def test_configuration_passes() -> None:
    assert judged(perfect(), "configuration").status is Status.PASSED


@pytest.mark.parametrize("observations", [untouched(), exits_at_once()])
def test_configuration_is_skipped_when_nothing_was_made(observations: Observations) -> None:
    result = judged(observations, "configuration", assignment(configuration=10.0))
    assert (result.status, result.points, result.blocked_by) == (Status.SKIPPED, 0, "upgrade_head")


def test_migrations_over_the_pooled_connection() -> None:
    owners = {"users": "pooled", "posts": "direct"}
    run = perfect().one_shot
    assert run is not None
    result = judged(replace(perfect(), one_shot=replace(run, owners=owners)), "configuration")
    assert failed_checks(result) == ["connection"]
    assert found(result, "connection") == "made over DATABASE_URL: users"
    assert "DIRECT_URL" in hint(result)


@pytest.mark.parametrize(
    ("finding", "text", "advice"),
    [
        (
            Finding(FindingKind.HARD_CODED_URL, "a URL with a password", "alembic.ini", 63),
            "a URL with a password (alembic.ini, line 63)",
            "change the password",
        ),
        (
            Finding(FindingKind.COMMITTED_ENV, ".env holds secrets", ".env"),
            ".env holds secrets",
            ".gitignore",
        ),
    ],
)
def test_secrets_in_files(finding: Finding, text: str, advice: str) -> None:
    result = judged(with_findings(perfect(), finding), "configuration")
    assert failed_checks(result) == [finding.kind]
    assert found(result, finding.kind) == text
    assert advice in hint(result)


def test_other_findings_do_not_matter_to_the_configuration() -> None:
    found_more = with_findings(
        perfect(), Finding(FindingKind.NESTED_ROOT, "the exercise is in a sub-folder", "backend")
    )
    assert judged(found_more, "configuration").status is Status.PASSED


def test_one_connection_makes_no_difference() -> None:
    run = perfect().one_shot
    assert run is not None
    observations = replace(perfect(), one_shot=replace(run, owners={"users": "pooled"}))
    facts = replace(observations.submission, urls=UrlNames(("DB",), ("DB",)))

    result = judged(replace(observations, submission=facts), "configuration")

    assert result.status is Status.PASSED
    assert "connection" not in {check.id for check in result.checks}


def test_the_variables_of_the_assignment_are_named() -> None:
    run = perfect().one_shot
    assert run is not None
    observations = replace(perfect(), one_shot=replace(run, owners={"users": "pooled"}))
    facts = replace(observations.submission, urls=UrlNames(("MIGRATIONS",), ("APP",)))

    result = judged(replace(observations, submission=facts), "configuration")

    assert found(result, "connection") == "made over APP: users"
    assert 'os.environ["MIGRATIONS"]' in hint(result)
    assert "over APP, the pooled connection" in hint(result)

"""Criterion `configuration`: the right connection, and no secrets in the files."""

from __future__ import annotations

from grader.judging import evidence, hints, wording
from grader.judging.rubric import Case, Check, Judgement, Skip, Verdict, criterion
from grader.observations.model import Finding, FindingKind


@criterion("configuration", "Configuration", example="wrong_pooled_connection")
def configuration(case: Case) -> Judgement:
    """The migrations ran over `DIRECT_URL`; no file holds a database password; no `.env` is committed."""
    observations = case.observations
    owners = observations.one_shot.owners if observations.one_shot else {}
    if not owners or not evidence.a_revision_ran(observations):
        return Skip("upgrade_head", "This can be judged once the upgrade has made tables.")
    findings = observations.submission.findings
    checks = (
        _connection_check(owners),
        _findings_check(
            FindingKind.HARD_CODED_URL,
            "No database URL with a password stands in a file",
            "the URL from the environment only",
            findings,
        ),
        _findings_check(FindingKind.COMMITTED_ENV, "No .env is committed", "no .env with secrets", findings),
    )
    failed = ["pooled_connection" if c.id == "connection" else c.id for c in checks if not c.passed]
    return Verdict(checks, hint=hints.of_runs(observations, failed[:1]))


def _connection_check(owners: dict[str, str]) -> Check:
    pooled = sorted(name for name, owner in owners.items() if owner != "direct")
    expected = "all tables made over DIRECT_URL"
    found = f"made over DATABASE_URL: {', '.join(pooled)}" if pooled else expected
    return Check("connection", "The migrations run over DIRECT_URL", not pooled, expected, found)


def _findings_check(kind: FindingKind, title: str, expected: str, findings: tuple[Finding, ...]) -> Check:
    found = [wording.finding(item) for item in findings if item.kind is kind]
    return Check(kind.value, title, not found, expected, "; ".join(found) or "none found")

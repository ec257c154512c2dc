"""Kind `configuration`: the right connection, and no secrets in the files."""

from __future__ import annotations

from grader.assignment.tables import KindSettings
from grader.judging import evidence, hints, wording
from grader.judging.rubric import Case, Check, Judgement, Skip, Verdict, kind
from grader.observations.files import UrlNames
from grader.observations.model import Finding, FindingKind


class Settings(KindSettings, frozen=True, kw_only=True, tag="configuration"):
    """No keys of its own."""


@kind("configuration", Settings, title="Configuration", once=True)
def configuration(case: Case[Settings]) -> Judgement:
    """The migrations ran over the direct connection; no password stands in a file; no `.env` is committed."""
    observations = case.observations
    owners = observations.one_shot.owners if observations.one_shot else {}
    if not owners or not evidence.a_revision_ran(observations):
        return Skip(case.id_of("upgrade"), "This can be judged once the upgrade has made tables.")
    findings = observations.submission.findings
    urls = observations.submission.urls
    checks = (
        *(() if urls.one_connection else (_connection_check(owners, urls),)),
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


def _connection_check(owners: dict[str, str], urls: UrlNames) -> Check:
    pooled = sorted(name for name, owner in owners.items() if owner != "direct")
    direct = urls.direct[0]
    expected = f"all tables made over {direct}"
    found = f"made over {urls.pooled[0]}: {', '.join(pooled)}" if pooled else expected
    return Check("connection", f"The migrations run over {direct}", not pooled, expected, found)


def _findings_check(kind: FindingKind, title: str, expected: str, findings: tuple[Finding, ...]) -> Check:
    found = [wording.finding(item) for item in findings if item.kind is kind]
    return Check(kind.value, title, not found, expected, "; ".join(found) or "none found")

"""What an instructor should look at, whatever the points: facts in neutral words, for a person to judge.

A flag costs nothing and accuses nobody: every one of them has an innocent explanation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from grader.judging import evidence, wording
from grader.observations.files import FindingKind
from grader.observations.model import Observations
from grader.report.model import Flag

FLAGS: Mapping[str, str] = MappingProxyType(
    {
        "schema_outside_migrations": "tables are not made by a revision, by `create_all()` mostly",
        "version_without_schema": "the version table names a revision whose tables are not there",
        "hard_coded_database": "a database URL with a password stands in a file",
        "secret_committed": "an `.env` with secrets was handed in",
        "limit_hit": "a step ran into a limit: time, memory or output, or was killed",
        "privilege_attempt": "the code tried what its database role may not do",
        "suspicious_file": "a file that has no business in a submission",
    }
)
"""Every flag id there is, in the report's order, with what it says."""
MAX_NAMED = 5

# What PostgreSQL says when something is tried that only a superuser or the database's owner may do. Being
# denied a table or the schema is no such thing and left out.
DENIED = re.compile(
    r"must be superuser"
    r"|permission denied to "
    r"|permission denied for (?:function pg_|function lo_|foreign-data wrapper|language|tablespace|parameter)"
    r"|permission denied for (?:table|view) pg_"
    r"|must be owner of (?:database|role|extension|event trigger)"
    r"|must be able to SET ROLE"
    r"|only roles with",
    re.IGNORECASE,
)


def flags(observations: Observations) -> tuple[Flag, ...]:
    """All flags of a submission, each id at most once, in a fixed order."""
    found = (
        _schema_outside_migrations(observations),
        _version_without_schema(observations),
        _from_findings(
            observations,
            "hard_coded_database",
            FindingKind.HARD_CODED_URL,
            "A database URL with a password stands in a file",
        ),
        _from_findings(
            observations,
            "secret_committed",
            FindingKind.COMMITTED_ENV,
            "A file with secrets is in the submission",
        ),
        _limit_hit(observations),
        _privilege_attempt(observations),
        _from_findings(
            observations,
            "suspicious_file",
            FindingKind.SUSPICIOUS_FILE,
            "Files that the exercise does not call for",
        ),
    )
    return tuple(flag for flag in found if flag is not None)


def _schema_outside_migrations(observations: Observations) -> Flag | None:
    judged = evidence.judged_schema(observations)
    if judged is None or not judged.outside:
        return None
    named = wording.listed(f"{d.kind} {d.name}" for d in judged.outside[:MAX_NAMED])
    more = f" and {len(judged.outside) - MAX_NAMED} more" if len(judged.outside) > MAX_NAMED else ""
    return Flag(
        "schema_outside_migrations",
        f"The schema at head has things that the revisions alone do not make: {named}{more}. "
        "The schema criteria were judged on what the revisions alone make.",
    )


def _version_without_schema(observations: Observations) -> Flag | None:
    graph, one_shot = observations.graph, observations.one_shot
    if graph is None or one_shot is None or graph.head not in (one_shot.upgrade.versions or ()):
        return None
    missing = evidence.not_made(observations)
    if missing:
        what = f"these are not there: {wording.listed(missing[:MAX_NAMED])}"
    elif not evidence.tables(observations.snapshot_after(one_shot.upgrade)):
        what = "there is no table"
    else:
        return None
    return Flag(
        "version_without_schema",
        f"The version table names the head {graph.head}, but {what}. It may have been stamped.",
    )


def _from_findings(observations: Observations, flag_id: str, kind: FindingKind, message: str) -> Flag | None:
    found = [wording.finding(item) for item in observations.submission.findings if item.kind is kind]
    return Flag(flag_id, f"{message}: {_shortened(found)}.") if found else None


def _limit_hit(observations: Observations) -> Flag | None:
    hits = [
        f"`{step.command}` ({wording.when(step)}): {wording.LIMITS[step.limit]}"
        for step in observations.all_steps()
        if step.limit is not None
    ]
    return Flag("limit_hit", f"A limit ended a step. {_shortened(hits)}.") if hits else None


def _privilege_attempt(observations: Observations) -> Flag | None:
    lines = list(dict.fromkeys(_denied_lines(observations)))
    if not lines:
        return None
    return Flag(
        "privilege_attempt",
        "PostgreSQL refused something that needs more rights than a student's role has: "
        f"{_shortened(lines)}.",
    )


def _denied_lines(observations: Observations) -> Iterator[str]:
    for step in observations.all_steps():
        for line in step.output.splitlines():
            if DENIED.search(line):
                yield line.strip().rstrip(".")


def _shortened(items: list[str]) -> str:
    shown = [item.rstrip(".") for item in items[:MAX_NAMED]]
    more = f"; and {len(items) - MAX_NAMED} more" if len(items) > MAX_NAMED else ""
    return "; ".join(shown) + more

"""Flags: what an instructor should look at, whatever the points. Each flag is declared in `FLAGS`.

A flag states facts in neutral words. It costs no points and accuses nobody: each has an innocent explanation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader.judging import evidence, wording
from grader.observations.extensions import REFUSED
from grader.observations.files import FindingKind
from grader.observations.model import Observations
from grader.report.model import Flag

MAX_NAMED = 5

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
"""What PostgreSQL says to somebody who tries what only a superuser or the database's owner may do.

That access to a table or to the schema was denied is not among it: it happens to honest migrations.
"""
_EXTENSION = re.compile(
    r'permission denied to create extension "([^"\n]{1,80})"|extension "([^"\n]{1,80})" is not available'
)
_EXTENSION_HINT = "Must be superuser to create this extension"
"""What PostgreSQL says besides, whichever extension it is."""


@dataclass(frozen=True)
class FlagRule:
    """One flag: when it is raised, and what it says."""

    id: str
    meaning: str
    """What it says of a submission, for the docs."""
    message: Callable[[Observations], str | None]
    """What it says of this submission; None when it is not raised."""


def flags(observations: Observations) -> tuple[Flag, ...]:
    """All flags of a submission, in the order of `FLAGS`."""
    messages = ((rule.id, rule.message(observations)) for rule in FLAGS)
    return tuple(Flag(flag_id, message) for flag_id, message in messages if message is not None)


def _schema_outside_migrations(observations: Observations) -> str | None:
    judged = evidence.judged_schema(observations)
    if judged is None or not judged.outside:
        return None
    named = ", ".join(wording.thing(item) for item in judged.outside[:MAX_NAMED])
    more = f" and {len(judged.outside) - MAX_NAMED} more" if len(judged.outside) > MAX_NAMED else ""
    return (
        f"The schema at head has things that something other than the revisions makes: {named}{more}. "
        "The schema criteria were judged without them."
    )


def _models_in_revision(observations: Observations) -> str | None:
    graph, making = observations.graph, evidence.models_in_revisions(observations)
    found = []
    for revision in graph.revisions if graph is not None else ():
        makes = making.get(revision.id)
        drops = revision.downgrade.models_call if revision.downgrade is not None else None
        for call, way in ((makes, "makes"), (drops, "drops")):
            if call is not None:
                place = f"{revision.path}, line {call.line}"
                found.append(f"{revision.id} {way} them by {call.name} ({place})")
    title = "A revision makes or drops the tables of the models as they are on the day it runs: "
    message = _message(title, found)
    return f"{message} Whoever changes the models edits it without touching it." if message else None


def _version_without_schema(observations: Observations) -> str | None:
    graph, one_shot = observations.graph, observations.one_shot
    if graph is None or one_shot is None or graph.head not in (one_shot.upgrade.versions or ()):
        return None
    missing = evidence.missing_from_own_run(observations)
    if missing:
        what = f"these are not there: {', '.join(missing[:MAX_NAMED])}"
    elif not evidence.tables(observations.snapshot_after(one_shot.upgrade)):
        what = "there is no table"
    else:
        return None
    return f"The version table names the head {graph.head}, but {what}. It may have been stamped."


def _limit_hit(observations: Observations) -> str | None:
    hits = [
        f"`{step.command}` ({wording.when(step)}): {wording.ending(step)}"
        for step in observations.own_steps()
        if step.limit is not None
    ]
    return _message("A limit ended a step. ", hits)


def _privilege_attempt(observations: Observations) -> str | None:
    lines = [
        line.strip().rstrip(".")
        for step in observations.own_steps()
        for line in step.output.splitlines()
        if _is_denied(line)
    ]
    title = "PostgreSQL refused something that needs more rights than a student's role has: "
    return _message(title, list(dict.fromkeys(lines)))


def _is_denied(line: str) -> bool:
    """Whether PostgreSQL refused more rights.

    An extension counts by its name, whether this server has it or not: another one may differ.
    """
    if _EXTENSION_HINT in line:
        return False
    if (asked := _EXTENSION.search(line)) is not None:
        return (asked[1] or asked[2]) in REFUSED
    return DENIED.search(line) is not None


def _findings(kind: FindingKind, title: str) -> Callable[[Observations], str | None]:
    def message(observations: Observations) -> str | None:
        found = [wording.finding(item) for item in observations.submission.findings if item.kind is kind]
        return _message(f"{title}: ", found)

    return message


def _message(title: str, items: Sequence[str]) -> str | None:
    """A title and the first few items; None when there are no items."""
    if not items:
        return None
    return f"{title}{wording.first_few([item.rstrip('.') for item in items], MAX_NAMED)}."


FLAGS = (
    FlagRule(
        "schema_outside_migrations",
        "tables are not made by a revision, by `create_all()` mostly",
        _schema_outside_migrations,
    ),
    FlagRule(
        "models_in_revision",
        "a revision makes or drops tables through the models, by `create_all()` mostly: what it does changes "
        "with the models",
        _models_in_revision,
    ),
    FlagRule(
        "version_without_schema",
        "the version table names a revision whose tables are not there",
        _version_without_schema,
    ),
    FlagRule(
        "hard_coded_database",
        "a database URL with a password stands in a file",
        _findings(FindingKind.HARD_CODED_URL, "A database URL with a password stands in a file"),
    ),
    FlagRule(
        "secret_committed",
        "an `.env` with secrets was handed in",
        _findings(FindingKind.COMMITTED_ENV, "A file with secrets is in the submission"),
    ),
    FlagRule(
        "limit_hit",
        "a step ran into a limit: time, memory, output, disk, the size of what is read, or was killed",
        _limit_hit,
    ),
    FlagRule("privilege_attempt", "the code tried what its database role may not do", _privilege_attempt),
    FlagRule(
        "suspicious_file",
        "a file that has no business in a submission",
        _findings(FindingKind.SUSPICIOUS_FILE, "Files that the exercise does not call for"),
    ),
)
"""Every flag there is, in the report's order."""

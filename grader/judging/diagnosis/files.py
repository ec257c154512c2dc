"""What a submission's files say by themselves, as diagnoses: findings, graph problems, suspicious functions.

Findings and graph problems come with a message for a person; here they get the id that is counted over a
class, and their order: what keeps the chain from running comes first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from grader.judging.diagnosis.clue import Location
from grader.judging.diagnosis.interface import Advice, Diagnosis, diagnosis, sentences
from grader.observations.files import FindingKind
from grader.observations.model import Finding, Observations
from grader.observations.revisions import FunctionFacts, GraphProblem, ProblemKind, Revision
from grader.text import merge_conflicts


@dataclass(frozen=True)
class Kind:
    """How one kind of finding or problem is diagnosed."""

    id: str
    summary: str | None
    """None where a rule of the error texts has the same id and describes it."""
    fix: str
    """What to do when the message itself does not say so."""
    blocks: bool = False
    """True when the chain cannot run as it is."""


KINDS: Mapping[FindingKind | ProblemKind, Kind] = {
    FindingKind.NO_ALEMBIC: Kind(
        "no_alembic",
        "The submission has no Alembic set-up",
        "Run `alembic init alembic` in the exercise's folder, set up alembic/env.py, make the first revision "
        "and commit all of it.",
        blocks=True,
    ),
    FindingKind.MISSING_ALEMBIC_INI: Kind(
        "script_location_missing", None, "Commit the alembic.ini that `alembic init` wrote.", blocks=True
    ),
    FindingKind.MISSING_SCRIPT_FOLDER: Kind(
        "script_folder_missing", None, "Commit that folder, or correct script_location.", blocks=True
    ),
    FindingKind.MISSING_VERSION_FOLDER: Kind(
        "version_folder_missing",
        "A folder of revision files that the configuration names is not there",
        "Commit that folder, or correct version_locations.",
        blocks=True,
    ),
    FindingKind.MERGE_CONFLICT: Kind("merge_conflict", None, merge_conflicts.FIX, blocks=True),
    FindingKind.BROKEN_CONFIG: Kind("ini_broken", None, "Mend that line.", blocks=True),
    FindingKind.CONFIG_ENCODING: Kind("file_not_utf8", None, "Save it as UTF-8.", blocks=True),
    ProblemKind.SYNTAX_ERROR: Kind(
        "syntax_error",
        None,
        "Correct that line or the one above it (a bracket, a quote, a colon, the indentation).",
        blocks=True,
    ),
    ProblemKind.NO_REVISION_ID: Kind(
        "revision_id_missing", None, "Give it an id, or move it out of the versions folder.", blocks=True
    ),
    ProblemKind.UNREADABLE_REVISION: Kind(
        "revision_unreadable",
        "A revision's id or parent is not written as plain text",
        'Write `revision = "…"` and `down_revision = "…"` as plain strings.',
        blocks=True,
    ),
    ProblemKind.DUPLICATE_ID: Kind(
        "duplicate_revision", None, "Give each file an id of its own.", blocks=True
    ),
    ProblemKind.MISSING_PARENT: Kind("missing_parent", None, "Commit the missing file.", blocks=True),
    ProblemKind.CYCLE: Kind(
        "revision_cycle", None, "Let the first one have `down_revision = None`.", blocks=True
    ),
    ProblemKind.SEVERAL_HEADS: Kind("several_heads", None, "Let one of them follow the other.", blocks=True),
    ProblemKind.NO_REVISIONS: Kind(
        "no_revisions",
        "There are no revision files",
        'Make the first one with `alembic revision --autogenerate -m "initial schema"` and commit it.',
        blocks=True,
    ),
    ProblemKind.LONG_ID: Kind("long_revision_id", None, "Shorten it to 32 characters.", blocks=True),
    ProblemKind.NO_UPGRADE: Kind(
        "revision_part_missing",
        None,
        "Write `def upgrade() -> None:` with the changes of this revision.",
        blocks=True,
    ),
    ProblemKind.SEVERAL_BASES: Kind(
        "several_bases",
        "Several revisions have down_revision = None",
        "Let the others follow the first one: set their down_revision.",
    ),
    ProblemKind.NO_DOWNGRADE: Kind(
        "revision_part_missing", None, "Write `def downgrade() -> None:` that undoes what upgrade() does."
    ),
    ProblemKind.NO_MESSAGE: Kind(
        "no_message",
        "A revision has no message",
        'Write what it does into the first line of its docstring; next time `alembic revision -m "…"`.',
    ),
    FindingKind.HARD_CODED_URL: Kind(
        "hard_coded_url",
        "A database URL with a password stands in a file",
        'Read it from os.environ["DIRECT_URL"] and change the password.',
    ),
    FindingKind.COMMITTED_ENV: Kind(
        "committed_env",
        "A .env with secrets is committed",
        "Run `git rm --cached .env`, put .env into .gitignore, and change the passwords in it.",
    ),
    FindingKind.SHADOWING_FILE: Kind("shadowed_package", None, "Give it another name."),
    FindingKind.SEVERAL_ALEMBIC_INI: Kind(
        "several_configurations", "There are several Alembic set-ups", "Keep one and delete the rest."
    ),
    FindingKind.SUSPICIOUS_FILE: Kind(
        "suspicious_file", "A file that Python runs by itself at its start", "Delete it."
    ),
}
"""By the kind that findings and graph problems carry, in the order in which they are to be mended.

Kinds that are no mistake of the student's (a nested root, a file left out) have no entry."""

SUMMARIES: Mapping[str, str] = {
    **{kind.id: kind.summary for kind in KINDS.values() if kind.summary is not None},
    "empty_revision": "A revision does nothing: autogenerate saw no difference",
    "empty_downgrade": "downgrade() is empty although upgrade() changes something",
    "create_all_in_revision": "A revision calls create_all() instead of saying what it creates",
}


def blocking(observations: Observations) -> Iterator[Diagnosis]:
    """What keeps the chain from running at all."""
    return _reported(observations, blocks=True)


def advisory(observations: Observations) -> Iterator[Diagnosis]:
    """What the chain runs with, and what is to be mended all the same."""
    for revision in observations.graph.revisions if observations.graph else ():
        yield from _functions(revision, observations)
    yield from _reported(observations, blocks=False)


def _reported(observations: Observations, *, blocks: bool) -> Iterator[Diagnosis]:
    graph = observations.graph
    items: list[Finding | GraphProblem] = [
        *observations.submission.findings,
        *(graph.problems if graph else ()),
    ]
    for name, kind in KINDS.items():
        if kind.blocks is not blocks:
            continue
        for item in items:
            if item.kind == name:
                cause, fix = sentences(item.message)
                revision = item.revision if isinstance(item, GraphProblem) else None
                place = Location(item.path, item.line, revision)
                yield diagnosis(kind.id, Advice(cause, fix or kind.fix, place))


def _functions(revision: Revision, observations: Observations) -> Iterator[Diagnosis]:
    """What the functions of one revision file give away."""
    upgrade, downgrade = revision.upgrade, revision.downgrade
    if upgrade is None:
        return
    if any(name.rpartition(".")[2] == "create_all" for name in upgrade.operations):
        advice = Advice(
            f"upgrade() of revision {revision.id} calls create_all() ({revision.path}): what it makes then "
            "changes with the models, and the revisions after it find their changes made already.",
            'Write the tables out: delete the file and run `alembic revision --autogenerate -m "…"` against '
            "an empty database.",
            Location(revision.path, upgrade.line, revision.id),
        )
        yield diagnosis("create_all_in_revision", advice)
    if upgrade.empty and len(revision.parents) <= 1:
        yield _empty_upgrade(revision, upgrade)
    elif downgrade is not None and downgrade.empty and not upgrade.empty and _changes(revision, observations):
        advice = Advice(
            f"downgrade() of revision {revision.id} is empty ({revision.path}, line {downgrade.line}), but "
            "its upgrade() changes the schema: the way back does nothing.",
            "Write the opposite of every operation in upgrade(), the last one first: drop_column for "
            "add_column, drop_table for create_table.",
            Location(revision.path, downgrade.line, revision.id),
        )
        yield diagnosis("empty_downgrade", advice)
    if downgrade is not None and downgrade.raises:
        advice = Advice(
            f"downgrade() of revision {revision.id} only raises {downgrade.raises} ({revision.path}, line "
            f"{downgrade.line}).",
            "Write the way back: the opposite of every operation in upgrade(), the last one first.",
            Location(revision.path, downgrade.line, revision.id),
        )
        yield diagnosis("not_implemented", advice)


def _empty_upgrade(revision: Revision, upgrade: FunctionFacts) -> Diagnosis:
    advice = Advice(
        f"Revision {revision.id} does nothing ({revision.path}, line {upgrade.line}): autogenerate saw no "
        "difference, because the models were not imported in env.py, not saved, or in the database already.",
        "Delete the file, import the models in env.py, bring the database to the revision before it, and run "
        '`alembic revision --autogenerate -m "…"` again; a changed type may have to be written by hand with '
        "op.alter_column.",
        Location(revision.path, upgrade.line, revision.id),
    )
    return diagnosis("empty_revision", advice)


def _changes(revision: Revision, observations: Observations) -> bool:
    """True when the revision was seen to change the schema, or when nobody looked."""
    step = next((item for item in observations.stairway if item.revision == revision.id), None)
    if step is not None and step.up.succeeded and step.up.snapshot is not None:
        return step.up.snapshot != step.before
    return True

"""What a submission's files show by themselves: missing set-ups, secrets, revisions that do nothing.

Knows nothing of errors and of the database.
"""

from __future__ import annotations

from collections.abc import Iterator

from grader.judging.diagnosis.clue import Location
from grader.judging.diagnosis.interface import (
    REVISION_FUNCTIONS,
    Advice,
    Diagnosis,
    DiagnosisKind,
    Family,
    diagnosis,
)
from grader.observations.files import FindingKind
from grader.observations.model import Observations
from grader.observations.revisions import FunctionFacts, ProblemKind, Revision

KINDS = {
    "no_alembic": DiagnosisKind(
        "The submission has no Alembic set-up",
        files={
            FindingKind.NO_ALEMBIC: "Run `alembic init alembic` in the exercise's folder, set up "
            "alembic/env.py, make the first revision and commit all of it."
        },
    ),
    "version_folder_missing": DiagnosisKind(
        "A folder of revision files that the configuration names is not there",
        files={FindingKind.MISSING_VERSION_FOLDER: "Commit that folder, or correct version_locations."},
    ),
    "revision_unreadable": DiagnosisKind(
        "A revision's id or parent is not written as plain text",
        files={
            ProblemKind.UNREADABLE_REVISION: 'Write `revision = "…"` and `down_revision = "…"` as plain '
            "strings."
        },
    ),
    "no_revisions": DiagnosisKind(
        "There are no revision files",
        files={
            ProblemKind.NO_REVISIONS: "Make the first one with `alembic revision --autogenerate -m "
            '"initial schema"` and commit it.'
        },
    ),
    "several_bases": DiagnosisKind(
        "Several revisions have down_revision = None",
        files={ProblemKind.SEVERAL_BASES: "Let the others follow the first one: set their down_revision."},
    ),
    "no_message": DiagnosisKind(
        "A revision has no message",
        files={
            ProblemKind.NO_MESSAGE: "Write what it does into the first line of its docstring; next time "
            '`alembic revision -m "…"`.'
        },
    ),
    "hard_coded_url": DiagnosisKind(
        "A database URL with a password stands in a file",
        files={FindingKind.HARD_CODED_URL: "Read it from the environment and change the password."},
    ),
    "committed_env": DiagnosisKind(
        "A .env with secrets is committed",
        files={
            FindingKind.COMMITTED_ENV: "Run `git rm --cached .env`, put .env into .gitignore, and change the "
            "passwords in it."
        },
    ),
    "several_configurations": DiagnosisKind(
        "There are several Alembic set-ups",
        files={FindingKind.SEVERAL_ALEMBIC_INI: "Keep one and delete the rest."},
    ),
    "suspicious_file": DiagnosisKind(
        "A file that Python runs by itself when it starts", files={FindingKind.SUSPICIOUS_FILE: "Delete it."}
    ),
    "empty_revision": DiagnosisKind(
        "A revision does nothing: autogenerate saw no difference", otherwise=REVISION_FUNCTIONS
    ),
    "empty_downgrade": DiagnosisKind(
        "downgrade() is empty although upgrade() changes something", otherwise=REVISION_FUNCTIONS
    ),
    "create_all_in_revision": DiagnosisKind(
        "A revision has the models make tables, by create_all() mostly, instead of saying what it creates",
        otherwise=REVISION_FUNCTIONS,
    ),
}
FAMILY = Family("Files", "files", __doc__, KINDS)


def of_functions(observations: Observations) -> Iterator[Diagnosis]:
    """What the functions of the revision files show, revision by revision."""
    for revision in observations.graph.revisions if observations.graph else ():
        yield from _of_functions(revision, observations)


def _of_functions(revision: Revision, observations: Observations) -> Iterator[Diagnosis]:
    """What the functions of one revision file show."""
    upgrade, downgrade = revision.upgrade, revision.downgrade
    if upgrade is None:
        return
    if upgrade.models_call is not None:
        call = upgrade.models_call
        advice = Advice(
            f"upgrade() of revision {revision.id} has the models make tables ({revision.path}, line "
            f"{call.line}: {call.name}): what it creates changes with the models, so the changes of later "
            "revisions are there already.",
            "Write the tables out: in place of that call an `op.create_table(…)` for each table, with the "
            "columns that it had then, and in downgrade() an `op.drop_table(…)` for each. Then try the chain "
            "on an empty database.",
            Location(revision.path, call.line, revision.id),
        )
        yield diagnosis("create_all_in_revision", advice)
    if upgrade.empty and len(revision.parents) <= 1:
        yield _empty_upgrade(revision, upgrade, observations)
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


def _empty_upgrade(revision: Revision, upgrade: FunctionFacts, observations: Observations) -> Diagnosis:
    graph = observations.graph
    parent = revision.parents[0] if revision.parents else None
    following = [item for item in graph.revisions if revision.id in item.parents] if graph else []
    written = f'"{parent}"' if parent else "None"
    rejoin = f" write `down_revision = {written}` into {following[0].path}," if following else ""
    advice = Advice(
        f"Revision {revision.id} does nothing ({revision.path}, line {upgrade.line}): autogenerate saw no "
        "difference, because the models were not imported in env.py, not saved, or in the database already.",
        f"Run `alembic downgrade {parent or 'base'}` on your own database as long as the file is there; then "
        f"delete it,{rejoin} import the models in env.py, run `alembic upgrade head` and `alembic revision "
        '--autogenerate -m "…"`. A changed type may have to be written by hand with op.alter_column.',
        Location(revision.path, upgrade.line, revision.id),
    )
    return diagnosis("empty_revision", advice)


def _changes(revision: Revision, observations: Observations) -> bool:
    """True when the revision changed the schema in the stairway, or was not tried there."""
    step = next((item for item in observations.stairway if item.revision == revision.id), None)
    if step is not None and step.up.succeeded and step.up.snapshot is not None:
        return step.up.snapshot != step.before
    return True

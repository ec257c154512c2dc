"""Revisions of which something stays when they fail half-way.

Shown by upgrades that the harness breaks off at the end of a revision; the files say where it comes from.
"""

from __future__ import annotations

from collections.abc import Iterator

from grader.judging import atomicity
from grader.judging.atomicity import Left
from grader.judging.diagnosis.clue import Clue, Location, described
from grader.judging.diagnosis.interface import DATABASE, Advice, Diagnosis, DiagnosisKind, Family, diagnosis
from grader.judging.diagnosis.traceback_text import ErrorText
from grader.observations.files import LandmarkKind
from grader.observations.model import Observations
from grader.observations.revisions import FunctionFacts

_MEANINGS = {
    "autocommit_needless": "An autocommit_block() is around more than what PostgreSQL runs in no transaction",
    "commit_in_revision": "A revision commits by itself, so that half of it stays when the rest fails",
    "engine_in_revision": "A revision uses a connection of its own, outside of Alembic's transaction",
    "autocommit_everywhere": "What revisions do is committed statement by statement",
}
KINDS = {name: DiagnosisKind(meaning, otherwise=DATABASE) for name, meaning in _MEANINGS.items()}
FAMILY = Family("Transactions", "transactions", __doc__, KINDS)


def observed(observations: Observations) -> Iterator[Diagnosis]:
    """What stays of a revision that is broken off, and why."""
    for left in atomicity.left_behind(observations):
        if not left.demanded:
            yield _explained(left, observations)
            return


def _explained(left: Left, observations: Observations) -> Diagnosis:
    revision, facts = left.revision, left.revision.upgrade or FunctionFacts(1, empty=True)
    if facts.needless_autocommit_at is not None:
        place = Location(revision.path, facts.needless_autocommit_at, revision.id)
        return diagnosis(
            "autocommit_needless",
            Advice(
                f"Revision {revision.id} does something in an autocommit_block() that PostgreSQL can do in a "
                f"transaction ({described(place)}): if a later line fails, it stays.",
                f"Move {described(place)} out of the block, in front of it. Leave in it only what PostgreSQL "
                "refuses in a transaction, such as CREATE INDEX CONCURRENTLY.",
                place,
            ),
        )
    if facts.ends_at is not None:
        place = Location(revision.path, facts.ends_at, revision.id)
        return diagnosis(
            "commit_in_revision",
            Advice(
                f"Revision {revision.id} ends the transaction that Alembic runs it in ({described(place)}): "
                "if a later line fails, what it did stays, and the version is still the old one.",
                f"Take {described(place)} out. Alembic commits a revision when it is done. For a statement "
                "that PostgreSQL refuses in a transaction, write `with op.get_context().autocommit_block():` "
                "around that statement alone.",
                place,
            ),
        )
    if facts.connects_at is not None:
        place = Location(revision.path, facts.connects_at, revision.id)
        return diagnosis(
            "engine_in_revision",
            Advice(
                f"Revision {revision.id} opens a connection of its own ({described(place)}): what is done "
                "over it stays if the revision fails.",
                "Use `op.execute(...)` or `op.get_bind()` instead, which are in Alembic's transaction.",
                place,
            ),
        )
    return diagnosis("autocommit_everywhere", _everywhere(observations, left))


def _everywhere(observations: Observations, left: Left) -> Advice:
    clue = Clue(left.attempt.step, observations, ErrorText(""))
    marks = clue.landmarks(LandmarkKind.AUTOCOMMIT)
    place = Location(marks[0].path, marks[0].line) if marks else Location(clue.env_py)
    return Advice(
        f"Revision {left.attempt.revision} was broken off at its end, and what it had done is in the "
        f"database ({described(place)}): if a revision fails, half of it stays.",
        f"In {described(place)} use no AUTOCOMMIT and no commit() of your own, and run the revisions as "
        "`with context.begin_transaction(): context.run_migrations()`.",
        place,
    )

"""How hints are followed in the submissions of many mistakes: one function's body is replaced by another."""

from __future__ import annotations

from tests.catalogue.case import Edit, replace
from tests.catalogue.follow.way import Step, Way, way
from tests.catalogue.wrong_ways_back import MODELS, OPERATIONS, STATEMENTS

INCOMPLETE = "downgrade_incomplete"
"""The next step wherever a downgrade works now and changes a schema that its empty upgrade() left alone."""
_BODIES = {
    "wrong_ways_back_in_sql": STATEMENTS,
    "wrong_ways_back_in_code": OPERATIONS,
    "wrong_ways_back_in_models": MODELS,
}


def instead(
    diagnosis: str,
    new: str,
    *more: Step,
    says: str | tuple[str, ...],
    then: str = "",
    elsewhere: tuple[str, ...] = (),
) -> Way:
    """Write another body into the downgrade() that provokes a diagnosis.

    Args:
        diagnosis: its id.
        new: the lines that take the place of those that fail.
        more: further edits.
        says: as of `Way`.
        then: as of `Way`.
        elsewhere: as of `Way`.
    """
    case, bodies = next((case, bodies) for case, bodies in _BODIES.items() if diagnosis in bodies)
    number = list(bodies).index(diagnosis)
    path = f"alembic/versions/e{number:011d}_{diagnosis}.py"
    return way(case, _body(path, bodies[diagnosis], new), *more, says=says, then=then, elsewhere=elsewhere)


def _body(path: str, old: str, new: str) -> Edit:
    """Replace lines, which are given without the indentation of a function's body."""
    before, after = ("\n    ".join(("", *lines.splitlines())) for lines in (old, new))
    return replace(path, (before, after))

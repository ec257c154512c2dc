"""The small project whose commands printed what is in `outputs.txt`: two revisions, two models."""

from __future__ import annotations

from dataclasses import replace

from grader.observations.model import Layout, Observations
from grader.observations.revisions import FunctionFacts, Revision, RevisionGraph
from tests.unit.observation_builders import ENVIRONMENT, FACTS, INITIAL, snapshot


def _revision(identifier: str, parents: tuple[str, ...], path: str) -> Revision:
    upgrade = FunctionFacts(11, empty=False, operations=("op.execute",))
    return Revision(
        identifier, parents, identifier, path, 5, upgrade=upgrade, downgrade=replace(upgrade, line=15)
    )


def _graph(first: str, second: str) -> RevisionGraph:
    return RevisionGraph((_revision("a1", (), first), _revision("b2", ("a1",), second)), ("b2",), ("a1",))


PROJECT = Observations(
    submission=FACTS,
    graph=_graph("alembic/versions/a1_initial.py", "alembic/versions/b2_second.py"),
    environment=ENVIRONMENT,
    reference=snapshot(INITIAL),
)
"""Set up by `alembic init alembic`."""

FLASK_PROJECT = replace(
    PROJECT,
    submission=replace(
        FACTS, layout=Layout("flask", ".", "migrations/alembic.ini", "migrations", ("migrations/versions",))
    ),
    graph=_graph("migrations/versions/a1.py", "migrations/versions/b2.py"),
)
"""Set up by `flask db init`."""

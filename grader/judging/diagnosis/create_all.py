"""Tables that create_all() makes beside the revisions: where it is called, and what to do then.

Knows no single diagnosis.
"""

from __future__ import annotations

from collections.abc import Sequence

from grader.judging.diagnosis.clue import Clue, Location, described
from grader.observations.files import LandmarkKind

_SHOWN = 3


def calls(clue: Clue) -> tuple[Location, ...]:
    """The lines outside of the revisions that call create_all() and may be run, those on import first."""
    return tuple(Location(item.path, item.line) for item in clue.landmarks(LandmarkKind.CREATE_ALL))


def listed(places: Sequence[Location]) -> str:
    """The calls in words: `create_all() in app.py, line 12`."""
    return " and ".join(f"create_all() in {described(place)}" for place in places[:_SHOWN])


def take_out(places: Sequence[Location]) -> str:
    """The beginning of the sentence that says to take the calls out."""
    if not places:
        return "Take create_all() out of everything that env.py imports"
    named = " and ".join(described(place) for place in places[:_SHOWN])
    return f"Take {named} out" if len(places) > 1 else f"Take create_all() out of {named}"


def first_revision(clue: Clue) -> str:
    """How to make the first revision of tables that no revision makes, as the end of a sentence."""
    graph = clue.observations.graph
    first = graph.get(graph.bases[0]) if graph and graph.bases else None
    if first is not None and clue.revision is not None and first.id != clue.revision.id:
        return "only the revisions make tables."
    make = '`alembic revision --autogenerate -m "initial schema"` against an empty database'
    if first is None:
        return f"then make the first revision with {make}."
    return (
        f"a revision before {first.path} has to create it. Move the files out of {clue.versions_folder}, "
        f"take what they add out of the models, run {make}, put all of it back, and write the new id as "
        f"down_revision into {first.path}."
    )

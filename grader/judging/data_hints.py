"""What to do about rows of the assignment that did not come through: which revision, which function, and why.

Says what was seen. A revision is named by what its file calls: where several revisions work on rows, all of
them are named. Must not know how answers are compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.judging import hints, not_shown, wording
from grader.judging.rubric import Check, Place
from grader.observations.data import DataRun
from grader.observations.model import Observations
from grader.observations.revisions import FunctionFacts, Revision
from grader.observations.steps import StepRecord

_ON_ROWS = ("execute", "bulk_insert", "commit")
"""The last word of calls that work on rows."""
_NOT_NULL = "23502"
_COLUMN = re.compile(r'column "(?P<column>[^"]+)" of relation "(?P<table>[^"]+)"')


@dataclass(frozen=True)
class RunView:
    """A run, with what is known of the submission and of the rows."""

    observations: Observations
    run: DataRun
    before: str
    """What the revision makes: a column, a table, or `head`."""
    rows: tuple[str, ...]
    """The rows that were put in, each in words."""

    @property
    def revision(self) -> Revision | None:
        """The revision just before which the rows were put in."""
        graph = self.observations.graph
        return graph.get(self.run.revision) if graph is not None and self.run.revision else None

    def place(self, *, way_back: bool) -> Place | None:
        """The line that is to be looked at first: of a column that refused the rows, or of a function."""
        if self.run.refused is not None:
            return place_of_refusal(self)
        way_back = way_back and stopped_before_head(self) is None
        found = self.suspects(way_back=way_back)
        if not found:
            return None
        function = _function(found[0], way_back=way_back)
        return Place(found[0].path, function.line if function else found[0].line)

    def suspects(self, *, way_back: bool) -> tuple[Revision, ...]:
        """The revisions from that one to head whose function works on rows; else that one alone."""
        graph, first = self.observations.graph, self.revision
        if graph is None or first is None:
            return ()
        later = graph.revisions[graph.revisions.index(first) :]
        found = [item for item in later if _works_on_rows(_function(item, way_back=way_back))]
        return tuple(found) or (first,)


def _function(revision: Revision, *, way_back: bool) -> FunctionFacts | None:
    return revision.downgrade if way_back else revision.upgrade


def _works_on_rows(function: FunctionFacts | None) -> bool:
    operations = function.operations if function is not None else ()
    return any(operation.rpartition(".")[2] in _ON_ROWS for operation in operations)


def stopped_before_head(view: RunView) -> str | None:
    """Why the queries at head could not be asked; None if they were."""
    run = view.run
    if run.lacking is not None:
        return run.lacking
    if run.refused is not None:
        return f"PostgreSQL did not take the rows just before revision {run.revision}: {run.refused}"
    return _failure(run.below) or _failure(run.upgrade)


def stopped_on_the_way_back(view: RunView) -> str | None:
    """Why the queries after the downgrade could not be asked; None if they were."""
    return _failure(view.run.downgrade)


def _failure(step: StepRecord | None) -> str | None:
    if step is None or (step.succeeded and step.unseen is None):
        return None
    return wording.unseen(step) if step.unseen is not None else f"`{step.command}`: {wording.ending(step)}"


def hint(view: RunView, checks: Sequence[Check], reasons: Mapping[str, str]) -> str | None:
    """What to do about the first thing that went wrong; None if nothing did.

    Args:
        view: the run.
        checks: the checks of the criterion.
        reasons: how each answer differs, by the id of the check.
    """
    first = next((check for check in checks if not check.passed), None)
    if first is None:
        return None
    run = view.run
    if run.lacking is not None:
        return (
            "The grader puts the rows of the exercise in just before the revision that makes "
            f"{view.before}. Seen was: {run.lacking}. Make it in a revision of its own, after the one with "
            "the old tables, and let its upgrade() take the rows over."
        )
    if run.refused is not None:
        return _refused(view)
    way_back = first.id.startswith("after_downgrade")
    for step in (run.downgrade,) if way_back else (run.below, run.upgrade):
        if step is not None and _failure(step) is not None:
            return hints.of_step(step, view.observations) or not_shown.unseen_hint(step)
    return _wrong_answer(view, first.title, reasons[first.id], way_back=way_back)


def _refused(view: RunView) -> str:
    example = f" ({view.rows[0]})" if view.rows else ""
    why = (
        "A column that the exercise does not know has to take NULL or have a server default, as long as rows "
        "from before are there"
        if view.run.code == _NOT_NULL
        else "Until then, the tables have to be as the exercise has them"
    )
    made_at = place_of_refusal(view)
    place = f" See {made_at}." if made_at else ""
    said = f"{view.run.refused}." if not str(view.run.refused).endswith("?") else view.run.refused
    return (
        f"Just before revision {view.run.revision}, the grader puts in the rows of the exercise{example}, "
        f"and PostgreSQL said: {said} {why}.{place}"
    )


def place_of_refusal(view: RunView) -> Place | None:
    """The line of an earlier revision that is about the column for which PostgreSQL took no row."""
    graph, refused, revision = view.observations.graph, view.run.refused, view.revision
    named = _COLUMN.search(refused) if refused is not None else None
    if graph is None or named is None or revision is None:
        return None
    earlier = graph.revisions[: graph.revisions.index(revision)]
    for item in reversed(earlier):
        for mention in item.upgrade.mentions if item.upgrade else ():
            if mention.table == named["table"] and named["column"] in mention.columns:
                return Place(item.path, mention.line)
    return None


def _wrong_answer(view: RunView, title: str, reason: str, *, way_back: bool) -> str:
    example = f", such as {view.rows[0]}" if view.rows else ""
    what = "gives the old columns their values back" if way_back else "takes the values over"
    return (
        f"{title}. Found: {reason}. The grader had put rows in just before revision {view.run.revision}"
        f"{example}. See how {_functions(view, way_back=way_back)} {what}."
    )


def _functions(view: RunView, *, way_back: bool) -> str:
    """The functions to look at, each with its file and line: `upgrade() of revision 4b (x.py, line 12)`."""
    name = "downgrade()" if way_back else "upgrade()"
    places = []
    for revision in view.suspects(way_back=way_back)[:3]:
        function = _function(revision, way_back=way_back)
        line = f", line {function.line}" if function else ""
        places.append(f"{name} of revision {revision.id} ({revision.path}{line})")
    return " and ".join(places) or name

"""The lines of a submission at which a table, a column or a rule is made: in a revision, or in the models.

For hints and annotations. What is not found in the files has no place; no verdict rests on one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from grader.judging.rubric import Check, Judgement, Place, Verdict
from grader.observations.files import Mention
from grader.observations.model import Observations


def of_revision(
    observations: Observations, revision: str | None, table: str, columns: Collection[str] = ()
) -> Place | None:
    """The line of a revision's upgrade() that is about a table, or about columns of it.

    Where no line names them, it is the line of upgrade() itself.
    """
    found = observations.graph.get(revision) if observations.graph and revision else None
    if found is None or found.upgrade is None:
        return None
    about = ((found.path, mention) for mention in found.upgrade.mentions)
    return _best(about, table, columns) or Place(found.path, found.upgrade.line)


def of_rule(observations: Observations, table: str, columns: Collection[str]) -> Place | None:
    """The line of the last revision that names exactly these columns of a table: that of a key, an index."""
    for revision in reversed(observations.graph.revisions if observations.graph else ()):
        mentions = revision.upgrade.mentions if revision.upgrade else ()
        exact = [(revision.path, item) for item in mentions if set(item.columns) == set(columns)]
        if columns and (found := _best(exact, table, columns)):
            return found
    return None


def of_downgrade(observations: Observations, revision: str | None) -> Place | None:
    """The line of a revision's downgrade()."""
    found = observations.graph.get(revision) if observations.graph and revision else None
    return Place(found.path, found.downgrade.line) if found and found.downgrade else None


def of_models(observations: Observations, table: str, columns: Collection[str] = ()) -> Place | None:
    """The line of the models that declares columns, or else their table."""
    files = observations.submission.models
    return _best(((file.path, mention) for file in files for mention in file.mentions), table, columns)


def completed(judgement: Judgement, observations: Observations) -> Judgement:
    """The same judgement; a failed check that names only a revision gets the place of that."""
    if not isinstance(judgement, Verdict) or observations.graph is None:
        return judgement
    return replace(judgement, checks=tuple(_completed(check, observations) for check in judgement.checks))


def _completed(check: Check, observations: Observations) -> Check:
    if check.passed or check.place or check.revision is None or observations.graph is None:
        return check
    found = observations.graph.get(check.revision)
    return replace(check, place=Place(found.path, found.line)) if found else check


def _best(lines: Iterable[tuple[str, Mention]], table: str, columns: Collection[str]) -> Place | None:
    """The best line: about exactly these columns, then about one of them, then about the table.

    Where several lines are as good, it is the last: what a revision does later counts.
    """
    name, wanted = table.rpartition(".")[2], set(columns)
    about = [(path, mention) for path, mention in lines if mention.table == name]
    for fits in (
        [item for item in about if wanted and set(item[1].columns) == wanted],
        [item for item in about if wanted & set(item[1].columns)],
        [item for item in about if not item[1].columns],
    ):
        if fits:
            path, mention = fits[-1]
            return Place(path, mention.line)
    return None
